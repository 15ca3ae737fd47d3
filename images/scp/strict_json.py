"""JSON without its traps: no duplicate keys, no NaN, no deep nesting."""

import json
from collections.abc import Iterable

DEEPEST = 50

Container = dict[str, object] | list[object]


class NotJson(ValueError):
    """The bytes are not JSON as we accept it."""


def parse(content: bytes) -> object:
    """Return the value of UTF-8 JSON; raise NotJson for anything else."""
    try:
        value: object = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        # from None: the first error quotes the whole document
        raise NotJson from None
    if _is_too_deep(value):
        raise NotJson
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson
    return found


def _no_constant(name: str) -> object:
    raise NotJson(name)


def _is_too_deep(value: object) -> bool:
    level = _containers([value])
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _containers(_inside(outer))]
    return bool(level)


def _containers(values: Iterable[object]) -> list[Container]:
    return [value for value in values if isinstance(value, dict | list)]


def _inside(value: Container) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value
