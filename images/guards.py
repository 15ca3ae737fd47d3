"""The database's own guard over the records: triggers that refuse what the console never does.

They are installed after every migrate (a changed table of SQLite loses its own) and looked for at
each start. Whoever owns the database can take them off; docs/ledger.md says what shows then.
"""

from dataclasses import dataclass

from django.db import connections, transaction

from images.displacing import ADDED, CHANGED, nobody_else_is_there, nobody_is_there
from images.models import AuditEvent
from images.record_tables import CALLS, CHECKPOINTS, EVENTS, REQUESTS

TABLES = (EVENTS, CHECKPOINTS, REQUESTS, CALLS)

# Bytes may go, and only they, once they are older than the shortest time that is allowed.
YEARS_AT_LEAST = 2
_YEARS_AGO = {
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{YEARS_AT_LEAST} years')",
    "postgresql": f"now() - interval '{YEARS_AT_LEAST} years'",
}
_SAME = {"sqlite": "IS", "postgresql": "IS NOT DISTINCT FROM"}

_EVENT_KEEPS = ("sequence", "at", "leaf_hash", "subtrees")
_EVENT_EMPTIED = ("action", "address", "http_request_id", "target")
_EVENT_TAKEN = ("actor_id", "request_id", "key_id", "content")
# What was asked for; `actor_name` is not here, for a name may be removed.
_REQUEST_KEEPS = (
    *("id", "form_token", "actor_id", "previous_id", "recorded_at", "language", "ticket"),
    *("key_id", "key_alias", "key_fingerprint", "environment", "region", "api_version"),
    *("server_id", "server_name", "image_name", "reason"),
)
_CALL_PLANNED = (
    *("id", "request_id", "attempt", "method", "url", "api_version", "request_sha256"),
    "prepared_at",
)
_CALL_ANSWERED = (
    *("is_finished", "left_us", "sent_at", "duration_ms", "status", "body_length"),
    *("is_truncated", "clock_skew_seconds", "reason"),
)
_CALL_EMPTIED = {
    **dict.fromkeys(("request_headers", "headers", "request_ids"), "'{}'"),
    "request_body": "''",
}


@dataclass(frozen=True)
class Guard:
    """One trigger: on which table and verb it fires, what it says, what it lets through.

    One over TRUNCATE stands on PostgreSQL alone, one over REPLACE on SQLite.
    """

    name: str
    table: str
    verb: str
    says: str
    unless: str = ""


def guards(vendor: str) -> list[Guard]:
    """Return the guards that a database of this kind has."""
    last = f"(SELECT coalesce(max(sequence), 0) FROM {EVENTS})"  # noqa: S608  (our own names)
    follows = f"NEW.sequence = 1 + {last} AND NEW.content IS NOT NULL"
    asked = _same(vendor, _REQUEST_KEEPS)
    found = [
        Guard("guard_event_insert", EVENTS, "INSERT", "An event follows the last one.", follows),
        Guard("guard_event_update", EVENTS, "UPDATE", "An event never changes.", _expiry(vendor)),
        Guard("guard_event_delete", EVENTS, "DELETE", "An event is never deleted."),
        Guard("guard_checkpoint_update", CHECKPOINTS, "UPDATE", "A checkpoint never changes."),
        Guard("guard_checkpoint_delete", CHECKPOINTS, "DELETE", "A checkpoint is never deleted."),
        Guard("guard_request_update", REQUESTS, "UPDATE", "What was asked for stays.", asked),
        Guard("guard_request_delete", REQUESTS, "DELETE", "A request is never deleted."),
        Guard("guard_call_update", CALLS, "UPDATE", "A finished call stays.", _answer(vendor)),
        Guard("guard_call_delete", CALLS, "DELETE", "A call is never deleted."),
    ]
    return found + _OWN[vendor]()


def _of_postgres() -> list[Guard]:
    says = "The records are never emptied."
    return [Guard(_name(table, "truncate"), table, "TRUNCATE", says) for table in TABLES]


def _of_sqlite() -> list[Guard]:
    """Return what refuses a REPLACE; a changed one needs a migration, as 0013 is, lest an update
    of the console looks as if somebody had taken it off."""
    says = "A record is never replaced."
    return [
        Guard(_name(table, "replace"), table, "INSERT", says, nobody_is_there(table, uniques))
        for table, uniques in ADDED.items()
    ] + [
        Guard(_name(table, "displace"), table, "UPDATE", says, nobody_else_is_there(table, uniques))
        for table, uniques in CHANGED.items()
    ]


def install(alias: str) -> None:
    """Put every guard in place, anew where it stands already. Raises django.db.Error."""
    vendor = connections[alias].vendor
    creations = [text for guard in guards(vendor) for text in _CREATE[vendor](guard)]
    _execute(alias, _removals(vendor) + creations)


def remove(alias: str) -> None:
    """Take the guards off: for a test that has to empty its database."""
    _execute(alias, _removals(connections[alias].vendor))


def missing(alias: str) -> list[str]:
    """Return the names of guards that are not there or not as they should be, and of triggers and
    rules on the guarded tables that are not ours: they could swallow or change a record."""
    connection = connections[alias]
    wanted = {guard.name: _STATE[connection.vendor](guard) for guard in guards(connection.vendor)}
    with connection.cursor() as cursor:
        cursor.execute(_LOOK[connection.vendor])
        found: dict[str, str] = dict(cursor.fetchall())
    absent = [name for name, state in wanted.items() if found.get(name) != state]
    return absent + sorted(found.keys() - wanted.keys())


