"""An environment of its own for the matrix: made-up secrets, a scratch folder, loopback only."""

import base64
import contextlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.postgres import NOT_FOUND, cluster, find_binaries

if TYPE_CHECKING:
    from tests.faults.databases import Database

SECRET_KEY = "made-up-for-the-fault-matrix-0123456789-abcdefghijklmnopqrstuvwxyz"
MASTER = base64.b64encode(b"fault-matrix-0123456789-abcdefgh").decode()
TOTAL_SECONDS = 2


def why_not(database: str) -> str:
    """Return why this machine cannot play on that database, or ""."""
    if database == "sqlite":
        return ""
    if importlib.util.find_spec("psycopg") is None:
        return "requirements-postgres.txt is not installed"
    return "" if find_binaries() else NOT_FOUND


@contextlib.contextmanager
def installed(
    database: str, scratch: Path, *, is_durable: bool = False
) -> Iterator[Callable[[], "Database"]]:
    """Set the environment, and start PostgreSQL when it is wanted; a durable one waits for the
    disk at each commit, as SQLite always does.

    The block gets a function that returns the database once Django has read the environment.
    """
    if database == "sqlite":
        filled = scratch / "filled.sqlite3"
        _set_environment(scratch, database_url=f"sqlite:///{filled}", task_queue="database")
        yield lambda: _sqlite(filled)
        return
    queue = "procrastinate" if database == "procrastinate" else "database"
    with cluster(is_durable=is_durable, log_segment_mib=1) as running:
        _set_environment(scratch, database_url=running.url(), task_queue=queue)

        def postgresql() -> "Database":
            from tests.faults.postgresql import Postgresql  # needs its own requirements

            return Postgresql(running, filled="console", name=database)

        yield postgresql


def _sqlite(filled: Path) -> "Database":
    from tests.faults.databases import Sqlite  # Django reads the environment here

    return Sqlite(filled)


def _set_environment(scratch: Path, *, database_url: str, task_queue: str) -> None:
    """Set what Django's settings read. Call it before anything of Django's is imported."""
    for name in [name for name in os.environ if name.startswith(("SCP_", "CONSOLE_"))]:
        del os.environ[name]
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "SECRET_KEY": SECRET_KEY,
            "KEYRING": MASTER,
            "LEDGER_KEY": MASTER,
            "CONSOLE_DATA_DIR": str(scratch),
            "CONSOLE_URL": "http://127.0.0.1:8000",
            "DATABASE_URL": database_url,
            "TASK_QUEUE": task_queue,
            "DATABASE_LOCK_SECONDS": "20",
            "LOG_LEVEL": "WARNING",
            "SCP_URL_TEMPLATE": "http://127.0.0.1:9",
            "SCP_ALLOW_LOOPBACK": "on",
            "SCP_ENVIRONMENTS": "e=kr-west1",
            "SCP_CONNECT_SECONDS": "1",
            "SCP_READ_SECONDS": str(TOTAL_SECONDS),
            "SCP_TOTAL_SECONDS": str(TOTAL_SECONDS),
            "SCP_PAGE_SECONDS": str(TOTAL_SECONDS),
        }
    )
    (scratch / "static").mkdir(exist_ok=True)
