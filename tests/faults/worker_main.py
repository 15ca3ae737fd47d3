"""A worker process of a case: the console's own worker command, with one trouble on its way.

Forked from a server process that has loaded Django and opened nothing, so that a worker which
was killed is back in some hundredths of a second.
"""

import os
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from images.scp.client import Client  # noqa: E402
from tests.faults.boundaries import Boundaries, Trouble  # noqa: E402
from tests.faults.databases import use_database  # noqa: E402
from tests.faults.dying import die_with_parent  # noqa: E402
from tests.faults.hurry import hurry  # noqa: E402
from tests.faults.stopwatch import time_looks  # noqa: E402


@dataclass(frozen=True)
class Orders:
    """How one worker is to run. `settings` replace the product's; `clock` is a file that holds
    the seconds by which this machine's clock is off, or nothing; looks that take too long are
    named in `slow`."""

    database: str
    log: str
    clock: str
    slow: str
    look_for_seconds: float
    settings: dict[str, Any] = field(default_factory=dict)
    threads: int = 2
    trouble: Trouble | None = None


def run(orders: Orders) -> None:
    """Work until SIGTERM."""
    die_with_parent()
    log = os.open(orders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    for name, value in orders.settings.items():
        setattr(settings, name, value)
    use_database(orders.database)
    hurry(orders.look_for_seconds)
    _bend_clock(Path(orders.clock))
    time_looks(Path(orders.slow))
    if orders.trouble:
        Boundaries(orders.trouble).install()
    call_command("worker", threads=orders.threads)


def _bend_clock(offset: Path) -> None:
    """Shift the wall clock as seen by the console: Django's, and that of the signature."""

    def now() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + timedelta(
            seconds=float(offset.read_text() or 0)
        )

    if offset.exists():
        timezone.now = now
        defaults = Client.__init__.__kwdefaults__
        assert defaults is not None
        defaults["clock"] = now
