"""How long a look of the worker takes. Only the one that takes too long leaves a line."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from images.scp.client import Client

ALLOWED = 1.05
"""Of the total deadline: what a call may take until it is given up."""
_READS = ("list_servers", "show_server", "list_images", "show_image", "list_versions")


def time_looks(into: Path) -> None:
    """Watch every read that this process makes from now on, a list of many pages as one."""
    for name in _READS:
        setattr(Client, name, _timed(getattr(Client, name), name, into))


def slow_looks(told: Path) -> list[str]:
    return told.read_text().splitlines() if told.exists() else []


def _timed(original: Callable[..., Any], name: str, into: Path) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        began, waited = time.monotonic(), _waited_seconds()
        try:
            return original(*args, **kwargs)
        finally:
            took = time.monotonic() - began - (_waited_seconds() - waited)
            if took > settings.SCP_TOTAL_SECONDS * ALLOWED:
                _append(into, f"{name} took {took * 1000:.0f} ms\n")

    return timed


def _waited_seconds() -> float:
    """How long this thread has waited for a processor: on a busy machine that is not our doing.

    Source: Linux, Documentation/scheduler/sched-stats, /proc/<pid>/schedstat.
    """
    stat = Path("/proc/thread-self/schedstat")
    return int(stat.read_text().split()[1]) / 1e9 if stat.exists() else 0.0


def _append(into: Path, line: str) -> None:
    """In one write, as several processes share the file."""
    handle = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, line.encode())
    os.close(handle)
