"""Reads single JSON values of unsure type."""

import re

from images.scp.words import clean

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MOST_ENTRIES = 500
LARGEST = 2**63 - 1  # what a database column holds


def is_uuid(value: object) -> bool:
    """Whether `value` is text in the one form 8-4-4-4-12."""
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def number(value: object) -> int | None:
    """Return a whole number from 0 to 2**63 - 1, else None. True is no number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    return None


def truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def texts(value: object) -> tuple[str, ...]:
    """Return the non-empty texts of a list."""
    if not isinstance(value, list | tuple):
        return ()
    return tuple(text for entry in value[:MOST_ENTRIES] if (text := clean(entry)))


def members(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, object]]:
    """Return the objects of a list."""
    if not isinstance(value, list):
        return []
    return [entry for entry in value[:MOST_ENTRIES] if isinstance(entry, dict)]
