"""SQLite deletes what a REPLACE puts another row in place of, past the guards of deletion, where a
connection has no recursive triggers; the guards refuse it there as well."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from itertools import chain
from types import SimpleNamespace

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from images import displacing, guards
from images.models import AuditEvent, ImageRequest
from images.vocabulary import State
from tests.people import make_request
from tests.services.refusing import (
    CALLS,
    CHECKPOINTS,
    EVENTS,
    REQUESTS,
    make_history,
    refused,
    run,
    sqlite_alone,
)

pytestmark = [pytest.mark.django_db, sqlite_alone]

SAYS = "A record is never replaced."
UPDATE = "UPDATE OR REPLACE"
NEXT = f"(SELECT max(sequence) + 1 FROM {EVENTS})"  # noqa: S608  (our own names)
# By table: what a copy of its first row needs, to stand beside it.
APART: dict[str, dict[str, str]] = {
    EVENTS: {"sequence": NEXT},
    CHECKPOINTS: {"id": "1000"},
    REQUESTS: {
        "id": f"'{uuid.uuid4().hex}'",
        "form_token": f"'{uuid.uuid4().hex}'",
        "image_id": "'another'",
        "server_id": "'another'",
        "image_name": "'another'",
    },
    CALLS: {"id": "1000", "attempt": "2"},
}
SHARED = [(table, name) for table, columns in APART.items() for name in (*columns, "rowid")]


@pytest.fixture(autouse=True)
def asked(db: None) -> ImageRequest:
    made = make_history()
    ImageRequest.objects.update(image_id="an-image")
    return made


@pytest.fixture(autouse=True)
def foreign(asked: ImageRequest) -> Iterator[None]:
    """Let the connection be as any program opens one."""
    run("PRAGMA recursive_triggers = OFF")
    yield
    run("PRAGMA recursive_triggers = ON")


def copied(verb: str, table: str, *, same: str = "") -> Callable[[], None]:
    """Write the first row of a table once more, apart from it but for one column."""
    values = {name: name for name in columns_of(table)} | APART[table]
    if same:
        values[same] = same
    names, terms = ", ".join(values), ", ".join(values.values())
    first = f"SELECT {terms} FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})"  # noqa: S608
    return lambda: run(f"{verb} INTO {table} ({names}) {first}")


def columns_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM pragma_table_info('{table}')")  # noqa: S608
        return [name for (name,) in cursor.fetchall()]


def unique_columns(table: str) -> set[tuple[str, ...]]:
    """Return the columns of each unique index that SQLite itself knows."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.name, i.name FROM pragma_index_list('{table}') AS l, "  # noqa: S608
            'pragma_index_info(l.name) AS i WHERE l."unique" ORDER BY l.name, i.seqno'
        )
        rows = cursor.fetchall()
    names = {index for index, _column in rows}
    return {tuple(column for index, column in rows if index == name) for name in names}


@pytest.mark.parametrize(("table", "same"), SHARED)
@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE"])
def test_no_new_row_takes_anothers_place(verb: str, table: str, same: str) -> None:
    says = f"{SAYS}|An event follows the last one."
    refused(copied(verb, table, same=same), says)


@pytest.mark.parametrize("table", APART)
def test_a_row_beside_it_is_taken(table: str) -> None:
    copied("INSERT OR REPLACE", table)()


def test_every_unique_column_is_looked_at() -> None:
    for table in guards.TABLES:
        seen = {unique.columns for unique in displacing.ADDED[table]}
        assert unique_columns(table) - {("sequence",)} <= seen, table


class TestAnUpdate:
    @pytest.fixture
    def other(self, asked: ImageRequest) -> ImageRequest:
        return make_request(
            asked.key, state=State.NOT_MADE, server_id="another", image_name="another"
        )

    def test_moves_no_request_into_anothers_place(self, other: ImageRequest) -> None:
        """`rowid` is no column of the model's, and a place all the same."""
        refused(lambda: run(f"{UPDATE} {REQUESTS} SET rowid = 1 WHERE rowid = 2"), SAYS)

    def test_moves_no_event_whose_bytes_may_go(self) -> None:
        long_ago = timezone.now() - timedelta(days=2 * 366)
        with time_machine.travel(long_ago), AuditEvent.objects.act():
            old = AuditEvent.objects.append("key.tested", actor=None)
        emptied = "action = '', address = '', http_request_id = '', target = '', content = NULL"
        sql = f"{UPDATE} {EVENTS} SET {emptied}, rowid = 1 WHERE sequence = %s"
        refused(lambda: run(sql, old.sequence), SAYS)
        run(sql.replace("rowid = 1", "rowid = rowid"), old.sequence)

    def test_takes_no_image_of_another_request(self, other: ImageRequest) -> None:
        sql = f"{UPDATE} {REQUESTS} SET image_id = 'an-image' WHERE id = %s"
        refused(lambda: run(sql, other.pk.hex), SAYS)

    @pytest.mark.parametrize("shared", ["server_id", "image_name"])
    def test_opens_no_request_beside_an_open_one(self, asked: ImageRequest, shared: str) -> None:
        values = {"server_id": "another", "image_name": "another"}
        values[shared] = getattr(asked, shared)
        other = make_request(asked.key, state=State.NOT_MADE, **values)
        sql = f"{UPDATE} {REQUESTS} SET state = 'sending' WHERE id = %s"
        refused(lambda: run(sql, other.pk.hex), SAYS)

    def test_of_a_row_itself_passes(self, asked: ImageRequest) -> None:
        run(f"{UPDATE} {REQUESTS} SET state = 'sending', image_id = image_id")
        assert ImageRequest.objects.get().state == State.SENDING


def test_the_product_meets_the_error_that_it_knows(asked: ImageRequest) -> None:
    """Two submits of one form, side by side: the second is told by the database."""
    with pytest.raises(IntegrityError, match=SAYS), transaction.atomic():
        make_request(asked.key, form_token=asked.form_token)


def test_looking_costs_no_reading_of_all_rows() -> None:
    for table, uniques in chain(displacing.ADDED.items(), displacing.CHANGED.items()):
        if uniques:
            condition = displacing.nobody_is_there(table, uniques).replace("NEW.", "new.")
            row = f"(SELECT rowid, * FROM {table} LIMIT 1) AS new"  # noqa: S608
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM {row} WHERE {condition}")  # noqa: S608
                plan = [step for *_ids, step in cursor.fetchall()]
            assert not [step for step in plan if step.startswith("SCAN other")], plan


def test_an_update_of_the_console_tells_of_no_missing_guard() -> None:
    """The migration adds them by a text of its own; a migrate finds them as they should be."""
    migration = import_module("images.migrations.0013_guards_of_places")
    editor = SimpleNamespace(connection=connection, execute=run)
    migration.remove(apps, editor)
    assert set(guards.missing("default")) == set(migration.TRIGGERS)
    migration.add(apps, editor)
    assert guards.missing("default") == []
    call_command("migrate", "images", verbosity=0)
    assert not AuditEvent.objects.filter(action="guards.restored").exists()
