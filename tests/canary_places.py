"""Where a key pair may be left lying, and the search through each of these places."""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from tests.canary import Canary

Place = tuple[str, bytes]


class Search:
    """Collects what was found, with where it was."""

    def __init__(self, canary: Canary) -> None:
        self.canary = canary
        self.hits: list[str] = []
        self.looked_at = 0

    def look(self, where: str, content: bytes | str) -> None:
        self.looked_at += 1
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        self.hits += [f"{where}: {name}" for name in self.canary.found_in(raw)]

    def look_into(self, places: Iterator[Place]) -> int:
        """Look into each, and return how many they were."""
        before = self.looked_at
        for where, content in places:
            self.look(where, content)
        return self.looked_at - before

    def look_into_files(self, folder: Path) -> None:
        """A folder without one file would be a search that cannot find anything."""
        assert any(folder.rglob("*")), folder
        self.hits += self.canary.found_in_files(folder)


def table_rows() -> Iterator[Place]:
    """Every row of every table of the database that Django is connected to."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                yield f"table {table}", b"\n".join(map(_bytes, row))


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode("utf-8", "surrogatepass")


def postgres_files() -> Iterator[Place]:
    """The files of PostgreSQL itself, its write-ahead log among them, where we may read them."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
    if os.access(folder, os.R_OK | os.X_OK):
        for path in (each for part in ("base", "pg_wal") for each in (folder / part).rglob("*")):
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                yield str(path), path.read_bytes()


def sqlite_copies(path: Path, folder: Path) -> Iterator[Place]:
    """The dump of a database file, and its backup as docs/deploy.md has it made."""
    copy = folder / "backup.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as opened:
        yield "the dump", "\n".join(opened.iterdump()).encode("utf-8", "surrogatepass")
        opened.execute("VACUUM INTO ?", [str(copy)])
    yield "the backup", copy.read_bytes()


def postgres_dump(name: str) -> Iterator[Place]:
    """What pg_dump writes of a database on the tests' server."""
    server = connection.settings_dict
    command = ["pg_dump", "--host", server["HOST"], "--username", server["USER"], name]
    done = subprocess.run(command, capture_output=True, check=True)
    yield "the dump", done.stdout


def processes() -> Iterator[Place]:
    """Command line and environment of every process that we may see."""
    for folder in Path("/proc").glob("[0-9]*"):
        for part in ("cmdline", "environ"):
            with contextlib.suppress(FileNotFoundError, PermissionError, ProcessLookupError):
                yield f"{part} of process {folder.name}", (folder / part).read_bytes()
