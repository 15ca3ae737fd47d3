"""The short run of the fault matrix that every change goes through; `make faults` plays it all."""

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.plan import Tally

ROOT = Path(__file__).resolve().parent.parent.parent
_MOST_SECONDS = 280
# One case of each kind: they are whole processes, so a second of each counts.
_CASES = (
    "kill -9 before the claim commits",
    "kill -9 after the last byte",
    "paused past its lease, answer on its way",
    "database locked after the answer",
    "ten submits in 50 ms",
    "two workers, one row",
    "status 307 to another host",
)
_KILLS = 15
_SEED = 20_261_123


def run(*arguments: str) -> tuple[str, Tally]:
    """Run the matrix as a person does and return what it printed and its last line."""
    # not the settings of the test run: the matrix makes its own
    own = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.faults",
            "--databases",
            "sqlite",
            "--shards",
            "1",
            *arguments,
        ],
        cwd=ROOT,
        env=own,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    tally = Tally.read(done.stdout.splitlines()[-1])
    assert tally is not None, done.stdout
    assert done.returncode == (1 if tally.failed else 0)
    return done.stdout, tally


def test_some_cases_of_the_matrix() -> None:
    printed, tally = run("--workers", "2", "--only", *_CASES)
    assert tally == Tally(passed=len(_CASES)), printed


def test_random_kills() -> None:
    printed, tally = run("--workers", "2", "--kills", str(_KILLS), "--seed", str(_SEED))
    assert tally == Tally(passed=1), printed
    assert " 0 violations" in printed
