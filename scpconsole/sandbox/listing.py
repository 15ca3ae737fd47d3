"""Sorting, marker, filters and limit of the two lists.

Source: SCP API reference, sections 6 and 9; section 14, points 12 to 14. Parameters that
a list does not know, `page` and `size` included, are ignored without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


class BadQuery(ValueError):
    """A parameter that gets a 400; `field_name` says which."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name)
        self.field_name = field_name


@dataclass(frozen=True)
class Rules:
    """What one of the lists takes. `filters` maps a parameter to a dotted field."""

    filters: dict[str, str]
    choices: dict[str, frozenset[str]]
    default_limit: int
    max_limit: int | None


SERVER_FILTERS = {
    "name": "name",
    "ip": "addresses.ip_addresses.ip_address",
    "state": "state",
    "vpc_id": "vpc_id",
    "server_type_id": "server_type.id",
    "auto_scaling_group_id": "auto_scaling_group_id",
    "product_category": "product_category",
    "product_offering": "product_offering",
}
SERVER_CHOICES = {
    "product_category": frozenset({"compute", "container"}),
    "product_offering": frozenset({"virtual_server", "gpu_server", "k8s_vm", "k8s_gpu_vm"}),
}
IMAGE_FILTERS = {
    "name": "name",
    "status": "status",
    "visibility": "visibility",
    "scp_image_type": "scp_image_type",
    "scp_original_image_type": "scp_original_image_type",
    "os_distro": "os_distro",
}
IMAGE_CHOICES = {"visibility": frozenset({"public", "community", "shared", "private"})}


def page(
    rows: Sequence[Row], query: dict[str, list[str]], rules: Rules, *, name_filter: str
) -> list[Row]:
    """The rows that the query asks for. Raises BadQuery."""
    limit = _limit(query, rules)
    _check_choices(query, rules)
    ordered = _after_marker(_sorted(rows, query), query)
    wanted = [row for row in ordered if _is_wanted(row, query, rules, name_filter)]
    return wanted[:limit]


def _limit(query: dict[str, list[str]], rules: Rules) -> int:
    text = query.get("limit", [str(rules.default_limit)])[-1]
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise BadQuery("limit")
    limit = int(text)
    if limit < 1 or (rules.max_limit is not None and limit > rules.max_limit):
        raise BadQuery("limit")
    return limit


def _sorted(rows: Sequence[Row], query: dict[str, list[str]]) -> list[Row]:
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    terms = query.get("sort", ["created_at:desc"])[-1].split(",")
    for term in reversed(terms):  # stable sorting: the first key is sorted last
        name, _, direction = term.partition(":")
        if direction not in {"", "asc", "desc"} or (rows and name not in rows[0]):
            raise BadQuery("sort")
        ordered.sort(key=_sort_key(name), reverse=direction == "desc")
    return ordered


def _sort_key(name: str) -> Callable[[Row], tuple[bool, float, str]]:
    """Numbers by value, the rest by text, null first."""

    def key(row: Row) -> tuple[bool, float, str]:
        value = row.get(name)
        number = value if isinstance(value, (int, float)) else 0
        return value is not None, number, str(value)

    return key


def _after_marker(rows: list[Row], query: dict[str, list[str]]) -> list[Row]:
    marker = query.get("marker", [""])[-1]
    if not marker:
        return rows
    ids = [row["id"] for row in rows]
    if marker not in ids:
        raise BadQuery("marker")
    return rows[ids.index(marker) + 1 :]


def _check_choices(query: dict[str, list[str]], rules: Rules) -> None:
    for parameter, allowed in rules.choices.items():
        if not set(_asked(query, parameter)) <= allowed:
            raise BadQuery(parameter)


def _is_wanted(row: Row, query: dict[str, list[str]], rules: Rules, name_filter: str) -> bool:
    for parameter, path in rules.filters.items():
        asked = _asked(query, parameter)
        has = _values(row, path.split("."))
        if parameter == "name" and name_filter == "partial":
            has = [one for one in asked if any(one in value for value in has)]
        if asked and not set(asked) & set(has):
            return False
    return True


def _asked(query: dict[str, list[str]], parameter: str) -> list[str]:
    return [value for value in query.get(parameter, []) if value]


def _values(value: Any, path: list[str]) -> list[str]:
    """All values at a path; a list on the way contributes each of its rows."""
    if value is None:
        return []
    if isinstance(value, list):
        return [found for one in value for found in _values(one, path)]
    return _values(value[path[0]], path[1:]) if path else [str(value)]
