"""`make test`: the tests on SQLite and, at the same time, the database's on PostgreSQL.

The environment gives pytest's arguments: FIRST_HALF, and SECOND_HALF for PostgreSQL. What the
second prints comes after the first has ended. Without PostgreSQL there is only the first.
"""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from types import FrameType
from typing import IO

from tests.postgres import NOT_FOUND, find_binaries

_PYTEST = [sys.executable, "-m", "pytest"]
_ON_POSTGRESQL = [sys.executable, "-m", "tests.postgres", "--", *_PYTEST]
_STOP_SECONDS = 60


def main() -> int:
    """Return 0 when both halves passed, else what the first that failed returned."""
    first, second = (shlex.split(os.environ[each]) for each in ("FIRST_HALF", "SECOND_HALF"))
    signal.signal(signal.SIGTERM, _stop)
    if find_binaries() is None:
        sys.stderr.write(f"PostgreSQL: left out of the tests: {NOT_FOUND}\n")
        return subprocess.call([*_PYTEST, *first])
    with tempfile.TemporaryFile() as said, _running(*_ON_POSTGRESQL, *second, out=said) as beside:
        with _running(*_PYTEST, *first) as ours:
            code = ours.wait()
        beside.wait()
        print("\nThe same on PostgreSQL:\n", flush=True)  # noqa: T201  # for whoever asked
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout.buffer)
        sys.stdout.flush()
        return code or beside.returncode


@contextlib.contextmanager
def _running(*command: str, out: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command; it ends, at the latest, with the block."""
    with subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(_STOP_SECONDS)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
