"""How near an access key is to its end, and how long nobody has used it, in words.

Days are days of the console's time zone: one zone for everybody, as on all pages.
"""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.models import AccessKey

# From so many days before the last one on; the nearest counts.
_STAGES = ((7, "bad"), (30, "watch"), (90, "quiet"))
_IDLE_DAYS = 90


@dataclass(frozen=True)
class Reminder:
    """What is said of a key's end: a tone, a few words for a badge, a sentence."""

    tone: str
    label: str
    sentence: str


def reminder(key: AccessKey) -> Reminder | None:
    """Return what to say in the last 90 days of a key that is in use; None at other times."""
    days = key.days_left
    if days is None or days < 0 or key.is_disabled:
        return None
    tone = next((tone for limit, tone in _STAGES if days <= limit), "")
    return Reminder(tone, _label(days), _sentence(key, days)) if tone else None


def idle_sentence(key: AccessKey) -> str:
    """Say that nobody has used the key for 90 days; "" when somebody has, or nobody may."""
    since = key.last_used_at or key.created_at
    days = (timezone.localdate() - timezone.localdate(since)).days
    if days < _IDLE_DAYS or not key.is_usable:
        return ""
    return ngettext(
        "Not used for {count} day. Disable it if nobody needs it any more.",
        "Not used for {count} days. Disable it if nobody needs it any more.",
        days,
    ).format(count=days)


def _label(days: int) -> str:
    if days == 0:
        return _("Expires today")
    return ngettext("Expires in {count} day", "Expires in {count} days", days).format(count=days)


def _sentence(key: AccessKey, days: int) -> str:
    words = {"alias": key.alias, "date": key.expires_on, "count": days}
    if days == 0:
        return _(
            "Today is the last day of the access key “{alias}”. Make a new one in SCP, add it "
            "here, test it, and disable this one."
        ).format(**words)
    return ngettext(
        "The access key “{alias}” can be used until {date}, {count} more day. Make a new one in "
        "SCP, add it here, test it, and disable this one.",
        "The access key “{alias}” can be used until {date}, {count} more days. Make a new one in "
        "SCP, add it here, test it, and disable this one.",
        days,
    ).format(**words)
