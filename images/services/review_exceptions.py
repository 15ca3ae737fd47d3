"""What a reviewer should look at: the events of a time that are out of the ordinary."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.models import AuditEvent
from images.proof_report import ProofReport, proven
from images.stamps import duration_text

LISTED_AT_MOST = 200
# So many refused sign-ins, each this soon after the one before, are no slip of the finger.
CLUSTER = 5
CLUSTER_GAP = timedelta(minutes=10)

_UNUSUAL = (
    "request.settled",
    "request.overdue",
    "request.ambiguous",
    "request.answered_late",
    "request.refused",
    "request.failed",
    "request.not_made",
    "request.gone",
    "request.turned_away",
    "access.refused",
    "session.limited",
    "ledger.acknowledged",
    "ledger.broken",
    "guards.restored",
    "retention.applied",
    "settings.changed",
)


@dataclass(frozen=True)
class Line:
    """One exception; a row of refused sign-ins is one, told by its first event."""

    sequence: int
    at: datetime
    who: str
    sentence: str
    target: str = ""


@dataclass(frozen=True)
class Exceptions:
    """The first LISTED_AT_MOST by sequence, and how many there are in all."""

    lines: list[Line]
    total: int

    @property
    def unlisted(self) -> int:
        return self.total - len(self.lines)

    def as_json(self) -> dict[str, object]:
        return {"total": self.total, "sequences": [line.sequence for line in self.lines]}


@dataclass(frozen=True)
class _Failure:
    sequence: int
    at: datetime
    account: str
    address: str


def exceptions_in(events: QuerySet[AuditEvent]) -> Exceptions:
    """Return what is out of the ordinary among the events. As many queries however many."""
    unusual = events.filter(action__in=_UNUSUAL).order_by("sequence")
    clusters = [_cluster_line(each) for each in _clusters(events)]
    first = list(unusual.select_related("actor")[:LISTED_AT_MOST])
    lines = [*map(_line, proven(first)), *clusters]
    lines.sort(key=lambda line: line.sequence)
    return Exceptions(lines[:LISTED_AT_MOST], unusual.count() + len(clusters))


def _line(report: ProofReport) -> Line:
    event = report.event
    target = event.target if event.request_id else ""
    sentence = report.sentence if report.proof.is_broken else report.what
    return Line(event.sequence, event.at, report.who, sentence, target)


def _clusters(events: QuerySet[AuditEvent]) -> list[list[_Failure]]:
    """Return rows of refused sign-ins: from one address, else at one account."""
    rows = events.filter(action="session.failed").order_by("sequence")
    failures = [_Failure(*row) for row in rows.values_list("sequence", "at", "target", "address")]
    by_address = list(_runs((each.address, each) for each in failures))
    told = {each.sequence for run in by_address for each in run}
    rest = ((each.account, each) for each in failures if each.sequence not in told)
    return by_address + list(_runs(rest))


def _runs(failures: Iterable[tuple[str, _Failure]]) -> Iterator[list[_Failure]]:
    under_way: dict[str, list[_Failure]] = {}
    for name, failure in failures:
        if not name:
            continue
        run = under_way.setdefault(name, [])
        if run and failure.at - run[-1].at > CLUSTER_GAP:
            if len(run) >= CLUSTER:
                yield run
            run = under_way[name] = []
        run.append(failure)
    yield from (run for run in under_way.values() if len(run) >= CLUSTER)


def _cluster_line(run: list[_Failure]) -> Line:
    addresses = sorted({each.address for each in run if each.address})
    accounts = {each.account for each in run if each.account}
    sentence = ngettext(
        "{count} sign-ins in a row were refused within {time}, at {accounts} known account.",
        "{count} sign-ins in a row were refused within {time}, at {accounts} known accounts.",
        len(accounts),
    ).format(
        count=len(run),
        time=duration_text((run[-1].at - run[0].at).total_seconds()),
        accounts=len(accounts),
    )
    who = addresses[0] if len(addresses) == 1 else _("Several addresses")
    return Line(run[0].sequence, run[0].at, who, sentence)
