"""The databases that the matrix runs on: a fresh, filled one for each case."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from django.db import connection, connections


class Server(Protocol):
    """A database server that can be struck; SQLite has none."""

    def crash(self) -> None:
        """Stop it at once, as a power cut would. Source: PostgreSQL, "immediate shutdown"."""

    def start(self) -> None:
        """Start it again; it recovers from its log. Does nothing while it runs."""

    def hang_up(self) -> None:
        """End every connection to the database of the case."""

    def unanswered(self, release: Callable[[], None]) -> contextlib.AbstractContextManager[None]:
        """Let the commit that `release` sets free become durable, and its answer not come.

        The block begins when it is made and waits. It is to end the connection, or the server.
        """

    def log_on(self, disk: Path) -> contextlib.AbstractContextManager[None]:
        """Let the write-ahead log lie on that disk. The block begins and ends with a restart."""

    def write_until_dead(self) -> None:
        """Write log until the server has no room for it and gives up."""


class Database(Protocol):
    """One kind of database. `settings.DATABASES` names the filled one that others copy."""

    name: str

    @property
    def server(self) -> Server:
        """What runs it. Raises LookupError when it is only a file."""

    def fresh(self, folder: Path, disk: Path | None = None) -> str:
        """Make a copy for one case, on that disk if there is one, and return its name."""

    def use_up(self) -> None:
        """Leave no room inside the files that it has already."""

    def url(self, name: str) -> str:
        """Return the address of a copy as DATABASE_URL takes it."""

    def drop(self, name: str) -> None:
        """Remove a copy."""

    def locked(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Let nobody write until the block ends."""

    def faults(self) -> list[str]:
        """Return what the current database itself finds wrong with its content."""


def use_database(name: str) -> None:
    """Let this process work on another database of the same kind."""
    leave_database()
    connections.settings["default"]["NAME"] = name


def leave_database() -> None:
    """Close what this process holds open, so that the database can be copied or dropped."""
    connections.close_all()
    if connection.vendor == "postgresql":
        # its pool would go on with the database that it was made for
        connection.close_pool()  # type: ignore[attr-defined]


class Sqlite:
    """One file for each case."""

    name = "sqlite"

    def __init__(self, filled: Path) -> None:
        self._filled = filled

    @property
    def server(self) -> Server:
        raise LookupError("SQLite has no server")

    def fresh(self, folder: Path, disk: Path | None = None) -> str:
        path = folder / "console.sqlite3"
        shutil.copy(self._filled, path)
        return str(path)

    def url(self, name: str) -> str:
        return f"sqlite:///{name}"

    def use_up(self) -> None:
        """Else the log file has room of its own, left by what was written before.

        A worker that sleeps while it reads holds the log up; then writing goes on at its end.
        """
        name = str(connection.settings_dict["NAME"])
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(name, timeout=0.5)) as other,
        ):
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def drop(self, name: str) -> None:
        """The folder goes, and the file with it."""

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        with contextlib.closing(sqlite3.connect(name, isolation_level=None, timeout=20)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.rollback()

    def faults(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            found = [str(row[0]) for row in cursor.fetchall() if row[0] != "ok"]
            cursor.execute("PRAGMA foreign_key_check")
            return found + [f"a dangling key in {row[0]}" for row in cursor.fetchall()]
