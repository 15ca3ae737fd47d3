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
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("A text holds half of a surrogate pair.") from error


def read(raw: bytes, *, depth: int = 1) -> Any:
    """Return the value of canonical bytes, which begins at a `depth` of something larger. Raises
    NotCanonical for bytes that are not the one form of a value, whatever else they may be."""
    try:
        text = raw.decode()
        value, end = _DECODER.raw_decode(text)
        is_same = end == len(text) and _ENCODER.encode(value) == text
    except (ValueError, RecursionError) as error:
        raise NotCanonical("This is no JSON of ours.") from error
    if not is_same:
        raise NotCanonical("This is JSON in another form than the canonical one.")
    if not _is_plain(raw, depth):
        _check(value, depth=depth)
    return value


def _is_plain(raw: bytes, depth: int) -> bool:
    """Whether names are plain ASCII and nothing is nested too deep, seen without looking at each
    value: true for most events, and much quicker."""
    is_ascii = raw.isascii() and b"\\" not in raw and b"\x7f" not in raw and b'"":' not in raw
    return is_ascii and raw.count(b"{") + raw.count(b"[") <= DEEPEST + 1 - depth


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= _LONGEST_NUMBER else LARGEST + 1
    if abs(number) > LARGEST:
        raise NotCanonical("A number has more than 53 bits.")
    return number


def _refuse(text: str) -> Any:
    raise NotCanonical(f"A number is no whole one: {text}.")


_LONGEST_NUMBER = len(str(-LARGEST))
_DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_refuse, parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _check(value: Any, *, depth: int) -> None:
    if isinstance(value, list | dict) and depth > DEEPEST:
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
