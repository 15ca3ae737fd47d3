"""What the ledger costs: `python -m tests.bench_ledger --help`, or `make bench-ledger`.

Each figure is a ratio of two things measured in one run, by turns: an act that is its event,
against a plain insert and commit of a row of the same columns and bytes (the disk is waited for in
both); and the hashing of a verification, against hashlib's SHA-256 over the same events.
"""

import argparse
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.installing import installed, why_not

MOST_FOR_AN_APPEND = 1.5
LEAST_FOR_VERIFYING = 0.15


def main() -> int:
    options = _options()
    if options.here:
        return _measure(options)
    return max(_elsewhere(database, options) for database in options.databases)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_ledger", description=__doc__)
    databases = ("sqlite", "postgresql")
    parser.add_argument("--databases", nargs="+", choices=databases, default=list(databases))
    parser.add_argument("--appends", type=int, default=2_000, help="of either kind")
    parser.add_argument("--events", type=int, default=100_000, help="to verify")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _elsewhere(database: str, options: argparse.Namespace) -> int:
    """Measure one database in a process of its own: Django can be set up once in each."""
    reason = why_not(database)
    if reason:
        _say(f"{database} skipped: {reason}")
        return 0
    numbers = ["--appends", str(options.appends), "--events", str(options.events)]
    command = [sys.executable, "-m", "tests.bench_ledger", "--here", "--databases", database]
    return subprocess.run([*command, *numbers], check=False).returncode


def _measure(options: argparse.Namespace) -> int:
    database = options.databases[0]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as scratch,
        installed(database, Path(scratch), is_durable=True),
    ):
        import django

        django.setup()
        logging.disable(logging.INFO)
        from tests.bench_ledger import appending, verifying  # Django has read the environment

        costs = appending.measure(options.appends)
        speeds = verifying.measure(options.events)
    is_cheap = costs.ratio <= MOST_FOR_AN_APPEND
    is_fast = speeds.ratio >= LEAST_FOR_VERIFYING
    _say(f"{database}: {costs}; at most {MOST_FOR_AN_APPEND}: {_verdict(is_met=is_cheap)}")
    _say(f"{database}: {speeds}; at least {LEAST_FOR_VERIFYING}: {_verdict(is_met=is_fast)}")
    return 0 if is_cheap and is_fast else 1


def _verdict(*, is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
