"""The database's own guard over the records: triggers that refuse what the console never does.

They are installed after every migrate (a changed table of SQLite loses its own) and looked for at
each start. Whoever owns the database can take them off; docs/ledger.md says what shows then.
"""

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from images.models import AuditEvent, Checkpoint, ExchangeRecord, ImageRequest

EVENTS = AuditEvent._meta.db_table
CALLS = ExchangeRecord._meta.db_table
REQUESTS = ImageRequest._meta.db_table
CHECKPOINTS = Checkpoint._meta.db_table

# The bytes may go, and only they, once they are older than the shortest time that is allowed.
YEARS_AT_LEAST = 2
_KEPT = ("sequence", "at", "leaf_hash", "subtrees")
_EMPTIED = ("action", "address", "http_request_id", "target")
_TAKEN = ("actor_id", "request_id", "key_id", "content")


class Guard:
    """One trigger: which table, when it fires, what is let through all the same."""

    def __init__(self, name: str, table: str, verb: str, says: str, *, unless: str = "") -> None:
        self.name = f"guard_{name}"
        self.table = table
        self.verb = verb
        self.says = says
        self.unless = unless


def guards(vendor: str) -> list[Guard]:
    is_same, years = ("IS", _SQLITE_YEARS) if vendor == "sqlite" else _POSTGRES_WORDS
    expiry = _expiry(is_same, years)
    follows = f"NEW.sequence = 1 + (SELECT coalesce(max(sequence), 0) FROM {EVENTS})"  # noqa: S608
    finished = f"NOT OLD.is_finished OR (NEW.request_sha256 {is_same} OLD.request_sha256"
    finished += f" AND NEW.status {is_same} OLD.status AND NEW.request_body = ''"
    finished += f" AND length(NEW.body) = 0 AND OLD.prepared_at < {years})"
    return [
        Guard("event_insert", EVENTS, "INSERT", "An event follows the last one.", unless=follows),
        Guard("event_update", EVENTS, "UPDATE", "An event is never changed.", unless=expiry),
        Guard("event_delete", EVENTS, "DELETE", "An event is never deleted."),
        Guard("checkpoint_update", CHECKPOINTS, "UPDATE", "A checkpoint is never changed."),
        Guard("checkpoint_delete", CHECKPOINTS, "DELETE", "A checkpoint is never deleted."),
        Guard("request_delete", REQUESTS, "DELETE", "A request is never deleted."),
        Guard("call_update", CALLS, "UPDATE", "A finished call is not changed.", unless=finished),
        Guard("call_delete", CALLS, "DELETE", "A call is never deleted."),
    ]


_SQLITE_YEARS = f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{YEARS_AT_LEAST} years')"
_POSTGRES_WORDS = ("IS NOT DISTINCT FROM", f"now() - interval '{YEARS_AT_LEAST} years'")
_TRUNCATED = (EVENTS, CHECKPOINTS, REQUESTS, CALLS)


def _expiry(is_same: str, years: str) -> str:
    parts = [f"NEW.{name} {is_same} OLD.{name}" for name in _KEPT]
    parts += [f"NEW.{name} = ''" for name in _EMPTIED]
    parts += [f"NEW.{name} IS NULL" for name in _TAKEN]
    return " AND ".join([*parts, f"OLD.at < {years}"])


def install(alias: str) -> None:
    """Put every guard in place, anew where it stands already. Raises django.db.Error."""
    connection = connections[alias]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        for statement in _removals(connection) + _statements(connection):
            cursor.execute(statement)


def remove(alias: str) -> None:
    """Take the guards off: for a test that has to empty its database."""
    connection = connections[alias]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        for statement in _removals(connection):
            cursor.execute(statement)


def missing(alias: str) -> list[str]:
    """Return the names of guards that are not there, or not as they should be."""
    connection = connections[alias]
    wanted = _wanted(connection)
    with connection.cursor() as cursor:
        cursor.execute(_LOOK[connection.vendor])
        found = dict(cursor.fetchall())
    return [name for name, state in wanted.items() if not _stands(found.get(name), state)]


def _wanted(connection: BaseDatabaseWrapper) -> dict[str, str]:
    if connection.vendor == "sqlite":
        return {guard.name: _sqlite(guard) for guard in guards("sqlite")}
    names = [guard.name for guard in guards("postgresql")]
    return dict.fromkeys([*names, *(_truncate_name(table) for table in _TRUNCATED)], "O")


def _stands(found: Any, wanted: str) -> bool:
    return found is not None and found == wanted


# SQLite keeps a trigger's own text; PostgreSQL says whether it is switched on (O: as usual).
_LOOK = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
}


def _statements(connection: BaseDatabaseWrapper) -> list[str]:
    vendor = connection.vendor
    if vendor == "sqlite":
        return [_sqlite(guard) for guard in guards(vendor)]
    statements = [text for guard in guards(vendor) for text in _postgres(guard)]
    return statements + [text for table in _TRUNCATED for text in _postgres_truncate(table)]


def _removals(connection: BaseDatabaseWrapper) -> list[str]:
    vendor = connection.vendor
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {guard.name}" for guard in guards(vendor)]
    pairs = [(guard.name, guard.table) for guard in guards(vendor)]
    pairs += [(_truncate_name(table), table) for table in _TRUNCATED]
    return [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, table in pairs]


def _sqlite(guard: Guard) -> str:
    when = f" WHEN NOT ({guard.unless})" if guard.unless else ""
    return (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table}{when}"
        f" BEGIN SELECT RAISE(ABORT, '{guard.says}'); END"
    )


def _postgres(guard: Guard) -> list[str]:
    row = "OLD" if guard.verb == "DELETE" else "NEW"
    refuse = f"RAISE EXCEPTION '{guard.says}' USING ERRCODE = 'restrict_violation';"
    body = f"IF NOT ({guard.unless}) THEN {refuse} END IF;" if guard.unless else refuse
    return [
        _postgres_function(guard.name, f"{body} RETURN {row};"),
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {guard.name}()",
    ]


def _postgres_truncate(table: str) -> list[str]:
    name = _truncate_name(table)
    refuse = "RAISE EXCEPTION 'The records are never emptied.' USING ERRCODE = 'restrict_violation'"
    return [
        _postgres_function(name, f"{refuse}; RETURN NULL;"),
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def _truncate_name(table: str) -> str:
    return f"guard_{table.removeprefix('images_')}_truncate"


def _postgres_function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $guard$ BEGIN {body} END $guard$"
    )


def tables_missing(alias: str) -> bool:
    """Whether a guarded table is not there (yet, or any more): a migrate to an earlier state."""
    return not set(_TRUNCATED) <= set(connections[alias].introspection.table_names())
