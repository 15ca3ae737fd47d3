"""Settle an unknown outcome by looking for the image, never by sending again.

Source: SCP API reference, section 10: list custom images by exact name, created since just
before the send, adopted by no other request.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from images.models import AuditEvent, ExchangeRecord, ImageRequest
from images.scp.endpoints import BadEndpoint
from images.scp.errors import ScpError
from images.scp.shapes import Image
from images.services import keys
from images.services.following import FIRST_LOOK
from images.vault import VaultError
from images.vocabulary import OwnReason, State

FIRST_SEARCH = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(minutes=3)
# A fresh image may stay invisible for 300 s; three times that is long enough.
SEARCH_FOR = timedelta(minutes=15)
# SCP's clock may be behind ours: an image "created" a little before our send still fits.
_CLOCK_ALLOWANCE = timedelta(minutes=10)


def reconcile(*, request_id: UUID) -> None:
    """Search once for the image of an unknown request, and record what that showed."""
    asked = _take_turn(request_id, timezone.now())
    if asked is None:
        return
    try:
        client = keys.open_key(asked.key, language=asked.language, api_version=asked.api_version)
        found = client.list_images(name=asked.image_name)
    except ScpError as error:
        _record_trouble(asked, error.reason.value)
    except VaultError:
        _record_trouble(asked, OwnReason.KEY_UNREADABLE)
    except BadEndpoint:
        _record_trouble(asked, OwnReason.PLACE_UNKNOWN)
    else:
        _settle(asked, _fitting(asked, found.rows), is_complete=found.is_complete)


def _take_turn(request_id: UUID, now: datetime) -> ImageRequest | None:
    asked = ImageRequest.objects.select_related("key").get(pk=request_id)
    if asked.state != State.UNKNOWN or asked.due_at is None or asked.due_at > now:
        return None
    pause = min(FIRST_SEARCH * 2 ** min(asked.looks, 10), _LONGEST_PAUSE)
    mine = ImageRequest.objects.filter(pk=asked.pk, state=State.UNKNOWN, due_at=asked.due_at)
    if not mine.update(due_at=now + pause, looks=asked.looks + 1, last_look_at=now):
        return None
    asked.looks += 1
    return asked


def _fitting(asked: ImageRequest, images: Sequence[Image]) -> list[Image]:
    """Return the images that could be this request's: since the send, and nobody else's."""
    since = _begun_at(asked) - _CLOCK_ALLOWANCE
    ids = [image.id for image in images]
    taken = set(ImageRequest.objects.filter(image_id__in=ids).values_list("image_id", flat=True))
    return [
        image
        for image in images
        if image.id not in taken and (image.created_at is None or image.created_at >= since)
    ]


def _begun_at(asked: ImageRequest) -> datetime:
    """Return when the last attempt began, by our clock."""
    last = ExchangeRecord.objects.filter(request=asked).order_by("-attempt").first()
    return last.prepared_at if last else asked.recorded_at


def _settle(asked: ImageRequest, fitting: list[Image], *, is_complete: bool) -> None:
    now = timezone.now()
    if len(fitting) > 1:
        ids = [image.id for image in fitting]
        _move(asked, State.UNKNOWN, "request.ambiguous", {"image_ids": ids},
              needs_person=True, due_at=None)  # fmt: skip
    elif fitting:
        _move(
            asked,
            State.ACCEPTED,
            "request.adopted",
            {"image_id": fitting[0].id},
            image_id=fitting[0].id,
            answered_at=now,
            due_at=now + FIRST_LOOK,
            looks=0,
        )
    elif is_complete and now - _begun_at(asked) >= SEARCH_FOR:
        _move(asked, State.NOT_MADE, "request.not_made", {}, due_at=None, settled_at=now)
    else:
        _record_trouble(asked, "")


def _record_trouble(asked: ImageRequest, reason: str) -> None:
    ImageRequest.objects.filter(pk=asked.pk, state=State.UNKNOWN).update(look_trouble=reason)


def _move(
    asked: ImageRequest, state: State, action: str, facts: dict[str, Any], **changes: Any
) -> None:
    facts = {"looks": asked.looks, **facts}
    with transaction.atomic():
        mine = ImageRequest.objects.filter(pk=asked.pk, state=State.UNKNOWN)
        if mine.update(state=state, look_trouble="", **changes):
            AuditEvent.objects.append(
                action, actor=None, request=asked, target=asked.image_name, facts=facts
            )
