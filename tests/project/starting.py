"""Start the console's programs as an operator does: a process, a clean environment."""

import atexit
import base64
import contextlib
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from tests.services.background import another_connection

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = str(ROOT / "manage.py")
SECRET_KEY = "made-up-and-shown-nowhere-0123456789-abcdefghijklmnopqrstuvwxyz"
MASTER = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER_MASTER = base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
_PATIENCE_SECONDS = 60
_databases: set[str] = set()


@dataclass(frozen=True)
class Ended:
    """How a program ended and all that it wrote."""

    code: int
    text: str

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip()]


def environment(folder: Path, **changes: str | None) -> dict[str, str]:
    """Return a clean environment that works; a change of None takes the variable away."""
    (folder / "static").mkdir(exist_ok=True)  # as after collectstatic
    values: dict[str, str | None] = {
        **inherited(),
        **own_database(folder),
        "SECRET_KEY": SECRET_KEY,
        "KEYRING": MASTER,
        "LEDGER_KEY": MASTER,
        "CONSOLE_DATA_DIR": str(folder),
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def own_database(folder: Path) -> dict[str, str]:
    """Return DATABASE_URL of the folder's own database where the tests run on PostgreSQL.

    It is made when it is first asked for, and dropped when the tests end.
    """
    if connection.vendor == "sqlite":
        return {}  # a file in the folder
    name = f"console_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    if name not in _databases:
        with contextlib.closing(another_connection()) as other:
            other.execute(f"CREATE DATABASE {name}")
        _databases.add(name)
        atexit.register(_drop, name)
    return {"DATABASE_URL": database_url(name)}


def database_url(name: str) -> str:
    """Return the address of another database on the tests' PostgreSQL server."""
    server, _, _ = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")
    return f"{server}/{name}"


def _drop(name: str) -> None:
    with contextlib.closing(another_connection()) as other:
        other.execute(f"DROP DATABASE {name} WITH (FORCE)")


def inherited() -> dict[str, str]:
    """Return what a child needs of our own environment: programs, and coverage's own marks."""
    return {
        name: value
        for name, value in os.environ.items()
        if name == "PATH" or name.startswith("COVERAGE_")
    }


def run(*arguments: str, env: dict[str, str], given: str = "") -> Ended:
    """Run Python with these arguments in the project's folder and return how it ended."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=env,
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def manage(*arguments: str, env: dict[str, str], given: str = "") -> Ended:
    return run(MANAGE, *arguments, env=env, given=given)
