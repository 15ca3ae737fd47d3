"""Send a recorded request once, and record what came back.

The order is the promise: claim and planned call are committed before a byte leaves; whatever
came is committed before anything else happens; a lost answer is looked for, never sent again.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.utils import timezone

from images.models import AuditEvent, ImageRequest
from images.scp.client import Client, ImageCall
from images.scp.endpoints import BadEndpoint
from images.scp.errors import Busy, OutcomeUnknown, Refused, ScpError
from images.services import hosts, keys, outcomes, spill, unsent, wire_records
from images.services.outcome import Outcome
from images.vault import VaultError
from images.vocabulary import OwnReason, State

logger = logging.getLogger(__name__)

MOST_TRIES = 5


def send(*, request_id: UUID) -> None:
    """Send the request if it is due and ours to take; otherwise do nothing.

    A lost answer makes it UNKNOWN. Only a call that certainly never reached SCP, or that its
    edge turned away (417, 429), is put back for a later try, a bounded number of times.
    Source: SCP API reference, sections 8 and 10.
    """
    asked = _with_rights(request_id)
    if asked.state != State.RECORDED or _waits_for_its_host(asked):
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


def _with_rights(pk: UUID) -> ImageRequest:
    """Read the request with what decides whether it may be sent: its key and its person."""
    return ImageRequest.objects.select_related("key", "actor").get(pk=pk)


def _waits_for_its_host(asked: ImageRequest) -> bool:
    """Put the request off while its host wants silence: a burst of others must not go on."""
    until = hosts.silent_until(environment=asked.environment, region=asked.region)
    if until is None:
        return False
    ImageRequest.objects.filter(pk=asked.pk, state=State.RECORDED).update(due_at=until)
    return True


def _own_refusal(asked: ImageRequest) -> str:
    """Return why the console must not send this any more, or ""."""
    if asked.key.is_disabled:
        return OwnReason.KEY_DISABLED
    if asked.key.is_expired:
        return OwnReason.KEY_EXPIRED
    if not asked.actor.is_active:
        return OwnReason.ACCOUNT_DISABLED
    return "" if asked.actor.may_ask else OwnReason.ROLE_LOST


def _refuse_unsent(asked: ImageRequest, reason: str) -> None:
    with AuditEvent.objects.act():
        unsent.refuse(asked, reason)


def _claim(asked: ImageRequest, call: ImageCall) -> ImageRequest | None:
    """Take the request for sending; None when it is not ours to take, or may not be sent.

    Whoever takes a right away does so in an act, and so does this: what was taken before is seen
    here, and what is taken later finds the call under way.
    """
    with AuditEvent.objects.act():
        refusal = _own_refusal(_with_rights(asked.pk))
        if refusal:
            unsent.refuse(asked, refusal)
            return None
        claim = ImageRequest.objects.claim(asked.pk, now=timezone.now())
        if claim:
            wire_records.plan(claim, call.planned)
            AuditEvent.objects.append(
                "request.sending",
                actor=None,
                request=claim,
                target=claim.image_name,
                facts={
                    "attempt": claim.attempt,
                    "method": call.planned.method,
                    "url": call.planned.url,
                    "sha256": call.planned.request_sha256,
                },
            )
    return claim


def _send_claimed(claim: ImageRequest, client: Client, call: ImageCall) -> None:
    outcome = _outcome_of(claim, client, call) if _has_time(claim) else _overslept(call)
    try:
        outcomes.record(claim, outcome)
    except AnyDatabaseError:
        logger.exception("the answer for request %s could not be recorded", claim.pk)
        spill.keep(request_id=claim.pk, attempt=claim.attempt, outcome=outcome)


def _has_time(claim: ImageRequest) -> bool:
    """Whether the whole call fits into the lease. A machine that slept since the claim has
    been given up meanwhile, and what it would send now nobody would wait for."""
    longest = timedelta(seconds=settings.SCP_TOTAL_SECONDS)
    return claim.lease_until is not None and timezone.now() + longest < claim.lease_until


def _overslept(call: ImageCall) -> Outcome:
    return Outcome(State.RECORDED, call.planned, reason=OwnReason.OVERSLEPT.value)


def _outcome_of(claim: ImageRequest, client: Client, call: ImageCall) -> Outcome:
    try:
        created = client.create_image(call)
    except OutcomeUnknown as error:
        return _outcome(State.UNKNOWN, error)
    except Busy as error:
        if error.is_permanent or claim.attempt >= MOST_TRIES:
            return _outcome(State.REFUSED, error)
        return _outcome(State.RECORDED, error, wait_seconds=_wait_seconds(claim, error))
    except Refused as error:
        return _outcome(State.REFUSED, error)
    return Outcome(State.ACCEPTED, created.exchange, image_id=created.image_id)


def _outcome(state: State, error: ScpError, *, wait_seconds: int = 0) -> Outcome:
    return Outcome(
        state=state,
        exchange=error.exchange,
        reason=error.reason.value,
        code=error.code,
        detail=error.detail,
        wait_seconds=wait_seconds,
    )


def _wait_seconds(claim: ImageRequest, error: Busy) -> int:
    """Return how long to wait: what SCP asked for, else growing from ten seconds.

    After a call that the edge turned away, at least the silence that the whole host needs.
    """
    grown = 10 * 2 ** min(claim.attempt - 1, 6)
    floor = int(hosts.EDGE_SILENCE.total_seconds()) if error.exchange.left_us else 0
    return max(error.retry_after_seconds or 0, int(grown), floor)
