"""The worker process: hands that run jobs, and a ticker that wakes what is due."""

import logging
import os
import socket
import threading
from typing import Protocol

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import close_old_connections
from django.utils.module_loading import import_string

from images.services import spill
from images.services.housekeeping import Housekeeper
from images.services.waking import Backlog, Ticker

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class Hands(Protocol):
    """What takes jobs from a queue and runs them, several at once, in threads of its own."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Take no further job. Safe to call from a signal handler, twice, and before `start`."""

    def join(self) -> None:
        """Wait until the jobs in hand are finished."""

    @property
    def are_alive(self) -> bool:
        """False once a thread ended that nobody stopped."""

    def backlog(self) -> Backlog:
        """Return what waits in the queue. Raises django.db.Error."""

    def sweep(self) -> None:
        """Tidy the queue when it is time to. Raises django.db.Error."""


class HandsLost(Exception):
    """Hands ended by themselves; a ticker without them would look alive and send nothing."""


class Crew:
    """Runs until `stop`; what is in hand is finished first.

    Any number of crews, on any number of machines, may work on one database: the rows decide.
    """

    def __init__(self, threads: int) -> None:
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}"
        self._stopping = threading.Event()
        self._hands: Hands = import_string(settings.WORKER_HANDS)(threads)

    def run(self) -> None:
        """Work until somebody calls `stop`, then wait for the jobs in hand.

        Raises OSError when no spill file can be had, HandsLost when the work stopped although
        nobody wanted that.
        """
        spill.prepare()  # now: when an answer has to be kept, the disk may be full
        self._hands.start()
        ticker, housekeeper = Ticker(self.name), Housekeeper()
        try:
            while not self._stopping.wait(TICK_SECONDS):
                self._tick(ticker, housekeeper)
                if not self._hands.are_alive and not self._stopping.is_set():
                    raise HandsLost("The threads that run jobs have ended.")
        finally:
            # Hands without a ticker would look alive and follow nothing.
            self.stop()
            self._hands.join()
            housekeeper.close()

    def stop(self) -> None:
        """Take no further job. Safe to call from a signal handler, and twice."""
        self._stopping.set()
        self._hands.stop()

    def _tick(self, ticker: Ticker, housekeeper: Housekeeper) -> None:
        close_old_connections()
        try:
            ticker.tick(self._hands.backlog())
            self._hands.sweep()
            housekeeper.tick()
        except AnyDatabaseError:
            # A database that is locked or away for a moment comes back; the rows are still due.
            logger.warning("the ticker could not reach the database", exc_info=True)
