"""Copies of whole databases: one for each attack, and the backup of yesterday."""

import itertools
import os
import shutil
from pathlib import Path
from typing import Any

from django.db import connection

from tests.faults.databases import leave_database, use_database

_numbers = itertools.count()


def current() -> str:
    """Return the name of the database that this process works on."""
    return str(connection.settings_dict["NAME"])


def copy_of(name: str, folder: Path) -> str:
    """Copy a database that nobody has open, and return the name of the copy."""
    leave_database()
    if connection.vendor == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        return str(shutil.copy(name, folder / f"{next(_numbers)}.sqlite3"))
    copy = f"copy{os.getpid()}_{next(_numbers)}"
    _administer(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    return copy


def drop(name: str) -> None:
    leave_database()
    if connection.vendor == "sqlite":
        Path(name).unlink()
    else:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def work_on(name: str) -> None:
    use_database(name)


def _administer(statement: str) -> None:
    import psycopg  # not there when only SQLite is used

    known = connection.settings_dict
    parts: dict[str, Any] = {"host": known["HOST"], "user": known["USER"], "dbname": "postgres"}
    with psycopg.connect(**parts, autocommit=True) as admin:
        admin.execute(statement.encode())
