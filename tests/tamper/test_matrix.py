"""Every attack of the tamper matrix, on both databases; `make tamper` prints the table."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.installing import why_not

ROOT = Path(__file__).resolve().parent.parent.parent
_MOST_SECONDS = 280


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_attack_is_found_by_the_means_it_is_said_to(database: str) -> None:
    reason = why_not(database)
    if reason:
        pytest.skip(reason)
    # not the settings of the test run: the matrix makes its own
    own = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.tamper", "--databases", database],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *rows, last = done.stdout.splitlines()
    assert ", 0 missed;" in last
    assert ", 0 not as expected" in last
    attacks = [row for row in rows if row.endswith(" found")]
    assert len(attacks) >= 50
