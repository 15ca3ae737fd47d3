"""When a row of the records would be put in another one's place.

REPLACE of SQLite deletes the rows that stand in the way of a unique value, and no DELETE trigger
sees it unless the connection set `recursive_triggers`, which a foreign one need not. So a trigger
before the write looks for such rows itself. A table whose key is not an INTEGER has a `rowid`
beside it, which can be named and replaced as well.
Source: https://sqlite.org/lang_conflict.html and https://sqlite.org/lang_createtrigger.html.
"""

from dataclasses import dataclass

from images.record_tables import CALLS, CHECKPOINTS, EVENTS, REQUESTS
from images.vocabulary import OPEN

_IS_OPEN = "{row}.state IN (" + ", ".join(f"'{state}'" for state in sorted(OPEN)) + ")"


@dataclass(frozen=True)
class Unique:
    """Columns that no two rows share, of those rows alone that fulfil `when`."""

    columns: tuple[str, ...]
    when: str = ""


ROWID = Unique(("rowid",))
# What an update may touch: the other unique columns of a request stay as they are.
MOVING = (
    Unique(("image_id",), "NOT ({row}.image_id = '')"),  # in the very words of the index
    Unique(("environment", "region", "server_id"), _IS_OPEN),
    Unique(("environment", "region", "image_name"), _IS_OPEN),
)
ADDED = {
    EVENTS: (ROWID,),  # the sequence is looked at by the guard that lets no gap be
    CHECKPOINTS: (Unique(("id",)),),
    REQUESTS: (ROWID, Unique(("id",)), Unique(("form_token",)), *MOVING),
    CALLS: (Unique(("id",)), Unique(("request_id", "attempt"))),
}
CHANGED: dict[str, tuple[Unique, ...]] = {EVENTS: (), REQUESTS: MOVING}


def nobody_is_there(table: str, uniques: tuple[Unique, ...]) -> str:
    """Return the condition that a new row stands in no other's place."""
    return " AND ".join(_free(table, each) for each in uniques)


def nobody_else_is_there(table: str, uniques: tuple[Unique, ...]) -> str:
    """Return the condition that a changed row stays in its place and takes no other's."""
    besides = ("other.rowid <> OLD.rowid",)
    free = [_free(table, each, besides) for each in uniques]
    return " AND ".join(["NEW.rowid = OLD.rowid", *free])


def _free(table: str, unique: Unique, besides: tuple[str, ...] = ()) -> str:
    same = [f"other.{column} = NEW.{column}" for column in unique.columns]
    both = [unique.when.format(row=row) for row in ("other", "NEW") if unique.when]
    where = " AND ".join([*same, *both, *besides])
    return f"NOT EXISTS (SELECT 1 FROM {table} AS other WHERE {where})"  # noqa: S608  (our names)
