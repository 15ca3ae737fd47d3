"""Record what came of one attempt: row, wire record and event, in one transaction."""

import logging
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest
from images.services import hosts, wire_records
from images.services.following import FIRST_LOOK
from images.services.outcome import Outcome
from images.services.reconciling import FIRST_SEARCH
from images.services.telling import LONGEST_WORDS
from images.vocabulary import OwnReason, State

logger = logging.getLogger(__name__)

_ACTIONS = {
    State.ACCEPTED: "request.accepted",
    State.REFUSED: "request.refused",
    State.RECORDED: "request.postponed",
    State.UNKNOWN: "request.unknown",
}
# A late answer may still move a row that was given up; what is certain then becomes known.
_GIVEN_UP = {
    State.ACCEPTED: (State.UNKNOWN, State.NOT_MADE),
    State.REFUSED: (State.UNKNOWN,),
    State.RECORDED: (State.UNKNOWN,),
    State.UNKNOWN: (),
}


def record(claim: ImageRequest, outcome: Outcome) -> None:
    """Record the outcome of the attempt `claim.attempt`; a second call changes nothing more.

    The attempt's number fences: once the row has moved on to another attempt, or was settled
    otherwise, the answer is added to the timeline alone. Raises django.db.Error when the database
    cannot take it; then nothing of it is recorded.
    """
    try:
        _record(claim, outcome)
    except IntegrityError:
        # Another request took this image id between our look and our write: look again.
        _record(claim, outcome)


def _record(claim: ImageRequest, outcome: Outcome) -> None:
    with AuditEvent.objects.act():
        if not wire_records.finish(claim, outcome.exchange, outcome.reason):
            return  # recorded before: a spilled answer that is played again
        _note_use(claim, outcome.exchange.sent_at)
        _quiet_host(claim, outcome)
        changes = _changes(claim, outcome)
        if _move(claim, (State.SENDING,), changes):
            _append(claim, _ACTIONS[changes["state"]], outcome, changes)
            return
        logger.warning("a late answer for request %s", claim.pk)
        _append(claim, "request.answered_late", outcome, changes)
        if _move(claim, _reachable(claim, outcome), changes):
            _append(claim, _ACTIONS[changes["state"]], outcome, changes)


def _changes(claim: ImageRequest, outcome: Outcome) -> dict[str, Any]:
    """Return the new values of the row. An image id of another request is a doubt, not a yes."""
    now = timezone.now()
    common = {
        "lease_until": None,
        "looks": 0,
        "misses": 0,
        "sent_at": outcome.exchange.sent_at,
        "answered_at": now if outcome.exchange.status else None,
        "outcome_reason": outcome.reason,
        "outcome_code": outcome.code[:100],
        "outcome_detail": outcome.detail,
        "outcome_request_ids": outcome.exchange.request_ids,
        "needs_person": False,
    }
    if outcome.state is State.REFUSED:
        return {**common, "state": State.REFUSED, "settled_at": now, "due_at": None}
    if outcome.state is State.RECORDED:
        due_at = now + timedelta(seconds=outcome.wait_seconds)
        return {**common, "state": State.RECORDED, "settled_at": None, "due_at": due_at}
    if outcome.state is State.UNKNOWN:
        due_at = now + FIRST_SEARCH
        return {**common, "state": State.UNKNOWN, "lost_at": now, "due_at": due_at}
    if ImageRequest.objects.filter(image_id=outcome.image_id).exclude(pk=claim.pk).exists():
        doubt = {"outcome_reason": OwnReason.IMAGE_OF_ANOTHER.value, "needs_person": True}
        # A person decides; the search goes on to find what there is to choose from.
        looking = {"lost_at": now, "due_at": now + FIRST_SEARCH}
        return {**common, **doubt, **looking, "state": State.UNKNOWN}
    accepted = {"state": State.ACCEPTED, "image_id": outcome.image_id, "settled_at": None}
    return {**common, **accepted, "due_at": now + FIRST_LOOK}


def _reachable(claim: ImageRequest, outcome: Outcome) -> tuple[State, ...]:
    """Return the given-up states that this late answer may still move on from."""
    states = _GIVEN_UP[outcome.state]
    if State.NOT_MADE in states:
        here = ImageRequest.objects.open().filter(
            environment=claim.environment, region=claim.region
        )
        is_same = Q(server_id=claim.server_id) | Q(image_name=claim.image_name)
        if here.filter(is_same).exclude(pk=claim.pk).exists():
            # The server, or the name, has a new open request, so this row cannot be open again.
            # It keeps the image's id and says that there is one after all.
            late = {"image_id": outcome.image_id, "outcome_reason": OwnReason.LATE_IMAGE.value}
            _move(claim, (State.NOT_MADE,), late)
            return (State.UNKNOWN,)
    return states


def _move(claim: ImageRequest, states: tuple[State, ...], changes: dict[str, Any]) -> bool:
    mine = ImageRequest.objects.filter(pk=claim.pk, attempt=claim.attempt, state__in=states)
    return bool(states) and bool(mine.update(**changes))


def _append(claim: ImageRequest, action: str, outcome: Outcome, changes: dict[str, Any]) -> None:
    facts: dict[str, Any] = {
        "attempt": claim.attempt,
        "reason": changes["outcome_reason"],
        "status": outcome.exchange.status,
        "was_sent": outcome.exchange.left_us,
    }
    if outcome.exchange.status is not None:
        facts["answer_sha256"] = sha256(outcome.exchange.body).hexdigest()  # of what is kept of it
    if outcome.detail:
        facts["scp_words"] = outcome.detail[:LONGEST_WORDS]
    if outcome.image_id:
        facts["image_id"] = outcome.image_id
    if changes["state"] is State.RECORDED:
        facts["until"] = changes["due_at"].isoformat()
    AuditEvent.objects.append(
        action, actor=None, request=claim, target=claim.image_name, facts=facts
    )


def _quiet_host(claim: ImageRequest, outcome: Outcome) -> None:
    """A call that the edge turned away quiets everybody, from the same moment on."""
    if outcome.reason in hosts.WANT_SILENCE:
        wait = max(timedelta(seconds=outcome.wait_seconds), hosts.EDGE_SILENCE)
        hosts.silence(environment=claim.environment, region=claim.region, wait=wait)


def _note_use(claim: ImageRequest, sent_at: datetime | None) -> None:
    if sent_at:
        AccessKey.objects.filter(pk=claim.key_id).update(last_used_at=sent_at)
