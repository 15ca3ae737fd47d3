"""What came of one attempt to send: row, wire record and event, in one transaction each."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest, LeaseLost
from images.scp.client import Created
from images.scp.errors import ScpError
from images.scp.exchange import Exchange
from images.services import wire_records
from images.services.following import FIRST_LOOK
from images.services.reconciling import FIRST_SEARCH
from images.vocabulary import OwnReason, State

logger = logging.getLogger(__name__)


def record_accepted(claim: ImageRequest, created: Created) -> None:
    """SCP answered 202 with an image id: keep it, unless another request owns that id."""
    owner = ImageRequest.objects.filter(image_id=created.image_id).exclude(pk=claim.pk)
    if owner.exists():
        _doubt(claim, created)
        return
    now = timezone.now()
    _close(
        claim,
        State.ACCEPTED,
        created.exchange,
        action="request.accepted",
        facts={"image_id": created.image_id},
        image_id=created.image_id,
        answered_at=now,
        due_at=now + FIRST_LOOK,
    )


def record_refused(claim: ImageRequest, error: ScpError) -> None:
    """A definite no, or a call that never reached SCP: certainly no image."""
    now = timezone.now()
    _close(
        claim,
        State.REFUSED,
        error.exchange,
        action="request.refused",
        facts={"was_sent": error.exchange.left_us},
        error=error,
        answered_at=now if error.exchange.status else None,
        settled_at=now,
        due_at=None,
    )


def record_postponed(claim: ImageRequest, error: ScpError, *, wait: timedelta) -> None:
    """Nothing was made and SCP may be asked again: recorded, due later."""
    due_at = timezone.now() + wait
    _close(
        claim,
        State.RECORDED,
        error.exchange,
        action="request.postponed",
        facts={"until": due_at.isoformat()},
        error=error,
        due_at=due_at,
    )


def record_unknown(claim: ImageRequest, error: ScpError) -> None:
    """Sent, fate not known: from now on we look for the image and never send again."""
    _close(
        claim,
        State.UNKNOWN,
        error.exchange,
        action="request.unknown",
        error=error,
        due_at=timezone.now() + FIRST_SEARCH,
    )


def _doubt(claim: ImageRequest, created: Created) -> None:
    _close(
        claim,
        State.UNKNOWN,
        created.exchange,
        action="request.unknown",
        facts={"image_id": created.image_id},
        reason=OwnReason.IMAGE_OF_ANOTHER,
        needs_person=True,
        due_at=None,
    )


def _close(
    claim: ImageRequest,
    state: State,
    exchange: Exchange,
    *,
    action: str,
    facts: dict[str, Any] | None = None,
    error: ScpError | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    reason = str(error.reason.value if error else reason)
    told = {"reason": reason, "status": exchange.status, **(facts or {})}
    with transaction.atomic():
        wire_records.finish(claim, exchange, reason)
        _note_use(claim, exchange.sent_at)
        try:
            claim.close(
                state,
                sent_at=exchange.sent_at,
                outcome_reason=reason,
                outcome_code=(error.code if error else "")[:100],
                outcome_detail=error.detail if error else "",
                outcome_request_ids=exchange.request_ids,
                **changes,
            )
        except LeaseLost:
            _note_late(claim, exchange, told)
            return
        _append(claim, action, told)


def _note_late(claim: ImageRequest, exchange: Exchange, told: dict[str, Any]) -> None:
    """The row was given up as unknown meanwhile: add what came, and the id if it still lacks one.

    The claim's number fences: only the row of this very attempt takes the late id.
    """
    logger.warning("a late answer for request %s", claim.pk)
    _append(claim, "request.answered_late", told)
    mine = ImageRequest.objects.filter(pk=claim.pk, attempt=claim.attempt, state=State.UNKNOWN)
    image_id = told.get("image_id")
    if told["reason"] == OwnReason.IMAGE_OF_ANOTHER:
        mine.update(needs_person=True, due_at=None, outcome_reason=told["reason"])
    elif image_id:
        now = timezone.now()
        adopted = mine.update(
            state=State.ACCEPTED,
            image_id=image_id,
            needs_person=False,
            sent_at=exchange.sent_at,
            answered_at=now,
            due_at=now + FIRST_LOOK,
            outcome_reason="",
            looks=0,
        )
        if adopted:
            _append(claim, "request.accepted", told)


def _note_use(claim: ImageRequest, sent_at: datetime | None) -> None:
    if sent_at:
        AccessKey.objects.filter(pk=claim.key_id).update(last_used_at=sent_at)


def _append(claim: ImageRequest, action: str, facts: dict[str, Any]) -> None:
    AuditEvent.objects.append(
        action, actor=None, request=claim, target=claim.image_name, facts=facts
    )