def tables_missing(alias: str) -> bool:
    """Whether a guarded table is not there (yet, or any more): a migrate to an earlier state."""
    return not set(TABLES) <= set(connections[alias].introspection.table_names())


def _removals(vendor: str) -> list[str]:
    where = " ON {}" if vendor == "postgresql" else ""
    drop = "DROP TRIGGER IF EXISTS {}"
    return [drop.format(each.name) + where.format(each.table) for each in guards(vendor)]


def _execute(alias: str, statements: list[str]) -> None:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _same(vendor: str, columns: tuple[str, ...]) -> str:
    return " AND ".join(f"NEW.{name} {_SAME[vendor]} OLD.{name}" for name in columns)


def _expiry(vendor: str) -> str:
    parts = [_same(vendor, _EVENT_KEEPS)]
    parts += [f"NEW.{name} = ''" for name in _EVENT_EMPTIED]
    parts += [f"NEW.{name} IS NULL" for name in _EVENT_TAKEN]
    return " AND ".join([*parts, f"OLD.at < {_YEARS_AGO[vendor]}"])


def _answer(vendor: str) -> str:
    """A call takes its answer once; much later its bytes may go."""
    planned = _same(vendor, _CALL_PLANNED)
    answer = f"NOT OLD.is_finished AND {_same(vendor, ('request_body',))}"
    emptied = [f"NEW.{name} = {empty}" for name, empty in _CALL_EMPTIED.items()]
    emptied += ["length(NEW.body) = 0", f"OLD.prepared_at < {_YEARS_AGO[vendor]}"]
    expiry = " AND ".join([_same(vendor, _CALL_ANSWERED), *emptied])
    return f"{planned} AND (({answer}) OR ({expiry}))"


def _name(table: str, what: str) -> str:
    return f"guard_{table.removeprefix('images_')}_{what}"


def _sqlite(guard: Guard) -> str:
    when = f" WHEN NOT ({guard.unless})" if guard.unless else ""
    return (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table}{when}"
        f" BEGIN SELECT RAISE(ABORT, '{guard.says}'); END"
    )


def _postgres(guard: Guard) -> list[str]:
    """Return the function, its trigger, and that it also fires where a session plays replica."""
    each = "STATEMENT" if guard.verb == "TRUNCATE" else "ROW"
    return [
        f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $guard${_postgres_body(guard)}$guard$",
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table}"
        f" FOR EACH {each} EXECUTE FUNCTION {guard.name}()",
        f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}",
    ]


def _postgres_body(guard: Guard) -> str:
    refuse = f"RAISE EXCEPTION '{guard.says}' USING ERRCODE = 'restrict_violation';"
    if not guard.unless:
        return f" BEGIN {refuse} END "
    return f" BEGIN IF NOT ({guard.unless}) THEN {refuse} END IF; RETURN NEW; END "


# How a guard of PostgreSQL stands: always on, on its verb alone, without a condition, running its
# own function. Source: PostgreSQL's system catalogs, pg_trigger (bits of tgtype in pg_trigger.h).
_BITS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


def _postgres_state(guard: Guard) -> str:
    each_row = 0 if guard.verb == "TRUNCATE" else 1
    kind = each_row | 2 | _BITS[guard.verb]
    return f"{guard.table} A {kind} plpgsql {_postgres_body(guard)}"


_OWN = {"sqlite": _of_sqlite, "postgresql": _of_postgres}
_STATE = {"sqlite": _sqlite, "postgresql": _postgres_state}
_CREATE = {"sqlite": lambda guard: [_sqlite(guard)], "postgresql": _postgres}
_ON_TABLES = ", ".join(f"'{table}'" for table in TABLES)
# SQLite keeps a trigger's own text. The tables' names are our own.
_LOOK = {
    "sqlite": (
        "SELECT name, sql FROM sqlite_master"  # noqa: S608
        f" WHERE type = 'trigger' AND tbl_name IN ({_ON_TABLES})"
    ),
    "postgresql": (
        "SELECT t.tgname, concat(c.relname, ' ', t.tgenabled, ' ', t.tgtype, ' ',"  # noqa: S608
        " CASE WHEN t.tgqual IS NULL AND t.tgnargs = 0 AND cardinality(t.tgattr::int[]) = 0"
        " AND p.proconfig IS NULL THEN l.lanname ELSE 'conditional' END, ' ', p.prosrc)"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang"
        f" WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) AND c.relname IN ({_ON_TABLES})"
        " UNION ALL SELECT rulename, 'a rule' FROM pg_rules"
        f" WHERE schemaname = current_schema() AND tablename IN ({_ON_TABLES})"
    ),
}


def tell_restored(names: list[str]) -> None:
    """Record that guards had to be put back, where there is a history to guard."""
    if names and AuditEvent.objects.size():
        with AuditEvent.objects.act():
            AuditEvent.objects.append("guards.restored", actor=None, facts={"names": names})


def may_change(alias: str, table: str) -> bool:
    """Whether our role in the database may update rows of the table at all."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE')", [table])
        return bool(cursor.fetchone()[0])
