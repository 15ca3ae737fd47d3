"""One total time for a call, however the peer spreads its bytes."""

import time


class Deadline:
    """A point in monotonic time, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left_seconds(self) -> float:
        return max(0.0, self._ends - time.monotonic())

    @property
    def is_over(self) -> bool:
        return self.left_seconds <= 0

    def at_most(self, seconds: float) -> float:
        """Return `seconds`, or what is left if that is less. Raises TimeoutError when over."""
        left = self.left_seconds
        if left <= 0:
            raise TimeoutError("the total deadline is over")
        return min(seconds, left)
