"""A small guarded history, and what it means that the database refuses to change it."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from images import guards
from images.models import AuditEvent, ExchangeRecord, ImageRequest
from images.services.checkpoints import publish
from images.vocabulary import Role
from tests.people import make_key, make_person, make_request

EVENTS, CHECKPOINTS, REQUESTS, CALLS = guards.TABLES
IS_SQLITE = connection.vendor == "sqlite"
sqlite_alone = pytest.mark.skipif(not IS_SQLITE, reason="only SQLite has it")
postgres_alone = pytest.mark.skipif(IS_SQLITE, reason="only PostgreSQL has it")


def make_history() -> ImageRequest:
    """Write two events, a request with a finished call, and a checkpoint; nothing is sent."""
    alice = make_person("alice", Role.OPERATOR)
    asked = make_request(make_key(alice))
    with AuditEvent.objects.act():
        for action in ("request.recorded", "request.sending"):
            AuditEvent.objects.append(
                action, actor=alice, request=asked, key=asked.key, target=asked.image_name
            )
        ExchangeRecord.objects.create(
            request=asked,
            attempt=1,
            method="POST",
            url="https://scp.example.com/",
            api_version="1.3",
            request_headers={"Host": "scp.example.com"},
            request_body="{}",
            request_sha256=hashlib.sha256(b"{}").hexdigest(),
            is_finished=True,
            status=202,
            headers={"Date": "today"},
            body=b"{}",
            request_ids={"X-Request-Id": "1"},
        )
    publish()
    return asked


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def contents() -> list[Any]:
    """Return everything that stands in the guarded tables, as the driver gives it."""
    return list(_rows())


def _rows() -> Iterator[Any]:
    with connection.cursor() as cursor:
        for table in guards.TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608  (our own names)
            yield from (tuple(map(_plain, row)) for row in cursor.fetchall())


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def refused(act: Callable[[], Any], words: str) -> None:
    """Assert that the database refuses the act, in the guard's words, and nothing has changed."""
    before = contents()
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        act()
    assert contents() == before


def saved_as_it_is(model: type[models.Model]) -> Callable[[], None]:
    """Write a row's own columns once more, past the model, as the loading of a fixture does."""

    def save() -> None:
        row = model._default_manager.order_by("pk")[0]
        row.save_base(raw=True, force_update=True)

    return save


def insert(verb: str, sequence: int, *, rest: str = "") -> Callable[[], None]:
    """Write an event by SQL; `verb` is INSERT or how a database else calls it."""
    columns = "sequence, at, action, address, http_request_id, target, content, leaf_hash, subtrees"
    marks = ", ".join(["%s"] * 9)
    sql = f"{verb} INTO {EVENTS} ({columns}) VALUES ({marks}){rest}"
    row = (sequence, timezone.now(), "forged", "", "", "", b"{}", bytes(32), b"")
    return lambda: run(sql, *row)
