"""Settle an unknown outcome by looking for the image, never by sending again.

Source: SCP API reference, section 10: list custom images by exact name, created since just
before the send, adopted by no other request.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from images.models import AuditEvent, ExchangeRecord, ImageRequest
from images.models.image_request import ImageRequestQuerySet
from images.scp.client import Listing
from images.scp.errors import Missing
from images.scp.shapes import Image
from images.services import turns
from images.services.following import FIRST_LOOK
from images.services.looking import NotSeen, look
from images.vocabulary import OwnReason, State

FIRST_SEARCH = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(minutes=3)
# A fresh image may stay invisible for 300 s; three times that is long enough.
SEARCH_FOR = timedelta(minutes=15)
# The look that may end the search comes this soon after its end: a moment earlier ends nothing.
_AFTER_THE_END = timedelta(seconds=1)
# And it takes this many whole, empty lists in a row: one look after a long sleep proves nothing.
_EMPTY_LISTS = 3
# SCP's clock may be behind ours: an image "created" a little before our send still fits.
CLOCK_ALLOWANCE = timedelta(minutes=10)


def reconcile(*, request_id: UUID) -> None:
    """Search once for the image of an unknown request, and record what that showed."""
    asked = turns.take(request_id, State.UNKNOWN, _pause)
    if asked is None:
        return
    try:
        found = look(
            asked,
            lambda client: client.list_images(name=asked.image_name),
            shows=lambda listing: bool(listing.rows),
        )
    except (NotSeen, Missing) as trouble:
        # A 404 of a list tells nothing of an image: such as a version that is served no more.
        _record_trouble(asked, trouble.reason)
    else:
        _settle(asked, found)


def ends_at(asked: ImageRequest) -> datetime:
    """When we have looked for long enough since the outcome became unknown."""
    return (asked.lost_at or asked.recorded_at) + SEARCH_FOR


def _pause(asked: ImageRequest) -> timedelta:
    """Pauses grow, but none reaches far beyond the end of the search, however it fell."""
    usual = min(FIRST_SEARCH * (1 << min(asked.looks, 10)), _LONGEST_PAUSE)
    left = ends_at(asked) - timezone.now()
    return min(usual, left + _AFTER_THE_END) if left > timedelta(0) else usual


def _settle(asked: ImageRequest, found: Listing[Image]) -> None:
    """Adopt the one image that fits; let a person choose among several; say "not made" only when
    the search was long, whole and empty, and no image of this very name is left unexplained."""
    named = _unowned(found.rows)
    fitting = [image for image in named if _is_since(asked, image)]
    if len(fitting) == 1 and asked.outcome_reason != OwnReason.IMAGE_OF_ANOTHER:
        _adopt(asked, fitting[0])
    elif fitting:
        _ask_person(asked, fitting, OwnReason.SEVERAL_FIT)
    elif not found.is_complete:
        _record_trouble(asked, OwnReason.NO_LOOK)
    elif not _is_over(asked) or asked.misses + 1 < _EMPTY_LISTS:
        _update(asked, misses=asked.misses + 1, look_trouble="")
    elif named:
        _ask_person(asked, named, OwnReason.SEVERAL_FIT)
    elif asked.outcome_reason == OwnReason.IMAGE_OF_ANOTHER:
        _update(asked, due_at=None, look_trouble="")
    else:
        settled = {"due_at": None, "settled_at": timezone.now(), "look_trouble": ""}
        _move(asked, State.NOT_MADE, "request.not_made", {}, needs_person=False, **settled)


def _unowned(images: Iterable[Image]) -> list[Image]:
    rows = list(images)
    ids = [image.id for image in rows]
    owned = ImageRequest.objects.filter(image_id__in=ids).values_list("image_id", flat=True)
    taken = set(owned)
    return [image for image in rows if image.id not in taken]


def _is_since(asked: ImageRequest, image: Image) -> bool:
    last = ExchangeRecord.objects.filter(request=asked).order_by("-attempt").first()
    begun_at = last.prepared_at if last else asked.recorded_at
    return image.created_at is None or image.created_at >= begun_at - CLOCK_ALLOWANCE


def _is_over(asked: ImageRequest) -> bool:
    return timezone.now() >= ends_at(asked)


def _adopt(asked: ImageRequest, image: Image) -> None:
    now = timezone.now()
    _move(
        asked,
        State.ACCEPTED,
        "request.adopted",
        {"image_id": image.id},
        image_id=image.id,
        answered_at=now,
        due_at=now + FIRST_LOOK,
        needs_person=False,
        looks=0,
        misses=0,
        look_trouble="",
    )


def _ask_person(asked: ImageRequest, images: list[Image], reason: OwnReason) -> None:
    candidates = [
        {
            "id": image.id,
            "name": image.name,
            "status": image.status,
            "created_at": image.created_at.isoformat() if image.created_at else "",
        }
        for image in images
    ]
    if asked.outcome_reason == OwnReason.IMAGE_OF_ANOTHER:
        reason = OwnReason.IMAGE_OF_ANOTHER
    ids = [image.id for image in images]
    _move(
        asked,
        State.UNKNOWN,
        "request.ambiguous",
        {"image_ids": ids},
        needs_person=True,
        candidates=candidates,
        look_trouble="",
        outcome_reason=reason.value,
        due_at=None,
    )


def _record_trouble(asked: ImageRequest, reason: str) -> None:
    """Note why a look showed nothing. When the time is over a person is called; we keep looking."""
    _update(asked, look_trouble=reason, misses=0)
    if not _is_over(asked):
        return
    with AuditEvent.objects.act():
        # of two looks that overlap, one calls
        if _same(asked).filter(needs_person=False).update(needs_person=True):
            AuditEvent.objects.append(
                "request.overdue",
                actor=None,
                request=asked,
                target=asked.image_name,
                facts={"looks": asked.looks, "reason": OwnReason.NO_LOOK.value},
            )


def _update(asked: ImageRequest, **changes: Any) -> None:
    _same(asked).update(**changes)


def _same(asked: ImageRequest) -> ImageRequestQuerySet:
    """The row as long as it is the one we looked for: a late answer may have let it go on."""
    return ImageRequest.objects.filter(pk=asked.pk, state=State.UNKNOWN, attempt=asked.attempt)


def _move(
    asked: ImageRequest, state: State, action: str, facts: dict[str, Any], **changes: Any
) -> None:
    facts = {"looks": asked.looks, **facts}
    with AuditEvent.objects.act():
        if _same(asked).update(state=state, **changes):
            AuditEvent.objects.append(
                action, actor=None, request=asked, target=asked.image_name, facts=facts
            )
