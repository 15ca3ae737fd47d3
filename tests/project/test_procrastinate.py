"""The queue of several machines, against a real PostgreSQL: what holds for the other one, and more.

The worker's own tests run again on this queue; below them stands what only this queue can show.
"""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError, connection, transaction
from django.utils.module_loading import import_string
from pytest_django import Settings

from images import jobs
from images.models import AccessKey, ImageRequest
from images.services.waking import Backlog, give_up_dead_leases
from images.vocabulary import State
from scpconsole.crew import Crew, Hands
from scpconsole.procrastinate_queue import run
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.project import test_worker
from tests.project.starting import MANAGE, ROOT, database_url, inherited
from tests.project.test_worker import at_work, wait_until
from tests.services.asking import ask_for, fresh, posts
from tests.services.background import locked_database, short_patience, wait_for

if connection.vendor != "postgresql":
    pytest.skip("the queue is PostgreSQL's", allow_module_level=True)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queue(transactional_db: None, settings: Settings) -> Iterator[None]:
    """Let the console use procrastinate, with an empty queue before and after."""
    settings.TASKS = {
        "default": {
            "BACKEND": "scpconsole.procrastinate_queue.ProcrastinateBackend",
            "QUEUES": ["default"],
        }
    }
    settings.WORKER_HANDS = "scpconsole.procrastinate_hands.ProcrastinateHands"
    empty = "TRUNCATE procrastinate_jobs, procrastinate_workers RESTART IDENTITY CASCADE"
    change(empty)
    yield
    change(empty)


