"""What is under way for a person, and what was settled lately: for the bar on top of every page."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from images.models import ImageRequest, User
from images.vocabulary import SETTLED, State

# How far back news reaches for somebody who comes back to the console, and how much of it: as
# toasts over any page, and in the drawer.
NEWS_WITHIN = timedelta(hours=12)
NEWS_ROWS = 3
DRAWER_NEWS_ROWS = 10
DRAWER_ROWS = 20


@dataclass(frozen=True)
class Activity:
    """How much is under way of what the person may read, and the person's own news.

    `poll_seconds` is when a page looks again; None when nothing is open. `now` is when this was
    read.
    """

    in_progress: int
    unknown: int
    poll_seconds: int | None
    news: list[ImageRequest]
    now: datetime


def activity_of(person: User) -> Activity:
    """Return the counts and the news: two queries, none of them for each row."""
    now = timezone.now()
    found = list(_open(person).only("state", "recorded_at", "settled_at"))
    states = Counter(asked.state for asked in found)
    unknown = states[State.UNKNOWN]
    return Activity(
        in_progress=len(found) - unknown,
        unknown=unknown,
        poll_seconds=min((asked.poll_seconds for asked in found), default=None),
        news=news_of(person, now),
        now=now,
    )


def open_rows(person: User) -> list[ImageRequest]:
    """Return the newest open requests that the person may read, for a short list."""
    return list(_open(person).select_related("actor").order_by("-recorded_at")[:DRAWER_ROWS])


def news_of(person: User, now: datetime, *, most: int = NEWS_ROWS) -> list[ImageRequest]:
    """Return one's own requests that were settled lately, newest first, at most so many.

    What one withdrew oneself is no news.
    """
    found = ImageRequest.objects.visible_to(person).filter(
        actor=person,
        state__in=SETTLED - {State.CANCELLED},
        settled_at__gte=now - NEWS_WITHIN,
    )
    return list(found.select_related("actor").order_by("-settled_at")[:most])


def _open(person: User) -> QuerySet[ImageRequest]:
    return ImageRequest.objects.visible_to(person).open()
