"""Refusals that follow each other closely: a row of them tells more in one line than in fifty."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from images.models import AuditEvent

# So many refusals, each this soon after the one before, are no slip of the finger.
LEAST = 5
GAP = timedelta(minutes=10)


@dataclass(frozen=True)
class Refusal:
    sequence: int
    at: datetime
    actor_id: UUID | None
    account: str
    address: str


Run = list[Refusal]


def refused_sign_ins(events: QuerySet[AuditEvent]) -> list[Run]:
    """Return rows of refused sign-ins: from one address, else at one account."""
    failures = _refusals(events, "session.failed")
    by_address = list(_runs(failures, lambda each: each.address))
    told = {each.sequence for run in by_address for each in run}
    rest = (each for each in failures if each.sequence not in told)
    return by_address + list(_runs(rest, lambda each: each.account))


def refused_accesses(events: QuerySet[AuditEvent]) -> tuple[list[Run], list[int]]:
    """Return rows of refusals of one person's acts, and the sequences of those that stand alone."""
    refusals = _refusals(events, "access.refused")
    runs = list(_runs(refusals, lambda each: str(each.actor_id or "")))
    told = {each.sequence for run in runs for each in run}
    return runs, [each.sequence for each in refusals if each.sequence not in told]


def _refusals(events: QuerySet[AuditEvent], action: str) -> list[Refusal]:
    rows = events.filter(action=action).order_by("sequence")
    return [
        Refusal(*row) for row in rows.values_list("sequence", "at", "actor_id", "target", "address")
    ]


def _runs(refusals: Iterable[Refusal], name: Callable[[Refusal], str]) -> Iterator[Run]:
    under_way: dict[str, Run] = {}
    for refusal in refusals:
        if not name(refusal):
            continue
        run = under_way.setdefault(name(refusal), [])
        if run and refusal.at - run[-1].at > GAP:
            if len(run) >= LEAST:
                yield run
            run = under_way[name(refusal)] = []
        run.append(refusal)
    yield from (run for run in under_way.values() if len(run) >= LEAST)
