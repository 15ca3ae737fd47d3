"""Canonical JSON: one value, one sequence of bytes. Source: RFC 8785 and docs/ledger.md, part 1."""

import json
import re
from typing import Any

LARGEST = 2**53 - 1
DEEPEST = 20
_NAME = re.compile(r"[\x20-\x7e]+")


class NotCanonical(ValueError):
    """The value has no canonical form. Its text says what stood where."""


def canonical(value: Any) -> bytes:
    """Return the canonical bytes. Raises NotCanonical for a fraction, a number of more than 53
    bits, a lone surrogate, a member name that is not plain ASCII, or what JSON does not know."""
    _check(value, depth=1)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("A text holds half of a surrogate pair.") from error


def _check(value: Any, *, depth: int) -> None:
    if depth > DEEPEST:
        raise NotCanonical(f"Values are nested more than {DEEPEST} deep.")
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical("A number has more than 53 bits.")
    elif isinstance(value, list):
        for each in value:
            _check(each, depth=depth + 1)
    elif isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise NotCanonical(f"A member name is not plain ASCII: {name!r}.")
            _check(each, depth=depth + 1)
    else:
        raise NotCanonical(f"A {type(value).__name__} has no canonical form.")
