"""JSON without its traps: no duplicate keys, no NaN, no deep nesting."""

import json

DEEPEST = 50


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
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
