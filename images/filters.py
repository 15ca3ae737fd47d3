"""What lists are narrowed to, as it stands in their addresses."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Filters:
    """What the history list is narrowed to; empty values narrow nothing."""

    text: str = ""
    state: str = ""
    person: str = ""
    alias: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class ServerFilters:
    """The servers page's search, state and order; `sort` is a column, "-" before it for down."""

    q: str = ""
    state: str = ""
    sort: str = "name"
