"""`make test` fails when one of its halves fails, and says what both said."""

import os
import subprocess
import sys

import pytest

from tests.postgres import find_binaries
from tests.project.starting import ROOT


@pytest.mark.skipif(find_binaries() is None, reason="there is one half without PostgreSQL")
@pytest.mark.parametrize(
    ("first", "second", "code"),
    [("--version", "--version", 0), ("--version", "--nothing", 4), ("--nothing", "--version", 4)],
)
def test_both_halves_count(first: str, second: str, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.halves"],
        env={**os.environ, "FIRST_HALF": first, "SECOND_HALF": second},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    ours, _, beside = ended.stdout.partition("The same on PostgreSQL:")
    assert ended.returncode == code
    for half, said in ((first, ours), (second, beside)):
        assert ("unrecognized arguments" in said) == (half == "--nothing"), ended.stdout
