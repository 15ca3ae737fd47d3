"""The hands of a worker that takes its jobs from a table of the console's own database."""

import logging
import secrets
import threading
import time
from datetime import timedelta

from django.db import Error as AnyDatabaseError
from django.db import connections
from django.db.models import Count, Min
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from images.services.waking import Backlog

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
SWEEP_EVERY = timedelta(hours=1)
KEEP_JOBS = timedelta(days=1)


class DatabaseHands:
    """Threads, because a create call may wait half a minute for SCP and must not hold up others."""

    def __init__(self, threads: int) -> None:
        self._stopping = threading.Event()
        self._swept_at = timezone.now() - SWEEP_EVERY
        self._workers = [_worker(number) for number in range(threads)]
        self._threads = [
            threading.Thread(target=self._run_jobs, args=(worker,), name=worker.worker_id)
            for worker in self._workers
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for worker in self._workers:
            worker.running = False
        self._stopping.set()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    @property
    def are_alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def backlog(self) -> Backlog:
        return backlog()

    def sweep(self) -> None:
        """Drop finished wake-up calls, and those whose worker was killed in the middle."""
        now = timezone.now()
        if now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now
        DBTaskResult.objects.filter(enqueued_at__lt=now - KEEP_JOBS).exclude(
            status=TaskResultStatus.READY
        ).delete()

    def _run_jobs(self, worker: Worker) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    worker.run()
                except AnyDatabaseError:
                    logger.warning("a worker thread lost the database", exc_info=True)
                    time.sleep(POLL_SECONDS)
        finally:
            connections.close_all()  # a pool wants its connections back


def backlog() -> Backlog:
    """Return what nobody has taken yet. Raises django.db.Error."""
    ready = DBTaskResult.objects.ready()
    return Backlog(**ready.aggregate(jobs=Count("pk"), since=Min("enqueued_at")))


def _worker(number: int) -> Worker:
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
