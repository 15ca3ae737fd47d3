"""Read the ledger's rows as they stand in the database, a chunk at a time.

Plain SQL: the ORM's reading of ids and times would take longer than all of the hashing. Whatever
stands in a row is handed on as it is, for a stranger's hand may have written it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from images.models import AuditEvent

CHUNK = 2_000
_TABLE = AuditEvent._meta.db_table


class Row(NamedTuple):
    """One event's columns; ids and time as the ledger writes them."""

    sequence: int
    at: str
    action: str
    actor: str | None
    address: str
    http_request: str
    image_request: str | None
    access_key: str | None
    target: str
    content: bytes | None
    leaf: bytes
    subtrees: bytes


def read(first: int, last: int) -> Iterator[list[Row]]:
    """Yield the rows of these sequences, the last one included, in order."""
    after = first - 1
    select, make = _SELECT[connection.vendor], _MAKE[connection.vendor]
    while after < last:
        with connection.cursor() as cursor:
            cursor.execute(select, [after, last, CHUNK])
            chunk = [make(row) for row in cursor.fetchall()]
        if not chunk:
            return
        yield chunk
        after = chunk[-1].sequence


def stray() -> int | None:
    """Return the number of a row that stands where no event may: below 1, or no whole number."""
    odd = "OR typeof(sequence) <> 'integer'" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sequence FROM {_TABLE} WHERE sequence < 1 {odd} LIMIT 1")  # noqa: S608
        found = cursor.fetchone()
    return found[0] if found else None


def _from_sqlite(row: Any) -> Row:
    sequence, at, action, actor, address, http, asked, key, target, content, leaf, subtrees = row
    time = f"{at[:10]}T{at[11:]}Z" if len(at) == _SQLITE_TIME else _long_time(at)
    return Row(
        sequence, time, action, actor and _dashed(actor), address, http, asked and _dashed(asked),
        key and _dashed(key), target, content, leaf, subtrees,
    )  # fmt: skip


def _from_postgres(row: Any) -> Row:
    *shown, content, leaf, subtrees = row
    kept = None if content is None else bytes(content)
    return Row._make([*shown, kept, bytes(leaf), bytes(subtrees)])


_SQLITE_TIME = len("2026-11-23 07:50:12.123456")


def _long_time(at: str) -> str:
    """SQLite's text leaves out a fraction of zero."""
    return f"{at[:10]}T{at[11:]}.000000Z"


@lru_cache(maxsize=4096)
def _dashed(number: str) -> str:
    return f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"


_WHERE = f"FROM {_TABLE} WHERE sequence > %s AND sequence <= %s ORDER BY sequence LIMIT %s"
_SELECT = {
    "sqlite": (
        # As text: Django's driver would make a datetime of a plain column.
        "SELECT sequence, at || '', action, actor_id, address, http_request_id, request_id, key_id,"
        f" target, content, leaf_hash, subtrees {_WHERE}"
    ),
    "postgresql": (
        "SELECT sequence, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
        " action, actor_id::text, address, http_request_id, request_id::text, key_id::text,"
        f" target, content, leaf_hash, subtrees {_WHERE}"
    ),
}
_MAKE = {"sqlite": _from_sqlite, "postgresql": _from_postgres}
