"""The sessions of a person: how long each lives, and ending them.

Each sign-in has one row beside Django's session, which says when it began and when the person was
last seen. A session without its row is over: whoever takes the row away ends the session.
"""

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.utils import timezone

from images.models import AuditEvent, User
from images.origin import current_origin

logger = logging.getLogger(__name__)

# The unspecified address: the column takes no empty one.
NO_ADDRESS = "0.0.0.0"  # noqa: S104  (nothing is bound to it)
# A page within a minute of the last one writes nothing.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Standing:
    """A session that lives, as it was when the request came."""

    row: UserSession
    now: datetime

    @property
    def ends_at(self) -> datetime:
        return min(self._idle_end, self._last_end)

    @property
    def idle_minutes(self) -> int:
        return int(settings.SESSION_IDLE_MINUTES)

    @property
    def hours(self) -> int:
        return int(settings.SESSION_HOURS)

    @property
    def seconds_left(self) -> int:
        return max(0, math.ceil((self.ends_at - self.now).total_seconds()))

    @property
    def can_stay(self) -> bool:
        """Whether being active puts the end off; the absolute limit stands."""
        return self._last_end - self.now > timedelta(minutes=2)

    @property
    def is_over(self) -> bool:
        return self.now >= self.ends_at

    @property
    def _idle_end(self) -> datetime:
        seen_at: datetime = self.row.last_seen_at
        return seen_at + timedelta(minutes=self.idle_minutes)

    @property
    def _last_end(self) -> datetime:
        began_at: datetime = self.row.created_at
        return began_at + timedelta(hours=self.hours)


def begin(*, person: User, session_key: str, browser: str) -> None:
    """Note a session that has just begun. One that was noted under the key before is forgotten."""
    now = timezone.now()
    UserSession.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": person,
            "ip": current_origin().address or NO_ADDRESS,
            "user_agent": _cut(browser),
            "created_at": now,
            "last_seen_at": now,
            "data": {},
        },
    )


def forget(session_key: str) -> bool:
    """Take away the note of a session, which is over by that; return whether there was one."""
    gone, _of_each = UserSession.objects.filter(session_key=session_key).delete()
    return bool(gone)


def follow(*, old_key: str, new_key: str) -> None:
    """A session goes on under another id, as after a change of password: so does its note."""
    if UserSession.objects.filter(session_key=old_key).exists():
        with transaction.atomic():
            # A library may have begun a new note; the old one knows since when it all lasts.
            UserSession.objects.filter(session_key=new_key).delete()
            UserSession.objects.filter(session_key=old_key).update(session_key=new_key)


def standing_of(person: User, session_key: str) -> Standing | None:
    """Return how the session stands, None when it is over."""
    row = UserSession.objects.filter(user=person, session_key=session_key).first()
    if row is None:
        return None
    standing = Standing(row, timezone.now())
    return None if standing.is_over else standing


def see(standing: Standing, *, browser: str, at_once: bool = False) -> Standing:
    """Note that the person is here: once a minute, or `at_once`. Return how it stands then.

    A database that takes no writes ends nobody's page: the session then keeps its old end.
    """
    row, now = standing.row, standing.now
    if not at_once and now - row.last_seen_at < SEEN_EVERY:
        return standing
    seen = {
        "last_seen_at": now,
        "ip": current_origin().address or row.ip,
        "user_agent": _cut(browser),
    }
    try:
        with transaction.atomic():
            # Never back: of two requests side by side the later one counts.
            UserSession.objects.filter(pk=row.pk, last_seen_at__lt=now).update(**seen)
    except DatabaseError:
        logger.warning("it could not be noted that a session is in use", exc_info=True)
        return standing
    row.last_seen_at = max(row.last_seen_at, now)
    return standing


def sessions_of(person: User) -> list[UserSession]:
    """Return the person's sessions that live, the one last seen first."""
    now = timezone.now()
    rows = UserSession.objects.filter(user=person).order_by("-last_seen_at", "-pk")
    living = set(
        Session.objects.filter(
            session_key__in=rows.values("session_key"), expire_date__gt=now
        ).values_list("session_key", flat=True)
    )
    return [row for row in rows if row.session_key in living and not Standing(row, now).is_over]


def end(*, actor: User, ended: Iterable[UserSession]) -> int:
    """End sessions of the actor's own; each is signed out at its next request. Return how many."""
    keys = [row.session_key for row in ended if row.user_id == actor.pk]
    if not keys:
        return 0
    with AuditEvent.objects.act():
        _take_away(keys)
        AuditEvent.objects.append("session.ended", actor=actor, facts={"count": len(keys)})
    return len(keys)


def drop_ended() -> int:
    """Clear away what is over anyway: housekeeping, not an act. Return how many rows went."""
    now = timezone.now()
    oldest = now - timedelta(hours=settings.SESSION_HOURS)
    seen = now - timedelta(minutes=settings.SESSION_IDLE_MINUTES)
    Session.objects.filter(expire_date__lt=now).delete()
    rows = UserSession.objects.filter(created_at__lt=oldest)
    rows |= UserSession.objects.filter(last_seen_at__lt=seen)
    keys = list(rows.values_list("session_key", flat=True))
    _take_away(keys)
    return len(keys)


def _take_away(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()


def _cut(browser: str) -> str:
    longest = UserSession._meta.get_field("user_agent").max_length
    # PostgreSQL takes no NUL, and a header may hold one.
    return browser.replace("\x00", "")[:longest]
