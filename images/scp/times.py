"""Times as others write them. Everything comes back aware, in UTC, or as None."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def read_time(value: object) -> datetime | None:
    """Read an ISO 8601 time. Without a zone it is UTC (SCP API reference, section 6)."""
    if not isinstance(value, str):
        return None
    try:
        return _utc(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError):
        return None


def read_http_date(value: str) -> datetime | None:
    """Read a date as in the headers Date and Retry-After."""
    try:
        return _utc(parsedate_to_datetime(value))
    except (ValueError, OverflowError):
        return None


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)
