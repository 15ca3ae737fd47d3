"""Start several processes, watch them, and stop them all cleanly. Standard library only."""

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
        """Let Ctrl-C and SIGTERM stop everything, instead of ending this process at once."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)

    def start(self, program: Program) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end the others in order.
        process = subprocess.Popen(  # noqa: S603  (our own programs, no shell)
            list(program.command),
            env={**os.environ, **program.environment},
            start_new_session=True,
            stdout=subprocess.DEVNULL if program.is_quiet else None,
        )
        self._running.append((program.name, process))

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def first_dead(self) -> str:
        """Return the name of a program that has ended by itself, or ""."""
        return next((name for name, each in self._running if each.poll() is not None), "")

    def wait(self) -> str:
        """Wait until a program ends (its name is returned) or a signal asks to stop ("")."""
        while not self._stopping.wait(0.3):
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
