"""What the start and /readyz look for: guards that are gone or altered, and strangers."""

import pytest
from django.core.management import call_command
from django.db import connection, models

from images import guards
from images.models import AuditEvent
from tests.services.refusing import (
    CALLS,
    EVENTS,
    IS_SQLITE,
    make_history,
    postgres_alone,
    refused,
    run,
    sqlite_alone,
)

pytestmark = pytest.mark.django_db


class TestWhatIsMissing:
    """What the start and /readyz look for."""

    def missing(self) -> list[str]:
        return guards.missing("default")

    def test_nothing_is(self) -> None:
        assert self.missing() == []

    @pytest.mark.parametrize("guard", guards.guards(connection.vendor), ids=lambda each: each.name)
    def test_a_dropped_one_is_found(self, guard: guards.Guard) -> None:
        drop(guard)
        assert self.missing() == [guard.name]

    def test_all_are_found(self) -> None:
        guards.remove("default")
        assert self.missing() == [guard.name for guard in guards.guards(connection.vendor)]

    def test_installing_again_mends_it(self) -> None:
        drop(guards.guards(connection.vendor)[0])
        guards.install("default")
        assert self.missing() == []

    def test_migrating_again_mends_it(self) -> None:
        guards.remove("default")
        call_command("migrate", "images", verbosity=0)
        assert self.missing() == []

    @sqlite_alone
    def test_one_with_another_body_is_found(self) -> None:
        run("DROP TRIGGER guard_event_delete")
        run(f"CREATE TRIGGER guard_event_delete BEFORE DELETE ON {EVENTS} BEGIN SELECT 1; END")
        assert self.missing() == ["guard_event_delete"]

    @sqlite_alone
    def test_one_with_a_condition_is_found(self) -> None:
        run("DROP TRIGGER guard_event_delete")
        run(
            f"CREATE TRIGGER guard_event_delete BEFORE DELETE ON {EVENTS} WHEN 0"
            " BEGIN SELECT RAISE(ABORT, 'An event is never deleted.'); END"
        )
        assert self.missing() == ["guard_event_delete"]

    @sqlite_alone
    def test_a_stranger_that_swallows_events_is_found(self) -> None:
        run(
            f"CREATE TRIGGER swallow BEFORE INSERT ON {EVENTS} BEGIN SELECT RAISE(IGNORE); END",
        )
        assert self.missing() == ["swallow"]

    @postgres_alone
    @pytest.mark.parametrize("how", ["DISABLE TRIGGER", "ENABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
    def test_one_that_is_switched_is_found(self, how: str) -> None:
        run(f"ALTER TABLE {EVENTS} {how} guard_event_update")
        assert self.missing() == ["guard_event_update"]

    @postgres_alone
    @pytest.mark.parametrize(
        "body",
        [" BEGIN RETURN NEW; END ", " BEGIN RETURN NULL; END "],
    )
    def test_one_with_another_function_is_found(self, body: str) -> None:
        run(
            "CREATE OR REPLACE FUNCTION guard_event_update() RETURNS trigger LANGUAGE plpgsql"
            f" AS $guard${body}$guard$"
        )
        assert self.missing() == ["guard_event_update"]

    @postgres_alone
    @pytest.mark.parametrize(
        "when",
        [
            f"BEFORE UPDATE ON {EVENTS} FOR EACH ROW WHEN (false)",
            f"BEFORE UPDATE OF target ON {EVENTS} FOR EACH ROW",
            f"BEFORE DELETE ON {EVENTS} FOR EACH ROW",
            f"AFTER UPDATE ON {EVENTS} FOR EACH ROW",
            f"BEFORE UPDATE ON {EVENTS} FOR EACH STATEMENT",
            f"BEFORE UPDATE ON {CALLS} FOR EACH ROW",
        ],
    )
    def test_one_that_fires_at_another_time_is_found(self, when: str) -> None:
        run(f"DROP TRIGGER guard_event_update ON {EVENTS}")
        run(f"CREATE TRIGGER guard_event_update {when} EXECUTE FUNCTION guard_event_update()")
        table = CALLS if f"ON {CALLS}" in when else EVENTS
        run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER guard_event_update")
        assert self.missing() == ["guard_event_update"]

    @postgres_alone
    def test_a_stranger_with_a_function_is_found(self) -> None:
        run(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )
        run(f"CREATE TRIGGER swallow BEFORE INSERT ON {EVENTS} FOR EACH ROW"
            " EXECUTE FUNCTION swallow()")  # fmt: skip
        assert self.missing() == ["swallow"]

    @postgres_alone
    def test_a_rule_that_swallows_events_is_found(self) -> None:
        run(f"CREATE RULE swallow AS ON INSERT TO {EVENTS} DO INSTEAD NOTHING")
        assert self.missing() == ["swallow"]


def drop(guard: guards.Guard) -> None:
    run(f"DROP TRIGGER {guard.name}" + ("" if IS_SQLITE else f" ON {guard.table}"))


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_changed_table_of_sqlite_loses_its_guards_and_migrate_brings_them_back() -> None:
    """SQLite cannot alter a column: Django makes the table anew, and triggers do not come along."""
    make_history()
    before = list(AuditEvent.objects.values_list("sequence", "leaf_hash"))
    old = AuditEvent._meta.get_field("target")
    new = models.CharField(max_length=300, blank=True)
    new.set_attributes_from_name("target")
    new.model = AuditEvent
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEvent, old, new, strict=True)
    names = [guard.name for guard in guards.guards("sqlite") if guard.table == EVENTS]
    assert guards.missing("default") == names
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEvent, new, old, strict=True)
    call_command("migrate", verbosity=0)
    assert guards.missing("default") == []
    [*kept, (last, _leaf)] = AuditEvent.objects.values_list("sequence", "leaf_hash")
    assert kept == before
    told = AuditEvent.objects.get(sequence=last)
    assert (told.action, told.facts) == ("guards.restored", {"names": names})
    refused(lambda: AuditEvent.objects.update(target="x"), "An event never changes.")
