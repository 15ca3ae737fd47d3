"""The worker processes of one house: start, strike, bring back, end."""

import contextlib
import multiprocessing
import os
import signal
import time
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.faults.boundaries import Trouble
from tests.faults.worker_main import Orders, run

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.faults.worker_main"])


class Workers:
    """As many processes as were started; `revive` does what a service manager does."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.kills = 0
        self._processes: list[ForkServerProcess] = []

    @property
    def pids(self) -> list[int]:
        return [each.pid for each in self._processes if each.pid and each.is_alive()]

    def set(self, changes: dict[str, Any], **orders: Any) -> None:
        """Let every worker that starts from now on run with these settings as well."""
        settings = {**self.orders.settings, **changes}
        self.orders = replace(self.orders, settings=settings, **orders)

    def start(self, count: int, trouble: Trouble | None = None) -> None:
        self.orders = replace(self.orders, trouble=trouble)
        for _ in range(count):
            self._processes.append(self._spawn())

    def revive(self) -> None:
        """Start anew whoever has died, under the same orders."""
        for place, process in enumerate(self._processes):
            if not process.is_alive():
                process.close()
                self.kills += 1
                self._processes[place] = self._spawn()

    def signal(self, number: signal.Signals) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def wake(self) -> None:
        """Let those that were stopped go on."""
        self.signal(signal.SIGCONT)

    def kill_one(self, choice: int) -> None:
        """Kill one of those that live, whatever it is doing."""
        pids = self.pids
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pids[choice % len(pids)], signal.SIGKILL)

    def stopped(self) -> list[int]:
        """Return those that SIGSTOP holds, every thread of them."""
        return [pid for pid in self.pids if _letters(pid) == {"T"}]

    def end(self, *, kindly_within: float = 0) -> int:
        """End all: SIGTERM and this many seconds, then SIGKILL. Return how many it took."""
        killed = 0
        if kindly_within:
            self.signal(signal.SIGTERM)
            deadline = time.monotonic() + kindly_within
            for process in self._processes:
                process.join(max(0.0, deadline - time.monotonic()))
        for process in self._processes:
            if process.is_alive():
                process.kill()
                killed += 1
            process.join()
            process.close()
        self._processes.clear()
        return killed

    def _spawn(self) -> ForkServerProcess:
        process = _CONTEXT.Process(target=run, args=(self.orders,), daemon=True)
        process.start()
        return process


def peak_kib(pid: int) -> int:
    """Return the most memory that the process ever held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("the kernel shows no peak of memory")


def forget_peak(pid: int) -> None:
    """Let the kernel measure the peak from now on. Source: proc(5), clear_refs."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _letters(pid: int) -> set[str]:
    """Return the states of the threads. Source: proc(5), stat."""
    found = set()
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            found.add(stat.read_text().rpartition(")")[2].split()[0])
    return found
