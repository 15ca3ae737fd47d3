"""API versions of the product virtualserver. Source: SCP API reference, section 2."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from images.scp.words import clean

PRODUCT = "virtualserver"
DEFAULT = "1.3"
NUMBER = re.compile(r"1\.(0|[1-9][0-9]{0,2})")
MOST_ROWS = 200


@dataclass(frozen=True)
class ApiVersion:
    """One version. Sorts by number: 1.9 before 1.10."""

    number: str
    status: str
    """CURRENT, SUPPORTED, DEPRECATED, PLANNED, or an unknown word in capitals."""
    not_before: date | None
    """The day until which SCP guarantees it ("Not Before" is an end date); None if unknown."""

    def __lt__(self, other: "ApiVersion") -> bool:
        return self._minor < other._minor

    @property
    def _minor(self) -> int:
        return int(self.number.partition(".")[2])

    @property
    def is_choosable(self) -> bool:
        """False for PLANNED, which exists on paper only and must not be sent."""
        return self.status != "PLANNED"

    def has_passed(self, today: date) -> bool:
        """Whether the guarantee has ended; on the day itself it has."""
        return self.not_before is not None and today >= self.not_before


SEED = (
    ApiVersion("1.3", "CURRENT", None),
    ApiVersion("1.2", "SUPPORTED", date(2026, 8, 31)),
    ApiVersion("1.1", "DEPRECATED", date(2026, 5, 31)),
    ApiVersion("1.0", "DEPRECATED", date(2025, 12, 31)),
)


def is_number(text: str) -> bool:
    """Whether `text` can stand in the header Scp-Api-Version: 1.0 to 1.999."""
    return NUMBER.fullmatch(text) is not None


def offered(host_versions: Iterable[ApiVersion]) -> tuple[ApiVersion, ...]:
    """Lay what the host says over the seed table; newest first, PLANNED included."""
    by_number = {version.number: version for version in (*SEED, *host_versions)}
    return tuple(sorted(by_number.values(), reverse=True))


def read_versions(payload: object) -> tuple[ApiVersion, ...] | None:
    """Read the answer of `GET /`, newest first, junk rows skipped; None if it is no such answer."""
    rows = payload.get("versions") if isinstance(payload, dict) else None
    if not isinstance(rows, list):
        return None
    found = [version for row in rows[:MOST_ROWS] if (version := _read_row(row))]
    return tuple(sorted({version.number: version for version in found}.values(), reverse=True))


def _read_row(row: object) -> ApiVersion | None:
    if not isinstance(row, dict):
        return None
    number = clean(row.get("id")).strip().lower().removeprefix("v")
    if not is_number(number):
        return None
    status = clean(row.get("status"), longest=40).strip().upper()
    return ApiVersion(number, status, _read_day(row.get("not_before")))


def _read_day(value: object) -> date | None:
    """Read 2026-08-31, 20260831 or a full time; "-", "", null and junk are None."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.strip()).date()
    except ValueError:
        return None
