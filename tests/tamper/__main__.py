"""The tamper matrix: `python -m tests.tamper`, or `make tamper`.

Each attack is played on a copy of a small real history by somebody who owns the database, and
verified as an auditor does. Each database is played by a process of its own.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.installing import installed, why_not


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tamper", description=__doc__)
    databases = ("sqlite", "postgresql")
    parser.add_argument("--databases", nargs="+", choices=databases, default=list(databases))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return _play(options.databases[0])
    return max(_elsewhere(database) for database in options.databases)


def _elsewhere(database: str) -> int:
    reason = why_not(database)
    if reason:
        sys.stdout.write(f"{database} skipped: {reason}\n")
        return 0
    command = [sys.executable, "-m", "tests.tamper", "--here", "--databases", database]
    return subprocess.run(command, check=False).returncode


def _play(database: str) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="tamper-") as scratch,
        installed(database, Path(scratch)),
    ):
        from tests.tamper.matrix import run  # Django reads the environment here

        return 1 if run(Path(scratch), database) else 0


if __name__ == "__main__":
    sys.exit(main())
