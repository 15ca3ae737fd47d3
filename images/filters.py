"""What lists are narrowed to, as it stands in their addresses."""

from dataclasses import dataclass, replace
from datetime import datetime

from images.vocabulary import Acts, RequestGroup


@dataclass(frozen=True)
class Filters:
    """What the history is narrowed to; empty values narrow nothing.

    `since` belongs to the period, `until` does not. `place` is an environment, or an environment
    and a region as "e/kr-west1".
    """

    acts: Acts = Acts.PEOPLE
    since: datetime | None = None
    until: datetime | None = None
    person: str = ""
    server: str = ""
    image: str = ""
    state: str = ""
    place: str = ""
    alias: str = ""
    ticket: str = ""
    text: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the switch between people and machine narrows."""
        return replace(self, acts=Acts.PEOPLE) != Filters()

    @property
    def is_everything(self) -> bool:
        """Whether every event passes that the person may see, the machine's included."""
        return self.acts == Acts.ALL and not self.is_narrowed


@dataclass(frozen=True)
class RequestFilters:
    """What the list of requests is narrowed to."""

    group: RequestGroup = RequestGroup.ALL
    text: str = ""


@dataclass(frozen=True)
class ServerFilters:
    """The servers page's search, state and order; `sort` is a column, "-" before it for down."""

    q: str = ""
    state: str = ""
    sort: str = "name"
