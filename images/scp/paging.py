"""The marker loop over a list. Source: SCP API reference, section 6."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic

from images.scp.deadlines import Deadline
from images.scp.errors import Busy, Reason, Unexpected
from images.scp.reading import Reader, Row
from images.scp.verdicts import lost

MOST_PAGES = 100


@dataclass(frozen=True)
class ListCall(Generic[Row]):
    """One list: where it is, what the array is called, and how a row is read."""

    path: str
    key: str
    read: Callable[[object], Row | None]
    limit: int
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """What a list call brought."""

    rows: tuple[Row, ...]
    is_complete: bool
    """False when there may be more: page cap, no time left, or a marker that SCP ignores."""
    skipped: int
    """Rows left out because they have no usable id."""
    clock_skew_seconds: float | None = None
    """Of the last page's answer; see Exchange."""


def read_all(
    reader: Reader, wanted: ListCall[Row], *, most_pages: int = MOST_PAGES
) -> Listing[Row]:
    """Follow the markers until a page is shorter than the limit. Raises ScpError.

    SCP sends neither a count nor a next link. The loop ends, and says that it is not
    complete, after `most_pages`, when the total time is over, and when a full page brings
    no new id.
    """
    deadline = reader.deadline()
    found: dict[str, Row] = {}
    skipped = 0
    skew: float | None = None
    marker: dict[str, str] = {}
    for _ in range(most_pages):
        params = {**wanted.params, "limit": str(wanted.limit), **marker}
        try:
            rows, skew = _page(reader, wanted, params, deadline)
        except (Unexpected, Busy):
            if found and deadline.is_over:
                break
            raise
        readable = [row for row in map(wanted.read, rows) if row is not None]
        skipped += len(rows) - len(readable)
        fresh = {row.id: row for row in readable if row.id not in found}
        found |= fresh
        if len(rows) < wanted.limit:
            return Listing(
                tuple(found.values()), is_complete=True, skipped=skipped, clock_skew_seconds=skew
            )
        if not fresh:
            break
        marker = {"marker": readable[-1].id}
    return Listing(
        tuple(found.values()), is_complete=False, skipped=skipped, clock_skew_seconds=skew
    )


def _page(
    reader: Reader, wanted: ListCall[Row], params: Mapping[str, str], deadline: Deadline
) -> tuple[list[object], float | None]:
    payload, answer = reader.fetch(wanted.path, params, deadline=deadline)
    rows = payload.get(wanted.key) if isinstance(payload, dict) else None
    if not isinstance(rows, list):
        raise lost(answer, Reason.NOT_JSON, is_write=False)
    return rows, answer.exchange.clock_skew_seconds
