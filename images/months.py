"""A month of the calendar, in the console's zone."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.utils import timezone
from django.utils.formats import date_format

_TEXT = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
# At the ends of the calendar a month has no beginning or end in another zone.
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


@dataclass(frozen=True, order=True)
class Month:
    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `2026-11`; None for anything else."""
        found = _TEXT.fullmatch(text)
        if not found or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
            return None
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, moment: datetime) -> Self:
        local = timezone.localtime(moment)
        return cls(local.year, local.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def start(self) -> datetime:
        return timezone.make_aware(datetime(self.year, self.month, 1))  # noqa: DTZ001

    @property
    def end(self) -> datetime:
        """The first moment that does not belong to it any more."""
        return self.later.start

    @property
    def later(self) -> Self:
        return self._moved(1)

    @property
    def earlier(self) -> Self:
        return self._moved(-1)

    @property
    def is_over(self) -> bool:
        return timezone.now() >= self.end

    @property
    def name(self) -> str:
        """In the reader's language: November 2026."""
        return date_format(self.start, "YEAR_MONTH_FORMAT")

    def _moved(self, months: int) -> Self:
        years, month = divmod(self.month - 1 + months, 12)
        return type(self)(self.year + years, month + 1)
