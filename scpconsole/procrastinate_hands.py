"""The hands of a worker that takes its jobs from procrastinate's queue in PostgreSQL."""

import asyncio
import contextlib
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import OperationalError
from django.db.models import Count, Min
from procrastinate.contrib.django import DjangoApp, app, connector_params
from procrastinate.contrib.django.models import ProcrastinateEvent
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg import Error as PostgresError

from images.services.waking import Backlog
from scpconsole.procrastinate_queue import QUEUE, register

logger = logging.getLogger(__name__)

POLL_SECONDS = 5.0  # PostgreSQL tells of new jobs at once; polling is for what it could not tell
HEARTBEAT_SECONDS = 10.0
STOP_POLL_SECONDS = 0.2
AGAIN_SECONDS = 1.0
RESCUE_EVERY_SECONDS = 30.0
PRUNE_EVERY_SECONDS = 3600.0
KEEP_HOURS = 24


class ProcrastinateHands:
    """One thread for procrastinate's event loop, and `threads` more for the jobs it takes."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="procrastinate")
        self._rescued_at = self._pruned_at = float("-inf")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def join(self) -> None:
        self._thread.join()

    @property
    def are_alive(self) -> bool:
        return self._thread.is_alive()

    def backlog(self) -> Backlog:
        return backlog()

    def sweep(self) -> None:
        """Finish jobs whose worker died, and drop old ones. Raises OperationalError."""
        now = time.monotonic()
        try:
            if now - self._rescued_at >= RESCUE_EVERY_SECONDS:
                self._rescued_at = now
                async_to_sync(finish_stalled)()
            if now - self._pruned_at >= PRUNE_EVERY_SECONDS:
                self._pruned_at = now
                async_to_sync(drop_old)()
        except ConnectorException as error:
            raise OperationalError(f"The queue could not be tidied: {error}") from error

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._work())
            except (ConnectorException, PostgresError):
                logger.warning("a worker thread lost the database", exc_info=True)
            self._stopping.wait(AGAIN_SECONDS)

    async def _work(self) -> None:
        """Run jobs until somebody stops us or the queue is lost."""
        # asyncio's own choice would be six threads on two cores, whatever was asked for.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(self._threads))
        serving = asyncio.create_task(self._serve())
        await self._until_stopped(serving)
        serving.cancel()  # procrastinate then finishes what is in hand
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    async def _serve(self) -> None:
        connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=3)
        serving = DjangoApp(connector=connector)
        register(serving)
        async with serving.open_async():
            await serving.run_worker_async(
                queues=[QUEUE],
                concurrency=self._threads,
                install_signal_handlers=False,
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=stalled_after_seconds(),
                # What came of a job stands in the rows; only failures are worth keeping.
                delete_jobs="successful",
            )

    async def _until_stopped(self, serving: asyncio.Task[None]) -> None:
        # Looking at the event needs no waking of the loop, which a signal handler could not do.
        while not self._stopping.is_set() and not serving.done():
            await asyncio.sleep(STOP_POLL_SECONDS)


def backlog() -> Backlog:
    """Return what nobody has taken yet. Of a job only its events know since when it waits."""
    put_in = ProcrastinateEvent.objects.filter(
        type="deferred", job__queue_name=QUEUE, job__status=Status.TODO.value
    )
    return Backlog(**put_in.aggregate(jobs=Count("job"), since=Min("at")))


def stalled_after_seconds() -> float:
    """Return how long a worker may be silent before its jobs count as lost.

    A worker that ends sends no heartbeat while it finishes its last calls, so: as long as a claim.
    """
    return settings.SEND_LEASE_SECONDS


async def finish_stalled() -> None:
    """Mark the jobs of dead workers as aborted.

    They are not tried again here: a job is a wake-up call, and the ticker repeats it for every
    row that is still due. A row that was being sent is settled by its lease, never sent again.
    """
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=stalled_after_seconds()):
        with contextlib.suppress(ConnectorException):  # its worker, or another sweep, was quicker
            await manager.finish_job(job, Status.ABORTED, delete_job=False)


async def drop_old() -> None:
    """Delete jobs that ended long ago, however they ended."""
    await app.job_manager.delete_old_jobs(
        nb_hours=KEEP_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
