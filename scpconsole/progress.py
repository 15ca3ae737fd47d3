"""Show how far a long command is: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self, TextIO

_WIDTH = 40
_EVERY_SECONDS = 0.2
_LINE_EVERY_SECONDS = 10


class ProgressBar:
    """Writes to `out` while its block runs. Quiet ones write nothing."""

    def __init__(self, out: TextIO, *, is_quiet: bool = False) -> None:
        self._out = out
        self._is_quiet = is_quiet
        self._is_terminal = out.isatty()
        self._written_at = time.monotonic()
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_open:
            self._out.write("\n")
            self._out.flush()

    def show(self, what: str, done: int, total: int) -> None:
        """Tell that `done` of `total` are done; called often, it writes seldom."""
        now = time.monotonic()
        pause = _EVERY_SECONDS if self._is_terminal else _LINE_EVERY_SECONDS
        is_due = now - self._written_at >= pause or (self._is_terminal and done >= total)
        if self._is_quiet or not is_due:
            return
        self._written_at = now
        words = f"{what}: {done:,} of {total:,}"
        if self._is_terminal:
            filled = _WIDTH * done // total if total else _WIDTH
            bar = "#" * filled + "-" * (_WIDTH - filled)
            self._out.write(f"\r[{bar}] {words}\x1b[K")
            self._is_open = True
        else:
            self._out.write(f"{words}\n")
        self._out.flush()
