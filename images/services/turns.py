"""Whose turn a look is: of many wake-ups for one request, one looks."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from images.models import ImageRequest
from images.services import hosts
from images.vocabulary import State


def take(
    request_id: UUID, state: State, pause: Callable[[ImageRequest], timedelta]
) -> ImageRequest | None:
    """Return the request, this look counted, when a look is due and ours; otherwise None.

    One conditional UPDATE moves the due time on, by what `pause` says for the request as it was
    before this look. While the host wants silence the look is put off.
    """
    now = timezone.now()
    asked = ImageRequest.objects.select_related("key").get(pk=request_id)
    if asked.state != state or asked.due_at is None or asked.due_at > now:
        return None
    mine = ImageRequest.objects.filter(pk=asked.pk, state=state, due_at=asked.due_at)
    silence = hosts.silent_until(environment=asked.environment, region=asked.region)
    if silence:
        mine.update(due_at=min(silence, now + hosts.LONGEST_PUSH))
        return None
    due_at = now + pause(asked)
    if not mine.update(due_at=due_at, looks=asked.looks + 1, last_look_at=now):
        return None
    asked.looks += 1
    return asked
