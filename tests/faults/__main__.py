"""The fault matrix: `python -m tests.faults --help`, or `make faults`.

Each database, and each part of the cases, is played by a process of its own: the cases wait
more than they work.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from tests.faults.installing import installed, why_not
from tests.faults.plan import Plan, Tally

_parts: list["subprocess.Popen[str]"] = []


def main() -> int:
    plan = Plan.from_command_line()
    signal.signal(signal.SIGTERM, _stop)
    if plan.shard is None:
        return _play_all(plan)
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as scratch,
        installed(plan.databases[0], Path(scratch)) as make_database,
    ):
        from tests.faults.matrix import run  # Django reads the environment here

        run(plan, make_database())
    return 0


def _play_all(plan: Plan) -> int:
    total = Tally()
    parts = []
    for database in plan.databases:
        reason = why_not(database)
        if reason:
            sys.stdout.write(f"{database} skipped: {reason}\n")
            total.skipped += 1
        else:
            parts += [plan.for_child(database, shard) for shard in range(plan.shards)]
    with ThreadPoolExecutor(max(1, len(parts))) as pool:
        for tally in pool.map(_play_part, parts):
            total.add(tally)
    sys.stdout.write(f"{total}\n")
    return 1 if total.failed else 0


def _play_part(arguments: list[str]) -> Tally:
    """Pass on the rows of one process, and return how it ended; a crash is a failure."""
    command = [sys.executable, "-m", "tests.faults", *arguments]
    last = Tally()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        _parts.append(process)
        for line in _lines(process):
            found = Tally.read(line)
            last = found or last
            if not found:
                sys.stdout.write(line)
                sys.stdout.flush()
    return last if process.returncode == 0 else Tally(failed=last.failed + 1)


def _stop(number: int, frame: FrameType | None) -> None:
    """End in order, each part of the run too: houses are torn down, PostgreSQL stops."""
    signal.signal(number, signal.SIG_IGN)  # a second one would cut the tearing down short
    for part in _parts:
        part.terminate()
    raise SystemExit(128 + number)


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout


if __name__ == "__main__":
    sys.exit(main())
