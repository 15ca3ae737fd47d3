"""Hold what pages show of a request and its calls against what the request's events say.

Events are proven by the tree; the rows beside them are not, so they are compared: the request with
its first event, each call with the event of its sending, each answer with the one of its coming.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from images.models import AuditEvent, ExchangeRecord, ImageRequest
from images.scp.exchange import HIDDEN
from images.services.telling import TOLD

_ANSWERS = (
    "request.accepted",
    "request.refused",
    "request.postponed",
    "request.unknown",
    "request.answered_late",
)


class Part(StrEnum):
    """What was compared."""

    FACTS = "facts"
    CALL = "call"
    ANSWER = "answer"


@dataclass(frozen=True)
class RecordCheck:
    """One comparison: with which event, and which names of the record say something else."""

    part: Part
    sequence: int
    attempt: int
    differing: tuple[str, ...]


def check_records(asked: ImageRequest) -> list[RecordCheck]:
    """Return every comparison that the events allow. Two queries."""
    wanted = ("request.recorded", "request.sending", *_ANSWERS)
    events = AuditEvent.objects.filter(
        request=asked, action__in=wanted, content__isnull=False
    ).order_by("sequence")
    calls = {call.attempt: call for call in ExchangeRecord.objects.filter(request=asked)}
    found = []
    answered: set[int] = set()
    for event in events:
        facts = _facts(event)
        call = calls.get(facts.get("attempt", 0))
        if event.action == "request.recorded":
            found.append(RecordCheck(Part.FACTS, event.sequence, 0, _request(asked, facts)))
        elif call and event.action == "request.sending":
            differing = _differing(_sent(call, facts))
            found.append(RecordCheck(Part.CALL, event.sequence, call.attempt, differing))
        elif call and "answer_sha256" in facts and call.attempt not in answered:
            answered.add(call.attempt)  # a late answer is told twice: when it came, what it did
            differing = _differing(_received(call, facts))
            found.append(RecordCheck(Part.ANSWER, event.sequence, call.attempt, differing))
    return found


def _facts(event: AuditEvent) -> dict[str, Any]:
    """Return the facts as far as they can be read; the proof says what is wrong with bytes."""
    try:
        facts = json.loads(bytes(event.content or b""))["facts"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _request(asked: ImageRequest, facts: dict[str, Any]) -> tuple[str, ...]:
    pairs = [(name, getattr(asked, name), facts[name]) for name in TOLD if name in facts]
    return _differing(pairs)


def _sent(call: ExchangeRecord, facts: dict[str, Any]) -> Iterable[tuple[str, object, object]]:
    yield "sha256", call.request_sha256, facts.get("sha256")
    for name in ("method", "url"):
        if name in facts:
            yield name, getattr(call, name), facts[name]
    # What is hidden in it is not what was sent.
    if call.request_body and HIDDEN not in call.request_body:
        yield "body", sha256(call.request_body.encode()).hexdigest(), facts.get("sha256")


def _received(call: ExchangeRecord, facts: dict[str, Any]) -> Iterable[tuple[str, object, object]]:
    yield "status", call.status, facts.get("status")
    if not call.is_emptied:
        yield "body", sha256(bytes(call.body)).hexdigest(), facts.get("answer_sha256")


def _differing(pairs: Iterable[tuple[str, object, object]]) -> tuple[str, ...]:
    return tuple(name for name, ours, told in pairs if ours != told)