def change(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def queued() -> list[tuple[str, dict[str, Any]]]:
    """Return status and arguments of every job that procrastinate knows, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, args FROM procrastinate_jobs ORDER BY id")
        return [(status, json.loads(args)) for status, args in cursor.fetchall()]


def statuses() -> list[str]:
    return [status for status, _ in queued()]


def make_every_worker_silent() -> None:
    change("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 day'")


class TestTheSameCrew(test_worker.TestTheCrew):
    """All that a worker promises, on this queue."""


class TestPuttingIn:
    def test_a_wish_that_is_rolled_back_leaves_no_job(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            ask_for(alices_key, scp)
            assert statuses() == ["todo"]
            _ = 1 / 0
        assert (queued(), ImageRequest.objects.count()) == ([], 0)

    def test_a_wish_is_one_job_with_its_id(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        wanted = {"path": "images.jobs.send", "args": [str(asked.pk)], "kwargs": {}}
        assert queued() == [("todo", wanted)]

    def test_a_queue_that_cannot_be_written_is_a_database_that_cannot(self) -> None:
        with short_patience(0.1), locked_database(), pytest.raises(OperationalError, match="queue"):
            jobs.send.enqueue(str(uuid.uuid4()))
        assert queued() == []

    def test_what_nobody_has_taken_is_counted(self, settings: Settings) -> None:
        for _ in range(3):
            jobs.send.enqueue(str(uuid.uuid4()))
        change("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = 1")
        change("UPDATE procrastinate_events SET at = '2026-01-02 03:04:05Z' WHERE job_id < 3")
        change("UPDATE procrastinate_events SET at = '2026-01-02 03:04:06Z' WHERE job_id = 3")
        hands: Hands = import_string(settings.WORKER_HANDS)(1)
        since = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert hands.backlog() == Backlog(jobs=2, since=since)

    def test_nothing_but_a_job_is_run(self) -> None:
        with pytest.raises(SuspiciousOperation):
            run(path="os.getcwd", args=[], kwargs={})


class TestTwoCrews:
    def test_they_share_the_work_and_send_each_request_once(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        wishes = [
            ask_for(alices_key, scp, position=position, image_name=f"image-{position}")
            for position in range(8)
        ]
        for asked in wishes:
            jobs.send.enqueue(str(asked.pk))  # woken twice, as by two tickers
        with at_work(Crew(threads=2)), at_work(Crew(threads=2)):
            for asked in wishes:
                wait_for(asked, State.ACCEPTED)
            wait_until(lambda: queued() == [])
        assert posts(scp) == len(scp.ledger) == len(wishes)

    def test_as_many_calls_at_once_as_threads(self, alices_key: AccessKey, scp: Sandbox) -> None:
        for position in range(9):
            ask_for(alices_key, scp, position=position, image_name=f"image-{position}")
        sending = ImageRequest.objects.filter(state=State.SENDING)
        with at_work(Crew(threads=8)):
            with scp.lock:
                wait_until(lambda: sending.count() == 8)
            wait_until(lambda: ImageRequest.objects.filter(state=State.ACCEPTED).count() == 9)


class TestTrouble:
    def test_a_job_that_fails_stops_nobody_and_is_kept(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        jobs.send.enqueue(str(uuid.uuid4()))  # of no request
        asked = ask_for(alices_key, scp)
        with at_work(Crew(threads=1)):
            wait_for(asked, State.ACCEPTED)
            wait_until(lambda: statuses() == ["failed"])

    def test_connections_that_break_are_made_anew(
        self, alices_key: AccessKey, scp: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        with at_work(Crew(threads=2)):
            first = ask_for(alices_key, scp)
            wait_for(first, State.ACCEPTED)
            change(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            second = ask_for(alices_key, scp, position=1, image_name="another")
            wait_for(second, State.ACCEPTED)
        assert posts(scp) == 2

    def test_the_job_of_a_worker_that_was_killed_is_finished_by_another(
        self, alices_key: AccessKey, scp: Sandbox, tmp_path: Path, settings: Settings
    ) -> None:
        asked = ask_for(alices_key, scp)
        with scp.lock, worker_process(tmp_path, scp, settings) as process:
            wait_for(asked, State.SENDING)
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        assert statuses() == ["doing"]
        assert len(scp.ledger) <= 1
        with at_work(Crew(threads=1)) as thread:
            assert statuses() == ["doing"]  # as far as anybody knows that worker lives
            assert thread.is_alive()
        make_every_worker_silent()
        with at_work(Crew(threads=1)):
            wait_until(lambda: statuses() == ["aborted"])
        lease_until = fresh(asked).lease_until
        assert lease_until is not None
        give_up_dead_leases(lease_until + timedelta(seconds=1))
        assert (fresh(asked).state, posts(scp)) == (State.UNKNOWN, 1)

    def test_what_a_killed_worker_had_not_begun_is_woken_again(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        asked = make_request(alices_key, server_id=scp.servers[0].id)
        jobs.send.enqueue(str(asked.pk))
        change("INSERT INTO procrastinate_workers DEFAULT VALUES")
        change("UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1")
        make_every_worker_silent()
        with at_work(Crew(threads=1)):
            wait_for(asked, State.ACCEPTED)
            wait_until(lambda: statuses() == ["aborted"])
        assert posts(scp) == 1

    def test_jobs_that_ended_long_ago_are_dropped(self) -> None:
        for _ in range(2):
            jobs.send.enqueue(str(uuid.uuid4()))
        change("UPDATE procrastinate_jobs SET status = 'doing'")
        change("UPDATE procrastinate_jobs SET status = 'failed'")
        change("UPDATE procrastinate_events SET at = now() - interval '2 days' WHERE job_id = 1")
        with at_work(Crew(threads=1)):
            wait_until(lambda: len(queued()) == 1)
        assert statuses() == ["failed"]


def worker_process(folder: Path, scp: Sandbox, settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a real worker on the tests' own database."""
    (folder / "static").mkdir()
    env = {
        **inherited(),
        "CONSOLE_DATA_DIR": str(folder),
        "DATABASE_URL": database_url(str(connection.settings_dict["NAME"])),
        "TASK_QUEUE": "procrastinate",
        "SECRET_KEY": settings.SECRET_KEY,
        "KEYRING": os.environ["KEYRING"],
        "LEDGER_KEY": os.environ["LEDGER_KEY"],
        "SCP_URL_TEMPLATE": scp.url,
        "SCP_ALLOW_LOOPBACK": "on",
        "SCP_ENVIRONMENTS": os.environ["SCP_ENVIRONMENTS"],
    }
    return subprocess.Popen([sys.executable, MANAGE, "worker", "--threads", "1"], env=env, cwd=ROOT)
