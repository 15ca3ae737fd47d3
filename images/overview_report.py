"""The last 30 days as the history page draws them: charts, and the same in words and numbers."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images import charts
from images.charts import Box, Span
from images.services.overview import DAYS, Overview, ServerTimes
from images.vocabulary import RequestGroup


@dataclass(frozen=True)
class Count:
    kind: str
    label: str
    count: int


@dataclass(frozen=True)
class DayRow:
    day: date
    counts: list[int]


@dataclass(frozen=True)
class ServerRow:
    name: str
    count: int
    span: Span
    sentence: str


@dataclass(frozen=True)
class OverviewReport:
    """`columns` draw the days and `days` tell them; `bar` draws the outcomes and `outcomes` tell
    them, without those that did not occur."""

    total_sentence: str
    days_sentence: str
    first: date
    last: date
    columns: list[Box]
    columns_width: int
    columns_height: int
    labels: list[str]
    days: list[DayRow]
    bar: list[Box]
    bar_width: int
    outcomes: list[Count]
    servers: list[ServerRow]


def overview_report(overview: Overview) -> OverviewReport | None:
    """Return the report; None when nothing was asked for in these days."""
    if not overview.total:
        return None
    groups = [group for group, count in overview.outcomes.items() if count]
    stacks = [[(group.value, day.counts[group]) for group in groups] for day in overview.days]
    return OverviewReport(
        total_sentence=_total(overview.total),
        days_sentence=_days(overview),
        first=overview.days[0].day,
        last=overview.days[-1].day,
        columns=charts.columns(stacks),
        columns_width=DAYS * charts.COLUMN_STEP,
        columns_height=charts.COLUMN_HEIGHT,
        labels=[str(group.label) for group in groups],
        days=[
            DayRow(day.day, [day.counts[group] for group in groups])
            for day in reversed(overview.days)
            if day.total
        ],
        bar=charts.row([(group.value, overview.outcomes[group]) for group in groups]),
        bar_width=charts.ROW_WIDTH,
        outcomes=[_count(group, overview.outcomes[group]) for group in groups],
        servers=_servers(overview.servers),
    )


def _total(total: int) -> str:
    return ngettext(
        "{count} request in the last 30 days", "{count} requests in the last 30 days", total
    ).format(count=f"{total:,}")


def _days(overview: Overview) -> str:
    most = max(overview.days, key=lambda each: each.total)
    return ngettext(
        "At most {count} request a day, on {day}", "At most {count} requests a day, on {day}",
        most.total,
    ).format(count=f"{most.total:,}", day=most.day)  # fmt: skip


def _count(group: RequestGroup, count: int) -> Count:
    return Count(group.value, str(group.label), count)


def _servers(found: list[ServerTimes]) -> list[ServerRow]:
    most = max((each.high for each in found), default=0.0)
    return [
        ServerRow(
            name=each.name,
            count=each.count,
            span=charts.span(each.low, each.middle, each.high, most=most),
            sentence=_usual(each),
        )
        for each in found
    ]


def _usual(times: ServerTimes) -> str:
    low, high = int(times.low // 60), int(-(-times.high // 60))
    if high <= 1:
        return _("under 1 min")
    if high - low <= 1:
        return _("about {count} min").format(count=high)
    return _("{low} to {high} min").format(low=max(1, low), high=high)
