"""The named switches of the stand-in. The first choice of each is the specified default.

Source: SCP API reference, section 14; its point numbers stand beside the switches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

CHOICES: dict[str, tuple[Any, ...]] = {
    "version_table": ("seed", "2026-09"),
    "date_form": ("iso", "compact", "dash", "empty", "null"),
    "versions_fail": (None, 404, 503, "html"),
    "expired_versions": ("serve", "refuse"),
    "name_filter": ("exact", "partial"),
    "detail_form": ("list", "string", "printed", "several", "locations"),
    "locked_servers": ("allow", "refuse"),
    "image_word": ("importing", "saving"),
    "image_end": ("active", "killed", "vanish"),
    "status_case": ("lower", "upper"),
    "image_volumes": ("json", "null", "empty", "junk"),
    "burst_status": (417, 429),
    "retry_after": ("none", "seconds", "date", "junk"),
}


class BadOption(ValueError):
    """A switch that does not exist, or a value it cannot take."""


@dataclass
class Options:
    """Every switch may be changed while the server runs; seconds are seconds of the clock."""

    public_base_url: str | None = None  # 2: scheme and host when something stands in front
    window_seconds: float = 900  # 4
    clock_skew_seconds: float = 0  # 4: the gateway's clock is this far ahead of the true one
    refuse_replay: bool = False  # 4
    catalog_is_missing: bool = False  # 7
    version_table: str = "seed"  # 8
    date_form: str = "iso"  # 8
    versions_fail: int | str | None = None  # 8
    planned_version: str | None = None  # 9: shown as PLANNED, never served
    expired_versions: str = "serve"  # 10
    today: str | None = None  # 10: ISO date; None = the clock's day
    refused_versions: dict[str, list[str]] = field(default_factory=dict)  # 10: kind -> versions
    wrap_server: bool = False  # 11
    server_default_limit: int = 20  # 13
    marker_is_ignored: bool = False  # a host that sends the same page for ever
    name_filter: str = "exact"  # 14
    detail_form: str = "list"  # 15
    locked_servers: str = "allow"  # 17
    image_grace_seconds: float = 2  # 20: show says 404 until then
    list_lag_seconds: float = 0  # 20: the list shows an image this much later than show
    image_queued_until_seconds: float = 6
    image_done_seconds: float = 25
    image_word: str = "importing"  # 20
    image_end: str = "active"  # 20
    speed: float = 1  # 20: factor on image life
    status_case: str = "lower"  # 21
    image_volumes: str = "json"  # 21
    burst_calls: int | None = 80  # 22: None = no limit
    burst_seconds: float = 60  # 22
    burst_hold_seconds: float = 60  # 22: how long callers are turned away
    burst_status: int = 417  # 22
    retry_after: str = "none"  # 22: with burst_status 429
    idle_seconds: float | None = None  # a kept-alive connection is closed after this silence

    def update(self, changes: Mapping[str, Any]) -> None:
        """Set several switches, all or none. Raises BadOption with a plain sentence."""
        for name, value in changes.items():
            self._check(name, value)
        for name, value in changes.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def _check(self, name: str, value: object) -> None:
        if name not in {one.name for one in fields(self)}:
            raise BadOption(f"There is no switch {name!r}.")
        if name in CHOICES:
            if value not in CHOICES[name]:
                raise BadOption(f"{name} must be one of {CHOICES[name]}.")
        elif not _fits(name, value, getattr(Options(), name)):
            raise BadOption(f"{name} cannot be {value!r}.")


def _fits(name: str, value: object, default: object) -> bool:
    if name in _OF_THEIR_OWN:
        return value is None or _OF_THEIR_OWN[name](value)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if name == "speed":
        return _is_positive(value)
    if isinstance(default, (int, float)):
        return isinstance(value, (int, float)) and (name == "clock_skew_seconds" or value >= 0)
    return isinstance(value, type(default))


def _is_positive(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_iso_date(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


_OF_THEIR_OWN: dict[str, Callable[[object], bool]] = {  # these may also be None
    "public_base_url": _is_text,
    "planned_version": _is_text,
    "today": _is_iso_date,
    "burst_calls": _is_positive,
    "idle_seconds": _is_positive,
}
