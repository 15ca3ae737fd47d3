"""API versions: what `GET /` says of them and which are served.

Source: SCP API reference, section 2, and section 14, points 8 to 10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from scpconsole.sandbox.answers import Answer, as_html, as_json
from scpconsole.sandbox.errors import not_found_spring, unavailable
from scpconsole.sandbox.options import Options

_HEADER = re.compile(r"virtualserver ([0-9]+\.[0-9]+)")


@dataclass(frozen=True)
class Version:
    """`not_before` is an end date: the guaranteed support ends there. None = not named."""

    number: str
    status: str
    not_before: date | None = None

    def has_expired(self, today: date) -> bool:
        return (
            self.status == "DEPRECATED" and self.not_before is not None and self.not_before <= today
        )


_END_1_0, _END_1_1, _END_1_2 = date(2025, 12, 31), date(2026, 5, 31), date(2026, 8, 31)
TABLES = {
    "seed": (
        Version("1.3", "CURRENT"),
        Version("1.2", "SUPPORTED", _END_1_2),
        Version("1.1", "DEPRECATED", _END_1_1),
        Version("1.0", "DEPRECATED", _END_1_0),
    ),
    "2026-09": (
        Version("1.5", "CURRENT"),
        Version("1.4", "DEPRECATED"),
        Version("1.3", "SUPPORTED"),
        Version("1.2", "DEPRECATED", _END_1_2),
        Version("1.1", "DEPRECATED", _END_1_1),
        Version("1.0", "DEPRECATED", _END_1_0),
    ),
}


@dataclass(frozen=True)
class NotServed:
    """The version that goes into the 406."""

    version: str


def served(header: str, *, kind: str, options: Options, today: date) -> Version | NotServed:
    """The version that answers a call of this `kind`; without a header it is the CURRENT one."""
    table = {version.number: version for version in TABLES[options.version_table]}
    if not header:
        return next(version for version in table.values() if version.status == "CURRENT")
    found = _HEADER.fullmatch(header)
    version = table.get(found[1]) if found else None
    if version is None:
        return NotServed(header.rpartition(" ")[2][:40])
    is_refused = version.number in options.refused_versions.get(kind, [])
    if is_refused or (options.expired_versions == "refuse" and version.has_expired(today)):
        return NotServed(version.number)
    return version


def listing(*, host: str, options: Options) -> Answer:
    """The answer of `GET /`. `href` says http, as live; nobody should follow it."""
    match options.versions_fail:
        case 404:
            return not_found_spring("/")
        case 503:
            return unavailable(503)
        case "html":
            return as_html(200, "<html><head><title>Welcome</title></head><body></body></html>")
    table = list(TABLES[options.version_table])
    if options.planned_version:
        table.insert(0, Version(options.planned_version, "PLANNED"))
    return as_json(200, {"versions": [_row(one, host, options.date_form) for one in table]})


def _row(version: Version, host: str, date_form: str) -> dict[str, object]:
    return {
        "id": f"v{version.number}",
        "links": [{"href": f"http://{host}/v1", "rel": "self"}],
        "not_before": _date(version.not_before, date_form),
        "status": version.status,
    }


def _date(day: date | None, form: str) -> str | None:
    written = {"dash": "-", "empty": "", "null": None}
    if form in written:
        return written[form]
    if day is None:
        return "-"
    return day.isoformat() if form == "iso" else day.strftime("%Y%m%d")
