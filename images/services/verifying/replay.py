"""Where a request must stand by what its events tell."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from images.models import AuditEvent
from images.vocabulary import State

_LEADS_TO = {
    "request.recorded": State.RECORDED,
    "request.sending": State.SENDING,
    "request.accepted": State.ACCEPTED,
    "request.adopted": State.ACCEPTED,
    "request.ready": State.READY,
    "request.failed": State.FAILED,
    "request.gone": State.GONE,
    "request.refused": State.REFUSED,
    "request.postponed": State.RECORDED,
    "request.unknown": State.UNKNOWN,
    "request.ambiguous": State.UNKNOWN,
    "request.not_made": State.NOT_MADE,
    "request.cancelled": State.CANCELLED,
}
_NAMES_THE_IMAGE = frozenset({"request.accepted", "request.adopted", "request.settled"})


@dataclass(frozen=True)
class Told:
    """An event of a request, as its bytes say."""

    sequence: int
    at: datetime
    action: str
    actor: str | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, event: AuditEvent) -> "Told":
        """Read the bytes; of those that are no event only what the columns say is left."""
        try:
            said = json.loads(bytes(event.content or b""))
            facts = dict(said["facts"])
            return cls(event.sequence, event.at, str(said["action"]), said["actor"], facts)
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls(event.sequence, event.at, event.action, None, {})


@dataclass
class Place:
    """Where events have brought a request. None and empty: they do not tell."""

    state: str | None = None
    attempt: int | None = None
    image_ids: set[str] = field(default_factory=set)
    outcome_reason: str | None = None
    outcome_words: str | None = None
    """Why it was refused, in our word and in SCP's."""

    def allows(self, name: str, value: object) -> bool:
        if name == "image_id":
            return value in (self.image_ids or {""})
        told = getattr(self, name)
        return told is None or told == value


def replayed(told: Iterable[Told]) -> Place:
    """Return where the events lead, told in order of their sequence."""
    place = Place()
    for each in told:
        if each.action == "request.recorded":
            place.attempt = 0
        if each.action == "request.sending":
            place.attempt = each.facts.get("attempt", place.attempt)
        image_id = each.facts.get("image_id") or ""
        if each.action in _NAMES_THE_IMAGE:
            place.image_ids = {image_id}
        if each.action == "request.settled":
            place.state = State.ACCEPTED if image_id else State.NOT_MADE
        elif each.action == "request.answered_late" and place.state == State.NOT_MADE:
            # A row that must stay as it was keeps the image's id all the same.
            place.image_ids = {image_id, *(place.image_ids or {""})}
        if each.action == "request.refused":
            place.outcome_reason = each.facts.get("reason")
            place.outcome_words = each.facts.get("scp_words", "")
        place.state = _LEADS_TO.get(each.action, place.state)
    return place
