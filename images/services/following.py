"""Follow an accepted image until it is ready, failed or gone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from images.models import AuditEvent, ImageRequest
from images.models.image_request import VISIBLE_WITHIN
from images.scp.errors import Missing
from images.scp.shapes import Image
from images.services import turns
from images.services.looking import NotSeen, look
from images.vocabulary import IMAGE_FAILED, IMAGE_GONE, IMAGE_READY, State

# Looks come after 10 s, then 30 s, then every 60 s. Source: SCP API reference, section 10.
_PAUSES = (timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=60))
FIRST_LOOK = _PAUSES[0]
# One 404 may be a lagging replica; this many in a row, a pause apart, are not.
_MISSES_THAT_COUNT = 3


def follow(*, request_id: UUID) -> None:
    """Look at the image once and record what was seen; nothing when no look is due."""
    asked = turns.take(request_id, State.ACCEPTED, _pause)
    if asked is None:
        return
    try:
        image = look(asked, lambda client: client.show_image(asked.image_id))
    except Missing:
        _record_miss(asked)
    except NotSeen as trouble:
        _update(asked, look_trouble=trouble.reason)
    else:
        _record_sight(asked, image)


def _pause(asked: ImageRequest) -> timedelta:
    return _PAUSES[min(asked.looks + 1, len(_PAUSES) - 1)]


def _record_sight(asked: ImageRequest, image: Image) -> None:
    now = timezone.now()
    word = image.status.lower()
    seen: dict[str, Any] = {
        "scp_status": image.status[:60],
        "first_seen_at": asked.first_seen_at or now,
        "last_seen_at": now,
        "misses": 0,
        "look_trouble": "",
    }
    facts = {"status": image.status, "image_id": asked.image_id}
    if word in IMAGE_READY:
        _move(asked, State.READY, "request.ready", facts, **seen)
    elif word in IMAGE_FAILED:
        _move(asked, State.FAILED, "request.failed", facts, **seen)
    elif word in IMAGE_GONE:
        _move(asked, State.GONE, "request.gone", facts, **seen)
    elif image.status[:60] != asked.scp_status:
        _move(asked, State.ACCEPTED, "request.status", facts, **seen)
    else:
        _update(asked, **seen)


def _record_miss(asked: ImageRequest) -> None:
    """SCP says 404. Early that is "not visible yet" and does not count; later, and repeated, the
    image is gone."""
    accepted_at = asked.answered_at or asked.recorded_at
    is_early = asked.first_seen_at is None and timezone.now() - accepted_at < VISIBLE_WITHIN
    misses = 0 if is_early else asked.misses + 1
    if misses < _MISSES_THAT_COUNT:
        _update(asked, misses=misses, look_trouble="")
        return
    facts = {"image_id": asked.image_id, "was_seen": asked.first_seen_at is not None}
    _move(asked, State.GONE, "request.gone", facts, misses=misses, look_trouble="")


def _update(asked: ImageRequest, **changes: Any) -> None:
    ImageRequest.objects.filter(pk=asked.pk, state=State.ACCEPTED).update(**changes)


def _move(
    asked: ImageRequest, state: State, action: str, facts: dict[str, Any], **changes: Any
) -> None:
    if state != State.ACCEPTED:
        changes |= {"due_at": None, "settled_at": timezone.now()}
    with AuditEvent.objects.act():
        mine = ImageRequest.objects.filter(pk=asked.pk, state=State.ACCEPTED)
        if mine.update(state=state, **changes):
            AuditEvent.objects.append(
                action, actor=None, request=asked, target=asked.image_name, facts=facts
            )
