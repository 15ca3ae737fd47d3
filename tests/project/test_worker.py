"""The worker process: threads that send, a ticker that wakes, an end in peace."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from images.models import AccessKey, WorkerPulse
from images.services.waking import Backlog
from images.vocabulary import State
from scpconsole.crew import Crew, HandsLost
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.project.starting import MANAGE, ROOT, environment, manage
from tests.services.asking import ask_for, fresh, posts
from tests.services.background import locked_database, short_patience, wait_for

_PATIENCE_SECONDS = 60


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextlib.contextmanager
def at_work(crew: Crew) -> Iterator[threading.Thread]:
    """Let the crew run until the block ends; it must end by itself then."""

    def run() -> None:
        try:
            crew.run()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        crew.stop()
        thread.join(_PATIENCE_SECONDS)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
class TestTheCrew:
    def test_it_sends_what_is_asked_for(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        with at_work(Crew(threads=2)):
            wait_for(asked, State.ACCEPTED)
        assert (posts(scp), len(scp.ledger)) == (1, 1)

    def test_it_finds_what_no_wake_up_told_it(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = make_request(alices_key, server_id=scp.servers[0].id)
        with at_work(Crew(threads=1)):
            wait_for(asked, State.ACCEPTED)
        assert posts(scp) == 1

    def test_many_threads_send_each_request_once(self, alices_key: AccessKey, scp: Sandbox) -> None:
        wishes = [
            ask_for(alices_key, scp, position=position, image_name=f"image-{position}")
            for position in range(5)
        ]
        with at_work(Crew(threads=4)):
            for asked in wishes:
                wait_for(asked, State.ACCEPTED)
        assert posts(scp) == len(scp.ledger) == len(wishes)

    def test_it_says_that_it_lives(self, db: None) -> None:
        crew = Crew(threads=1)
        with at_work(crew):
            wait_until(WorkerPulse.objects.filter(worker=crew.name).exists)
        assert str(os.getpid()) in crew.name

    def test_it_finishes_what_is_in_hand(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        crew = Crew(threads=1)
        with at_work(crew) as thread:
            with scp.lock:
                wait_for(asked, State.SENDING)
                crew.stop()
                crew.stop()  # twice does no harm
                assert thread.is_alive()
            thread.join(_PATIENCE_SECONDS)
            assert fresh(asked).state == State.ACCEPTED
        assert posts(scp) == 1

    def test_it_takes_nothing_new_after_the_stop(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        crew = Crew(threads=2)
        crew.stop()
        with at_work(crew):
            pass
        assert (fresh(asked).state, scp.journal) == (State.RECORDED, [])

    def test_a_locked_database_is_outlived(
        self,
        alices_key: AccessKey,
        scp: Sandbox,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        asked = ask_for(alices_key, scp)
        with (
            caplog.at_level(logging.WARNING, "scpconsole"),
            short_patience(0.05),
            locked_database() as unlock,
            at_work(Crew(threads=1)),
        ):
            wait_until(lambda: "a worker thread lost the database" in caplog.text)
            wait_until(lambda: "the ticker could not reach the database" in caplog.text)
            assert fresh(asked).state == State.RECORDED
            unlock()
            wait_for(asked, State.ACCEPTED)
        assert posts(scp) == 1


class EndedHands:
    """Hands that ended by themselves."""

    are_alive = False

    def __init__(self, threads: int) -> None:
        pass

    def nothing(self) -> None:
        pass

    start = stop = join = sweep = nothing

    def backlog(self) -> Backlog:
        return Backlog()


class BusyHands(EndedHands):
    """Hands with a long queue."""

    are_alive = True

    def backlog(self) -> Backlog:
        return Backlog(jobs=200)


@pytest.mark.django_db(transaction=True)
def test_a_crew_does_not_go_on_without_hands(settings: Settings) -> None:
    settings.WORKER_HANDS = "tests.project.test_worker.EndedHands"
    with pytest.raises(HandsLost):
        Crew(threads=1).run()


@pytest.mark.django_db(transaction=True)
def test_a_crew_adds_nothing_to_a_long_queue(alices_key: AccessKey, settings: Settings) -> None:
    settings.WORKER_HANDS = "tests.project.test_worker.BusyHands"
    asked = make_request(alices_key)
    with at_work(Crew(threads=1)):
        wait_until(WorkerPulse.objects.exists)
    assert fresh(asked).woken_at is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_runs_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    env = environment(tmp_path, PYTHONUNBUFFERED="1")
    assert manage("migrate", "--verbosity", "0", env=env).code == 0
    with subprocess.Popen(
        [sys.executable, MANAGE, "worker", "--threads", "1"],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(number)
        rest, _ = process.communicate(timeout=_PATIENCE_SECONDS)
    assert first.startswith("worker ")
    assert (process.returncode, rest) == (0, "")
