"""The worker process: threads that run jobs, and a ticker that wakes what is due."""

import logging
import os
import secrets
import socket
import threading
import time
from datetime import timedelta

from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from images.services.waking import Ticker

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
POLL_SECONDS = 0.5
SWEEP_EVERY = timedelta(hours=1)
KEEP_JOBS = timedelta(days=1)


class Crew:
    """Runs until `stop`; what is in hand is finished first.

    Threads, because a create call may wait half a minute for SCP and must not hold up others.
    """

    def __init__(self, threads: int) -> None:
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}"
        self._stopping = threading.Event()
        self._swept_at = timezone.now() - SWEEP_EVERY
        self._workers = [self._worker(number) for number in range(threads)]
        self._threads = [
            threading.Thread(target=self._run_jobs, args=(worker,), name=worker.worker_id)
            for worker in self._workers
        ]

    def run(self) -> None:
        """Work until somebody calls `stop`, then wait for the jobs in hand."""
        for thread in self._threads:
            thread.start()
        ticker = Ticker(self.name)
        try:
            while not self._stopping.wait(TICK_SECONDS):
                self._tick(ticker)
        finally:
            # Threads without a ticker would look alive and follow nothing.
            self.stop()
            for thread in self._threads:
                thread.join()

    def stop(self) -> None:
        """Take no further job. Safe to call from a signal handler, and twice."""
        for worker in self._workers:
            worker.running = False
        self._stopping.set()

    def _tick(self, ticker: Ticker) -> None:
        close_old_connections()
        try:
            ticker.tick()
            self._sweep_queue()
        except DatabaseError:
            # A database that is locked or away for a moment comes back; the rows are still due.
            logger.warning("the ticker could not reach the database", exc_info=True)

    def _sweep_queue(self) -> None:
        """Drop finished wake-up calls, and those whose worker was killed in the middle."""
        now = timezone.now()
        if now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now
        DBTaskResult.objects.filter(enqueued_at__lt=now - KEEP_JOBS).exclude(
            status=TaskResultStatus.READY
        ).delete()

    def _run_jobs(self, worker: Worker) -> None:
        while not self._stopping.is_set():
            try:
                worker.run()
            except DatabaseError:
                logger.warning("a worker thread lost the database", exc_info=True)
                time.sleep(POLL_SECONDS)

    def _worker(self, number: int) -> Worker:
        return Worker(
            queue_names=["default"],
            interval=POLL_SECONDS,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=f"{number}-{secrets.token_hex(8)}",
            excluded_queue_names=[],
        )
