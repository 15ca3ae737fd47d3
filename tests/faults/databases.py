"""The databases that the matrix runs on: a fresh, filled one for each case."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from django.db import connection, connections


class Database(Protocol):
    """One kind of database. `settings.DATABASES` names the filled one that others copy."""

    name: str

    def fresh(self, folder: Path) -> str:
        """Make a copy for one case and return its name in the settings."""

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

    def fresh(self, folder: Path) -> str:
        path = folder / "console.sqlite3"
        shutil.copy(self._filled, path)
        return str(path)

    def url(self, name: str) -> str:
        return f"sqlite:///{name}"

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
