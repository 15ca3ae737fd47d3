"""The list of requests: which a person may read, in which group each is, and the search."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from images.filters import RequestFilters
from images.models import ImageRequest, User
from images.models.image_request import OVERDUE_AFTER
from images.vocabulary import OwnReason, RequestGroup, State

_UNDER_WAY = (State.RECORDED, State.SENDING, State.ACCEPTED)


def requests_for(person: User, filters: RequestFilters) -> QuerySet[ImageRequest]:
    """Return the requests that `person` may read, newest first, narrowed by `filters`."""
    found = _mentioning(person, filters.text).filter(_group(filters.group, timezone.now()))
    return found.select_related("actor").order_by("-recorded_at", "-id")


def counts_for(person: User, text: str = "") -> dict[RequestGroup, int]:
    """Return how many requests each chip stands for: one query for all of them."""
    now = timezone.now()
    narrow = [group for group in RequestGroup if group is not RequestGroup.ALL]
    counts = {group.value: Count("pk", filter=_group(group, now)) for group in narrow}
    found = _mentioning(person, text).aggregate(**counts, all=Count("pk"))
    return {group: found[group.value] for group in RequestGroup}


def _mentioning(person: User, text: str) -> QuerySet[ImageRequest]:
    found = ImageRequest.objects.visible_to(person)
    return found.filter(_mentions(text)) if text else found


def _group(group: RequestGroup, now: datetime) -> Q:
    """One that is late is both in progress and to be looked at."""
    late_image = Q(state=State.NOT_MADE, outcome_reason=OwnReason.LATE_IMAGE)
    return {
        RequestGroup.IN_PROGRESS: Q(state__in=_UNDER_WAY),
        RequestGroup.NEEDS_LOOK: Q(state__in=[State.UNKNOWN, State.GONE])
        | late_image
        | _overdue(now),
        RequestGroup.READY: Q(state=State.READY),
        RequestGroup.ENDED_BADLY: Q(state__in=[State.REFUSED, State.FAILED])
        | Q(state=State.NOT_MADE) & ~late_image,
        RequestGroup.WITHDRAWN: Q(state=State.CANCELLED),
        RequestGroup.ALL: Q(),
    }[group]


def _overdue(now: datetime) -> Q:
    """The same rule as ImageRequest.is_overdue."""
    limit = now - OVERDUE_AFTER
    since_record = Q(answered_at=None, recorded_at__lt=limit)
    return Q(state=State.ACCEPTED) & (Q(answered_at__lt=limit) | since_record)


def _mentions(text: str) -> Q:
    return (
        Q(server_name__icontains=text)
        | Q(server_id__istartswith=text)
        | Q(image_name__icontains=text)
        | Q(image_id__istartswith=text)
        | Q(reason__icontains=text)
        | Q(ticket__icontains=text)
        | Q(key_alias__icontains=text)
        | Q(actor_name__icontains=text)
    )
