"""PostgreSQL: the console works under a role that can add to the records and change nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has roles")
    own = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.project.runtime_role"],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_console_works(seen: dict[str, Any]) -> None:
    assert seen["role"] == "console_app"
    assert seen["states"] == ["ready", "cancelled"]
    assert seen["checkpoints"] >= 1
    assert (seen["guards"], seen["faults"]) == ([], [])


def test_grants_alone_refuse_what_it_must_not_do(seen: dict[str, Any]) -> None:
    refusals = seen["refusals"]
    assert {what: said for what, said in refusals.items() if said != "no privilege"} == {}
    assert len(refusals) > 20


def test_the_owner_applies_the_keeping_rule(seen: dict[str, Any]) -> None:
    assert (seen["may_apply_retention"], seen["expired_by_owner"]) == (False, 1)
