"""Turns callers away for a while when too many calls come at once.

Source: SCP API reference, section 5 (417: about 80 flows in 60 s); section 14, point 22.
"""

from __future__ import annotations

import threading
from collections import deque
from email.utils import formatdate

from scpconsole.sandbox.answers import Answer
from scpconsole.sandbox.errors import edge_rejected, too_many
from scpconsole.sandbox.options import Options


class Bursts:
    """One guard for the whole host."""

    def __init__(self) -> None:
        self._seen_ms: deque[int] = deque()
        self._closed_until_ms = 0
        self._lock = threading.Lock()

    def turn_away(self, options: Options, now_ms: int) -> Answer | None:
        """The refusal of the edge, or None when the call may pass."""
        if options.burst_calls is None:
            return None
        with self._lock:
            if not self._is_too_much(options, now_ms):
                return None
            wait_seconds = max(1, round((self._closed_until_ms - now_ms) / 1000))
        if options.burst_status == 417:
            return edge_rejected()
        return too_many(_retry_after(options.retry_after, wait_seconds, now_ms))

    def _is_too_much(self, options: Options, now_ms: int) -> bool:
        if now_ms < self._closed_until_ms:
            return True
        while self._seen_ms and self._seen_ms[0] <= now_ms - options.burst_seconds * 1000:
            self._seen_ms.popleft()
        self._seen_ms.append(now_ms)
        if options.burst_calls is None or len(self._seen_ms) <= options.burst_calls:
            return False
        self._seen_ms.clear()
        self._closed_until_ms = now_ms + round(options.burst_hold_seconds * 1000)
        return True


def _retry_after(form: str, wait_seconds: int, now_ms: int) -> str | None:
    match form:
        case "seconds":
            return str(wait_seconds)
        case "date":
            return formatdate(now_ms / 1000 + wait_seconds, usegmt=True)
        case "junk":
            return "soon, perhaps"
    return None
