"""Start several processes, watch them, and stop them all cleanly. Standard library only."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

STOP_SECONDS = 40  # longer than the longest call to SCP, so that a call in flight ends in peace
_LOOK_SECONDS = 0.3
_ASKING_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Source: Linux, prctl(2). Loaded here, because a process just forked must not load anything.
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """One process: its name for people, its command line, what is added to its environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_quiet: bool = False
    """Whether its standard output is of no interest; its errors always are."""


class Processes:
    """Runs programs until one of them ends or somebody asks to stop."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._stopping = threading.Event()

    def listen_to_signals(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal stop everything, instead of us alone."""
        for number in _ASKING_TO_STOP:
            signal.signal(number, self._on_signal)

    def start(self, program: Program) -> None:
        """Start a program that runs until `stop`. On Linux it also ends when we are killed.

        Only for the main thread: the kernel takes the end of the calling thread for ours.
        """
        self._running.append((program.name, _started(program)))

    def finish(self, program: Program, *, given: str = "") -> bool:
        """Run a program to its end, with `given` as its standard input.

        False when it failed, or was ended because somebody asked to stop.
        """
        process = _started(program, stdin=subprocess.PIPE)
        unsent: bytes | None = given.encode()
        while not self.is_stopping:
            try:
                process.communicate(unsent, timeout=_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                unsent = None  # it is on its way
            else:
                return process.returncode == 0
        process.terminate()
        process.communicate()
        return False

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def first_dead(self) -> str:
        """Return the name of a program that has ended by itself, or ""."""
        return next((name for name, each in self._running if each.poll() is not None), "")

    def wait(self) -> str:
        """Wait until a program ends (its name is returned) or a signal asks to stop ("")."""
        while not self._stopping.wait(_LOOK_SECONDS):
            dead = self.first_dead()
            if dead:
                return dead
        return ""

    def stop(self) -> None:
        """Ask each to end, last started first; kill only what does not end in time."""
        for _name, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for name, process in reversed(self._running):
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"{name} did not end in time and is killed\n")
                process.kill()
                process.wait()
        self._running.clear()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()


def _started(program: Program, *, stdin: int | None = None) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C reaches us alone, and we end the others."""
    parent = os.getpid()

    def die_with_parent() -> None:
        if _libc:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before we could ask
                os._exit(1)

    return subprocess.Popen(  # noqa: S603  (our own programs, no shell)
        list(program.command),
        env={**os.environ, **program.environment},
        start_new_session=True,
        preexec_fn=die_with_parent,  # safe: the supervisor has one thread
        stdin=stdin,
        stdout=subprocess.DEVNULL if program.is_quiet else None,
    )
