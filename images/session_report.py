"""What the pages say of sessions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.utils.translation import ngettext

from images.browsers import browser_words
from images.models import User
from images.services.sessions import NO_ADDRESS, Standing


@dataclass(frozen=True)
class SessionRow:
    """One session as the list shows it."""

    pk: int
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


def session_rows(rows: Iterable[UserSession], this_key: str) -> list[SessionRow]:
    return [
        SessionRow(
            pk=row.pk,
            browser=browser_words(row.user_agent),
            address="" if row.ip == NO_ADDRESS else row.ip,
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            is_this=row.session_key == this_key,
        )
        for row in rows
    ]


def told_standing(standing: Standing, person: User) -> dict[str, Any]:
    """Return what session.js needs: seconds to the end, whose session, and the warning in words."""
    return {
        "seconds": standing.seconds_left,
        "can_stay": standing.can_stay,
        "person": str(person.pk),
        "sentence": _ending_sentence(standing),
    }


def _ending_sentence(standing: Standing) -> str:
    minutes = max(1, -(-standing.seconds_left // 60))
    said = ngettext(
        "You will be signed out in {minutes} minute.",
        "You will be signed out in {minutes} minutes.",
        minutes,
    ).format(minutes=minutes)
    if standing.can_stay:
        return said
    last = ngettext(
        "A session lasts at most {hours} hour. Sign in again then.",
        "A session lasts at most {hours} hours. Sign in again then.",
        standing.hours,
    ).format(hours=standing.hours)
    return f"{said} {last}"
