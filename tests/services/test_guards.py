"""The database refuses to change events, however it is asked; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import models
from django.utils import timezone

from images import guards
from images.models import AccessKey, AuditEvent, ExchangeRecord, ImageRequest, User
from images.services import retention
from tests.services.refusing import (
    EVENTS,
    insert,
    make_history,
    postgres_alone,
    refused,
    run,
    saved_as_it_is,
    sqlite_alone,
)
from tests.unguarded import check_what_is_deferred, unguarded

pytestmark = pytest.mark.django_db

UPDATE = f"UPDATE {EVENTS} SET target = 'forged'"  # noqa: S608  (our own names)
DELETE = f"DELETE FROM {EVENTS} WHERE sequence = 2"  # noqa: S608


@pytest.fixture(autouse=True)
def history(db: None) -> ImageRequest:
    return make_history()


def first_event() -> AuditEvent:
    return AuditEvent.objects.get(sequence=1)


def next_event(**changes: Any) -> AuditEvent:
    """Return the event that would follow, as somebody makes it who is not `append`."""
    values: dict[str, Any] = {
        "sequence": AuditEvent.objects.size() + 1,
        "at": timezone.now(),
        "action": "key.tested",
        "content": b"{}",
        "leaf_hash": bytes(32),
    }
    return AuditEvent(**{**values, **changes})


def bulk_updated(event: AuditEvent) -> None:
    event.target = "another"
    AuditEvent.objects.bulk_update([event], ["target"])


class TestAnEvent:
    @pytest.mark.parametrize(
        "change",
        [
            {"content": b"{}"},
            {"leaf_hash": bytes(32)},
            {"subtrees": bytes(32)},
            {"target": "another"},
            {"action": "key.tested"},
            {"address": "192.0.2.1"},
            {"at": "2026-01-01T00:00:00Z"},
            {"sequence": 99},
            {"actor": None},
            {"request": None},
            {"key": None},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_is_not_updated(self, change: dict[str, Any]) -> None:
        events = AuditEvent.objects.filter(action="request.recorded")
        refused(lambda: events.update(**change), "An event never changes.")

    def test_is_not_updated_in_bulk(self) -> None:
        refused(lambda: bulk_updated(first_event()), "An event never changes.")

    def test_is_not_updated_even_to_what_it_is(self) -> None:
        refused(saved_as_it_is(AuditEvent), "An event never changes.")

    def test_is_not_updated_by_sql(self) -> None:
        refused(lambda: run(UPDATE), "An event never changes.")

    def test_is_not_deleted(self) -> None:
        refused(lambda: AuditEvent.objects.filter(sequence=1).delete(), "never deleted")
        refused(lambda: AuditEvent.objects.all().delete(), "never deleted")
        refused(lambda: run(DELETE), "never deleted")

    def test_says_no_in_python_as_well(self) -> None:
        for act in (first_event().save, first_event().delete):
            with pytest.raises(TypeError):
                act()

    @sqlite_alone
    @pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE"])
    def test_is_not_replaced(self, verb: str) -> None:
        refused(insert(verb, 1), "An event follows the last one.")

    @sqlite_alone
    def test_is_not_replaced_by_an_update(self) -> None:
        refused(lambda: run(UPDATE.replace("UPDATE", "UPDATE OR REPLACE")), "never changes")

    @pytest.mark.parametrize("sequence", [1, 2])
    def test_is_not_upserted(self, sequence: int) -> None:
        rest = " ON CONFLICT (sequence) DO UPDATE SET target = 'forged'"
        refused(insert("INSERT", sequence, rest=rest), "An event follows the last one.")

    def test_is_not_upserted_by_django(self) -> None:
        twin = next_event(sequence=1, target="forged")

        def upsert() -> None:
            AuditEvent.objects.bulk_create(
                [twin],
                update_conflicts=True,
                unique_fields=["sequence"],
                update_fields=["target"],
            )

        refused(upsert, "An event follows the last one.")

    @pytest.mark.parametrize("ahead", [-1, 0, 2, 100])
    def test_leaves_no_gap(self, ahead: int) -> None:
        wrong = AuditEvent.objects.size() + ahead
        refused(insert("INSERT", wrong), "An event follows the last one.")
        odd = next_event(sequence=wrong)
        refused(lambda: odd.save(force_insert=True), "An event follows the last one.")

    def test_is_not_written_without_bytes(self) -> None:
        refused(lambda: next_event(content=None).save(force_insert=True), "follows the last one")

    def test_of_several_rows_one_that_does_not_follow_undoes_all(self) -> None:
        last = AuditEvent.objects.size()
        rows = [next_event(), next_event(sequence=last + 3)]
        refused(lambda: AuditEvent.objects.bulk_create(rows), "An event follows the last one.")

    def test_that_follows_is_taken(self) -> None:
        next_event().save(force_insert=True)
        assert AuditEvent.objects.filter(action="key.tested").count() == 1


def test_the_first_event_has_the_number_1() -> None:
    with unguarded():
        AuditEvent.objects.all().delete()
    for wrong in (0, 2):
        refused(insert("INSERT", wrong), "An event follows the last one.")
    insert("INSERT", 1)()


class TestTheKeepingRule:
    """What lets old bytes go lets nothing else go."""

    GONE: dict[str, Any] = {  # noqa: RUF012  (never changed)
        **dict.fromkeys(("action", "address", "http_request_id", "target"), ""),
        **dict.fromkeys(("actor", "request", "key", "content")),
    }

    @pytest.fixture
    def old(self) -> AuditEvent:
        """An event a day older than what the guards let go."""
        return self.made_days_ago(2 * 365 + 2)

    def made_days_ago(self, days: int) -> AuditEvent:
        with time_machine.travel(timezone.now() - timedelta(days=days)), AuditEvent.objects.act():
            return AuditEvent.objects.append("key.tested", actor=None, target="old")

    def rows(self, event: AuditEvent) -> "models.QuerySet[AuditEvent]":
        return AuditEvent.objects.filter(sequence=event.sequence)

    def test_old_bytes_may_go(self, old: AuditEvent) -> None:
        assert self.rows(old).update(**self.GONE) == 1
        kept = AuditEvent.objects.get(sequence=old.sequence)
        assert (kept.is_expired, bytes(kept.leaf_hash)) == (True, old.leaf_hash)

    def test_younger_bytes_stay(self) -> None:
        young = self.made_days_ago(2 * 365 - 2)
        refused(lambda: self.rows(young).update(**self.GONE), "An event never changes.")

    @pytest.mark.parametrize(
        "more",
        [
            {"leaf_hash": bytes(32)},
            {"subtrees": bytes(64)},
            {"sequence": 1000},
            {"at": "2020-01-01T00:00:00Z"},
        ],
        ids=lambda more: next(iter(more)),
    )
    def test_the_proof_stays(self, old: AuditEvent, more: dict[str, Any]) -> None:
        refused(lambda: self.rows(old).update(**{**self.GONE, **more}), "never changes")

    @pytest.mark.parametrize("column", GONE)
    def test_it_is_all_or_nothing(self, old: AuditEvent, column: str) -> None:
        if column in ("actor", "request", "key", "address", "http_request_id"):
            person = User.objects.get(username="alice")
            kept: dict[str, Any] = {
                "actor": person,
                "request": ImageRequest.objects.get(),
                "key": AccessKey.objects.get(),
                "address": "192.0.2.1",
                "http_request_id": "an id",
            }
            change = {**self.GONE, column: kept[column]}
        else:
            change = {name: value for name, value in self.GONE.items() if name != column}
        refused(lambda: self.rows(old).update(**change), "An event never changes.")

    def test_the_product_s_own_run_passes(self) -> None:
        long_ago = timezone.now() - timedelta(days=6 * 366)
        with unguarded():
            AuditEvent.objects.update(at=long_ago)
            ExchangeRecord.objects.update(prepared_at=long_ago)
        assert retention.apply() == 2
        call = ExchangeRecord.objects.get()
        assert (call.request_body, bytes(call.body), call.headers) == ("", b"", {})

    def test_bytes_do_not_come_back(self, old: AuditEvent) -> None:
        self.rows(old).update(**self.GONE)
        refused(lambda: self.rows(old).update(content=b"{}"), "An event never changes.")


@postgres_alone
@pytest.mark.parametrize("table", guards.TABLES)
def test_no_table_is_emptied(table: str) -> None:
    check_what_is_deferred()
    refused(lambda: run(f"TRUNCATE {table} CASCADE"), "The records are never emptied.")


@postgres_alone
def test_a_session_that_plays_replica_is_refused_as_well() -> None:
    """Triggers as usual do not fire there, which is how a dump is loaded; ours do."""
    run("SET LOCAL session_replication_role = replica")
    refused(lambda: run(UPDATE), "An event never changes.")
