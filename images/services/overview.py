"""What the last 30 days brought: how many images, with which ends, and how long they took."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from images.models import ImageRequest, User
from images.services.durations import KNOWN_AT_LEAST, middle_of
from images.vocabulary import OwnReason, RequestGroup, State

DAYS = 30
SERVER_ROWS = 5
# The newest ready images are enough to tell what is usual, however many there are.
_READY_ROWS = 500


@dataclass(frozen=True)
class Day:
    """How many requests were made on a day of the console's time zone, by what became of them."""

    day: date
    counts: dict[RequestGroup, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class ServerTimes:
    """How many seconds a server's images took to be ready: most of them, and the middle one."""

    name: str
    count: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Overview:
    days: list[Day]
    outcomes: dict[RequestGroup, int]
    servers: list[ServerTimes]

    @property
    def total(self) -> int:
        return sum(self.outcomes.values())


def overview_of(person: User) -> Overview:
    """Return what this person may know of the last days, today included: two queries."""
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    found = ImageRequest.objects.visible_to(person).filter(recorded_at__gte=_begin(days[0]))
    counts = _counts(found, days)
    outcomes = {group: sum(each[group] for each in counts) for group in _GROUPS}
    return Overview(
        days=[Day(day, each) for day, each in zip(days, counts, strict=True)],
        outcomes=outcomes,
        servers=_servers(found),
    )


# In the order in which they are drawn. One that is late is in progress here, and nowhere else.
_GROUPS = (
    RequestGroup.READY,
    RequestGroup.IN_PROGRESS,
    RequestGroup.NEEDS_LOOK,
    RequestGroup.ENDED_BADLY,
    RequestGroup.WITHDRAWN,
)
_LATE_IMAGE = Q(state=State.NOT_MADE, outcome_reason=OwnReason.LATE_IMAGE)
_GROUP = Case(
    When(Q(state__in=[State.UNKNOWN, State.GONE]) | _LATE_IMAGE, Value(RequestGroup.NEEDS_LOOK)),
    When(state=State.READY, then=Value(RequestGroup.READY)),
    When(state=State.CANCELLED, then=Value(RequestGroup.WITHDRAWN)),
    When(
        state__in=[State.REFUSED, State.FAILED, State.NOT_MADE],
        then=Value(RequestGroup.ENDED_BADLY),
    ),
    default=Value(RequestGroup.IN_PROGRESS),
    output_field=CharField(),
)


def _counts(found: QuerySet[ImageRequest], days: list[date]) -> list[dict[RequestGroup, int]]:
    """Count by day and group. The days are compared as times: a database's own way of cutting a
    time to a day is slow on SQLite, where it is Python."""
    nth_day = Case(
        *(
            When(recorded_at__gte=_begin(day), then=Value(number))
            for number, day in reversed(list(enumerate(days)))
        ),
        output_field=IntegerField(),
    )
    rows = (
        found.order_by()
        .annotate(nth_day=nth_day, group=_GROUP)
        .values_list("nth_day", "group")
        .annotate(count=Count("pk"))
    )
    counts = [dict.fromkeys(_GROUPS, 0) for _ in days]
    for number, group, count in rows:
        counts[number][RequestGroup(group)] += count
    return counts


def _servers(found: QuerySet[ImageRequest]) -> list[ServerTimes]:
    """Return the servers of which most images were made lately, and are known well enough."""
    ready = found.filter(state=State.READY, settled_at__isnull=False).order_by("-recorded_at")
    times = ready.annotate(took=F("settled_at") - F("recorded_at"))
    seconds: dict[str, list[float]] = defaultdict(list)
    names: dict[str, str] = {}
    for server_id, name, took in times.values_list("server_id", "server_name", "took")[
        :_READY_ROWS
    ]:
        seconds[server_id].append(took.total_seconds())
        names.setdefault(server_id, name)
    known = [pair for pair in seconds.items() if len(pair[1]) >= KNOWN_AT_LEAST]
    known.sort(key=lambda pair: (-len(pair[1]), names[pair[0]]))
    return [_times(names[server_id], sorted(values)) for server_id, values in known[:SERVER_ROWS]]


def _times(name: str, seconds: list[float]) -> ServerTimes:
    low, high = middle_of(seconds)
    return ServerTimes(name, len(seconds), low, seconds[len(seconds) // 2], high)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
