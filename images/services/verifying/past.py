"""What the ledger itself tells of its past: old bytes that went, backups that were accepted, and
keys that signed. Each of these is an event, so who reads the history sees it, too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from images.guards import YEARS_AT_LEAST
from images.ledger.notes import BadNote, VerifierKey
from images.models import AuditEvent
from images.quoting import ended_once
from images.services.verifying.claims import Claim

# No keeping rule may be shorter; a day for leap years and for clocks.
SHORTEST_KEEPING = timedelta(days=YEARS_AT_LEAST * 365 - 1)


@dataclass(frozen=True)
class Acceptance:
    """An older backup was accepted: what was signed after `found_size` is given up."""

    sequence: int
    at: datetime
    found_size: int
    remembered_size: int
    reason: str


@dataclass(frozen=True)
class Removed:
    """What the keeping rule took by now: all events made until `until`; it last ran `at`."""

    until: datetime | None
    at: datetime | None

    @classmethod
    def now(cls) -> "Removed":
        through, at = _removed(AuditEvent.objects.size())
        last = AuditEvent.objects.filter(sequence=through).first()
        return cls(last.at if last else None, at)

    def covers(self, moment: datetime) -> bool:
        return self.until is not None and moment <= self.until


@dataclass(frozen=True)
class Past:
    """The events up to `size` that change what may be missing. Their bytes are verified with all
    the others, so a forged one is found or stands in the history for all to see."""

    size: int
    removed_through: int
    removed_at: datetime | None
    acceptances: tuple[Acceptance, ...]
    keys: tuple[tuple[int, VerifierKey], ...]

    @classmethod
    def of(cls, size: int) -> "Past":
        return cls(size, *_removed(size), tuple(_acceptances(size)), tuple(_keys(size)))

    def notes(self) -> Iterator[str]:
        """Say what an auditor should know of it."""
        for each in self.acceptances:
            yield ended_once(
                f"Event {each.sequence} accepted an older or other database: {each.found_size} "
                f"events were there, {each.remembered_size} had been signed. The reason given: "
                f"“{each.reason}”."
            )
        for (sequence, key), before in zip(self.keys[1:], self.keys, strict=False):
            yield f"The signing key changed with event {sequence}, from {before[1]} to {key}."
        if self.removed_through:
            yield f"The keeping rule took the bytes of the events up to {self.removed_through}."

    def explains(self, claim: Claim) -> bool:
        """Whether the claim is of the part that was given up with an older backup."""
        return any(
            each.found_size < claim.size <= each.remembered_size and _is_before(claim, each)
            for each in self.acceptances
        )

    def explains_absence(self, claim: Claim) -> bool:
        """Whether the claim's row may have gone with a backup from before it."""
        return any(
            claim.size <= each.remembered_size and _is_before(claim, each)
            for each in self.acceptances
        )


def _is_before(claim: Claim, acceptance: Acceptance) -> bool:
    return claim.signed_at is not None and claim.signed_at <= acceptance.at


def _removed(size: int) -> tuple[int, datetime | None]:
    last, last_at = 0, None
    for event, facts in _told("retention.applied", size=size):
        through = facts.get("through")
        if isinstance(through, int) and last < through < event.sequence:
            last = through
        last_at = max(last_at or event.at, event.at)
    return last, last_at


def _acceptances(size: int) -> Iterator[Acceptance]:
    for event, facts in _told("ledger.acknowledged", size=size):
        found, remembered = facts.get("found_size"), facts.get("remembered_size")
        # It gives up what came after itself, never what was there when it was written.
        if isinstance(remembered, int) and found == event.sequence - 1:
            reason = str(facts.get("reason", ""))
            yield Acceptance(event.sequence, event.at, found, remembered, reason)


def _keys(size: int) -> Iterator[tuple[int, VerifierKey]]:
    """Yield each verifier key that the settings named, with the event that tells of it."""
    known = set()
    for event, facts in _told("settings.noted", "settings.changed", size=size):
        settings = facts.get("to")
        text = settings.get("verifier_key") if isinstance(settings, dict) else None
        if not isinstance(text, str) or text in known:
            continue
        known.add(text)
        try:
            yield event.sequence, VerifierKey.parse(text)
        except BadNote:
            continue


def _told(*actions: str, size: int) -> Iterator[tuple[AuditEvent, dict[str, Any]]]:
    """Yield the events of actions and their facts; one whose bytes are no event tells nothing."""
    told = AuditEvent.objects.filter(action__in=actions, content__isnull=False)
    events = told.filter(sequence__lte=size).order_by("sequence")
    for event in events.iterator():
        try:
            facts = json.loads(bytes(event.content or b""))["facts"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if isinstance(facts, dict):
            yield event, facts
