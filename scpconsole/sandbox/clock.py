"""The stand-in's clock: real time plus an offset, so that a test steps instead of sleeping."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Wall clock that can be stepped; every answer, age and window is read from it."""

    def __init__(self) -> None:
        self._offset_ms = 0
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000 + self._offset_ms

    def now(self) -> datetime:
        """The same moment as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now_ms() / 1000, tz=UTC)

    def advance(self, seconds: float) -> None:
        """Step by `seconds`; negative steps back."""
        with self._lock:
            self._offset_ms += round(seconds * 1000)

    def set_ms(self, unix_ms: int) -> None:
        """Make the present moment `unix_ms`; time goes on from there."""
        with self._lock:
            self._offset_ms = unix_ms - time.time_ns() // 1_000_000


def iso(unix_ms: int) -> str:
    """Unix milliseconds as SCP writes a time, for example 2025-07-22T09:00:00Z."""
    return datetime.fromtimestamp(unix_ms / 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
