"""Times as people read them: one zone everywhere, always with its name."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def stamp_text(value: datetime | None) -> str:
    """Return `2026-11-23 16:50:12 KST`, or "" for None."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S %Z") if value else ""


def zone_text() -> str:
    """Return the one zone of all pages, such as `Asia/Seoul (KST)`."""
    return f"{timezone.get_current_timezone_name()} ({timezone.localtime():%Z})"


def shown_seconds(start: datetime, end: datetime) -> int:
    """Return how far apart two times are as shown, so that a reader who subtracts agrees."""
    return int((end.replace(microsecond=0) - start.replace(microsecond=0)).total_seconds())


def duration_text(seconds: float | None) -> str:
    """Return "12 s", "1 min 20 s" or "3 h 5 min", translated; "" for None."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    if minutes:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=left)
    return _("{seconds} s").format(seconds=left)


def ago_text(value: datetime | None) -> str:
    """Return "3 minutes ago", translated, in the largest fitting unit; "" for None."""
    if value is None:
        return ""
    seconds = max(0, int((timezone.now() - value).total_seconds()))
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        count = seconds // 60
        return ngettext("{count} minute ago", "{count} minutes ago", count).format(count=count)
    if seconds < 86400:
        count = seconds // 3600
        return ngettext("{count} hour ago", "{count} hours ago", count).format(count=count)
    count = seconds // 86400
    return ngettext("{count} day ago", "{count} days ago", count).format(count=count)
