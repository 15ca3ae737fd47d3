"""What a reviewer should look at: the events of a time that are out of the ordinary."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.models import AuditEvent, User
from images.proof_report import ProofReport, proven
from images.services.event_runs import Run, refused_accesses, refused_sign_ins
from images.stamps import duration_text

LISTED_AT_MOST = 200

_UNUSUAL = (
    "request.unknown",
    "request.settled",
    "request.overdue",
    "request.ambiguous",
    "request.answered_late",
    "request.refused",
    "request.failed",
    "request.not_made",
    "request.gone",
    "request.turned_away",
    "session.limited",
    "ledger.acknowledged",
    "ledger.broken",
    "guards.restored",
    "retention.applied",
    "settings.changed",
)


@dataclass(frozen=True)
class Line:
    """One exception; a row of refusals is one, told by its first event."""

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


def exceptions_in(events: QuerySet[AuditEvent]) -> Exceptions:
    """Return what is out of the ordinary among the events. As many queries however many."""
    accesses, alone = refused_accesses(events)
    runs = [*_access_lines(accesses), *map(_sign_in_line, refused_sign_ins(events))]
    unusual = events.filter(action__in=_UNUSUAL)
    listed = events.filter(Q(action__in=_UNUSUAL) | Q(sequence__in=alone[:LISTED_AT_MOST]))
    first = list(listed.order_by("sequence").select_related("actor")[:LISTED_AT_MOST])
    lines = sorted([*map(_line, proven(first)), *runs], key=lambda line: line.sequence)
    return Exceptions(lines[:LISTED_AT_MOST], unusual.count() + len(alone) + len(runs))


def _line(report: ProofReport) -> Line:
    event = report.event
    target = event.target if event.request_id else ""
    sentence = report.sentence if report.proof.is_broken else report.what
    return Line(event.sequence, event.at, report.who, sentence, target)


def _access_lines(runs: list[Run]) -> Iterator[Line]:
    people = User.objects.in_bulk([run[0].actor_id for run in runs])
    for run in runs:
        sentence = ngettext(
            "Asked {count} time within {time} for what the role does not allow.",
            "Asked {count} times within {time} for what the role does not allow.",
            len(run),
        ).format(count=len(run), time=_time(run))
        who = people.get(run[0].actor_id)
        yield Line(run[0].sequence, run[0].at, who.display_name if who else "", sentence)


def _sign_in_line(run: Run) -> Line:
    addresses = sorted({each.address for each in run if each.address})
    accounts = {each.account for each in run if each.account}
    sentence = ngettext(
        "{count} sign-ins in a row were refused within {time}, at {accounts} known account.",
        "{count} sign-ins in a row were refused within {time}, at {accounts} known accounts.",
        len(accounts),
    ).format(count=len(run), time=_time(run), accounts=len(accounts))
    who = addresses[0] if len(addresses) == 1 else _("Several addresses")
    return Line(run[0].sequence, run[0].at, who, sentence)


def _time(run: Run) -> str:
    return duration_text((run[-1].at - run[0].at).total_seconds())
