"""Processes: started, watched, and ended in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scpconsole import processes
from scpconsole.processes import Processes, Program
from tests.project.starting import ROOT

_PATIENCE_SECONDS = 60
NOTES_ITS_END = """
import os, pathlib, signal, sys, time
def end(number, frame):
    with open(sys.argv[1], "a") as log:
        log.write(sys.argv[2] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + "." + sys.argv[2]).touch()
while True:
    time.sleep(0.05)
"""
HEEDS_NOTHING = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
while True:
    time.sleep(0.05)
"""


ASKING_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def running() -> Iterator[Processes]:
    before = {number: signal.getsignal(number) for number in ASKING_TO_STOP}
    made = Processes()
    yield made
    made.stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def program(name: str, source: str, *arguments: str) -> Program:
    return Program(name, (sys.executable, "-c", source, *arguments), {})


def wait_until_there(*paths: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not all(path.exists() for path in paths):
        assert time.monotonic() < deadline, f"{paths} never came"
        time.sleep(0.01)


def test_each_is_asked_to_end(running: Processes, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for name in ("first", "second"):
        running.start(program(name, NOTES_ITS_END, str(log), name))
    wait_until_there(tmp_path / "log.first", tmp_path / "log.second")
    assert running.first_dead() == ""
    running.stop()
    assert sorted(log.read_text().split()) == ["first", "second"]
    assert running.first_dead() == ""  # nothing runs any more
    running.stop()  # twice does no harm


def test_a_program_that_dies_is_named(running: Processes, tmp_path: Path) -> None:
    running.start(program("steady", NOTES_ITS_END, str(tmp_path / "log"), "steady"))
    running.start(program("short-lived", "raise SystemExit(3)"))
    assert running.wait() == "short-lived"
    assert not running.is_stopping


def test_what_does_not_end_in_time_is_killed_last_started_first(
    running: Processes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.3)
    for name in ("first", "second"):
        running.start(program(name, HEEDS_NOTHING, str(tmp_path / name)))
    wait_until_there(tmp_path / "first", tmp_path / "second")
    started = time.monotonic()
    running.stop()
    assert time.monotonic() - started < 5
    assert capsys.readouterr().err.splitlines() == [
        "second did not end in time and is killed",
        "first did not end in time and is killed",
    ]


def test_it_waits_longer_than_the_longest_usual_call() -> None:
    assert processes.STOP_SECONDS > 30


def test_what_is_added_to_the_environment_is_seen(running: Processes, tmp_path: Path) -> None:
    writes = "import os, pathlib; pathlib.Path(os.environ['WHERE']).write_text(os.environ['PATH'])"
    where = tmp_path / "seen"
    running.start(Program("writer", (sys.executable, "-c", writes), {"WHERE": str(where)}))
    assert running.wait() == "writer"
    assert where.read_text() == os.environ["PATH"]


def test_each_has_a_session_of_its_own(running: Processes, tmp_path: Path) -> None:
    writes = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getsid(0)))"
    running.start(program("writer", writes, str(tmp_path / "session")))
    running.wait()
    assert int((tmp_path / "session").read_text()) != os.getsid(0)


@pytest.mark.parametrize("number", ASKING_TO_STOP)
def test_a_signal_ends_the_waiting(running: Processes, number: signal.Signals) -> None:
    running.start(program("steady", "import time; time.sleep(60)"))
    running.listen_to_signals()
    threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
    assert running.wait() == ""
    assert running.is_stopping


SUPERVISES = """
import sys
from scpconsole.processes import Processes, Program
processes = Processes()
processes.start(Program("child", (sys.executable, "-c", *sys.argv[1:]), {}))
processes.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_killed_supervisor_leaves_nobody_behind(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", SUPERVISES, NOTES_ITS_END, str(log), "child"]
    with subprocess.Popen(command, cwd=ROOT) as supervisor:
        wait_until_there(tmp_path / "log.child")
        supervisor.kill()
    wait_until_there(log)  # it was asked to end, as Ctrl-C would have asked


class TestFinish:
    def test_it_waits_for_the_end_and_says_how_it_was(self, running: Processes) -> None:
        assert running.finish(program("good", "import time; time.sleep(0.5)"))
        assert not running.finish(program("bad", "raise SystemExit(3)"))
        assert running.first_dead() == ""  # those were no programs to watch

    @pytest.mark.parametrize("seconds", [0, 0.7])
    def test_it_gives_what_there_is_to_read(
        self, running: Processes, tmp_path: Path, seconds: float
    ) -> None:
        source = (
            f"import pathlib, sys, time; time.sleep({seconds}); "
            "pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
        )
        assert running.finish(program("reads", source, str(tmp_path / "read")), given="words")
        assert (tmp_path / "read").read_text() == "words"

    def test_it_ends_what_runs_when_somebody_asks_to_stop(
        self, running: Processes, tmp_path: Path
    ) -> None:
        running.listen_to_signals()
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert not running.finish(program("long", NOTES_ITS_END, str(tmp_path / "log"), "long"))
        assert running.is_stopping
