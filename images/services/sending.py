"""Send a recorded request once, and record what came back.

The order is the promise: claim and planned call are committed before a byte leaves; whatever
came is committed before anything else happens; a lost answer is looked for, never sent again.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from images.models import AuditEvent, ImageRequest
from images.scp.client import Client, ImageCall
from images.scp.endpoints import BadEndpoint
from images.scp.errors import Busy, OutcomeUnknown, Refused
from images.services import keys, outcomes, wire_records
from images.vault import VaultError
from images.vocabulary import OwnReason, State

MOST_TRIES = 5
# Silence that a turned-away call asks for at least. Source: SCP API reference, section 10.
EDGE_SILENCE = timedelta(seconds=60)


def send(*, request_id: UUID) -> None:
    """Send the request if it is due and ours to take; otherwise do nothing.

    A lost answer makes it UNKNOWN. Only a call that certainly never reached SCP, or that its
    edge turned away (417, 429), is put back for a later try, a bounded number of times.
    Source: SCP API reference, sections 8 and 10.
    """
    asked = ImageRequest.objects.select_related("key", "actor").get(pk=request_id)
    if asked.state != State.RECORDED:
        return
    refusal = _own_refusal(asked)
    if refusal:
        _refuse_unsent(asked, refusal)
        return
    try:
        client = keys.open_key(asked.key, language=asked.language, api_version=asked.api_version)
        call = client.prepare_image(server_id=asked.server_id, image_name=asked.image_name)
    except VaultError:
        _refuse_unsent(asked, OwnReason.KEY_UNREADABLE)
    except BadEndpoint:
        _refuse_unsent(asked, OwnReason.PLACE_UNKNOWN)
    except Refused as error:
        _refuse_unsent(asked, error.reason.value)
    else:
        claim = _claim(asked, call)
        if claim:
            _send_claimed(claim, client, call)


def _own_refusal(asked: ImageRequest) -> str:
    """Return why the console must not send this any more, or ""."""
    if asked.key.is_disabled:
        return OwnReason.KEY_DISABLED
    if asked.key.is_expired:
        return OwnReason.KEY_EXPIRED
    return "" if asked.actor.may_ask else OwnReason.ROLE_LOST


def _refuse_unsent(asked: ImageRequest, reason: str) -> None:
    with transaction.atomic():
        changed = ImageRequest.objects.filter(pk=asked.pk, state=State.RECORDED).update(
            state=State.REFUSED,
            due_at=None,
            settled_at=timezone.now(),
            sent_at=None,
            outcome_reason=reason,
            # of an earlier try that was turned away; its own record keeps them
            outcome_code="",
            outcome_detail="",
            outcome_request_ids={},
        )
        if changed:
            AuditEvent.objects.append(
                "request.refused",
                actor=None,
                request=asked,
                target=asked.image_name,
                facts={"reason": reason, "was_sent": False},
            )


def _claim(asked: ImageRequest, call: ImageCall) -> ImageRequest | None:
    with transaction.atomic():
        claim = ImageRequest.objects.claim(asked.pk, now=timezone.now())
        if claim:
            wire_records.plan(claim, call.planned)
            AuditEvent.objects.append(
                "request.sending",
                actor=None,
                request=claim,
                target=claim.image_name,
                facts={"attempt": claim.attempt, "sha256": call.planned.request_sha256},
            )
    return claim


def _send_claimed(claim: ImageRequest, client: Client, call: ImageCall) -> None:
    try:
        created = client.create_image(call)
    except OutcomeUnknown as error:
        outcomes.record_unknown(claim, error)
    except Busy as error:
        if error.is_permanent or claim.attempt >= MOST_TRIES:
            outcomes.record_refused(claim, error)
        else:
            outcomes.record_postponed(claim, error, wait=_wait(claim, error))
    except Refused as error:
        outcomes.record_refused(claim, error)
    else:
        outcomes.record_accepted(claim, created)


def _wait(claim: ImageRequest, error: Busy) -> timedelta:
    """Return how long to wait: what SCP asked for, else growing from ten seconds.

    After a call that the edge turned away, at least the silence that the whole host needs.
    """
    asked_for = timedelta(seconds=error.retry_after_seconds or 0)
    grown = timedelta(seconds=10 * 2 ** min(claim.attempt - 1, 6))
    floor = EDGE_SILENCE if error.exchange.left_us else timedelta()
    return max(asked_for, grown, floor)
