"""Whether people hold the second factors that the events tell of, and no other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from images.models import AuditEvent
from images.services.verifying.confirming import confirmed
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.replay import Told
from images.vocabulary import FACTOR_KINDS

_ACTIONS = ("factor.added", "factor.recovery_made", "factor.removed")


@dataclass(frozen=True)
class _Factor:
    """A second factor as an event or its row names it; either may hold whatever somebody wrote."""

    person: str
    kind: str
    number: str

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of the person {self.person}"


def faults() -> Iterator[Finding]:
    """Yield the factors that are stored without an event, or gone without one."""
    return confirmed(_faults_now)


def _faults_now() -> Iterator[tuple[_Factor, Finding]]:
    stored = _stored()
    told = _told()
    forgotten_until = _forgotten_until()
    for factor, created_at in stored.items():
        if factor not in told and not (forgotten_until and created_at <= forgotten_until):
            words = f"The second factor {factor} is stored, and no event tells of it."
            yield factor, Finding(Kind.FACTOR, By.DATA, words)
    for factor, sequence in told.items():
        if factor not in stored:
            words = f"The second factor {factor} is not stored; event {sequence} says otherwise."
            yield factor, Finding(Kind.FACTOR, By.DATA, words, sequence, sequence)


def _stored() -> dict[_Factor, datetime]:
    rows = Authenticator.objects.values_list("user_id", "type", "pk", "created_at")
    return {
        _Factor(str(of), str(FACTOR_KINDS.get(type_, type_)), str(pk)): at
        for of, type_, pk, at in rows
    }


def _told() -> dict[_Factor, int]:
    """Return the factors that people hold by the events that are left, and which event says so."""
    held: dict[_Factor, int] = {}
    events = AuditEvent.objects.filter(action__in=_ACTIONS, content__isnull=False)
    for event in events.order_by("sequence"):
        facts = Told.of(event).facts
        factor = _Factor(event.target, str(facts.get("kind")), str(facts.get("factor")))
        if event.action == "factor.removed":
            held.pop(factor, None)
            continue
        if event.action == "factor.recovery_made":  # the codes from before stop working
            held = {each: at for each, at in held.items() if not _is_replaced(each, factor)}
        held[factor] = event.sequence
    return held


def _is_replaced(earlier: _Factor, codes: _Factor) -> bool:
    return (earlier.person, earlier.kind) == (codes.person, codes.kind)


def _forgotten_until() -> datetime | None:
    """Up to when the keeping rule took what events said; a factor may be older than that."""
    forgotten = AuditEvent.objects.filter(content__isnull=True).order_by("-sequence")
    return forgotten.values_list("at", flat=True).first()
