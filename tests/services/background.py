"""Run a service in threads of its own, each with a database connection of its own."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any
from unittest import mock

from django.db import connection, connections

from images.models import ImageRequest
from images.services.sending import send
from images.vocabulary import State
from scpconsole.sandbox import Sandbox

_PATIENCE_SECONDS = 60


@contextlib.contextmanager
def in_threads(act: Callable[[], None], *, count: int = 1) -> Iterator[None]:
    """Run `act` in threads that start as one; wait for them and raise what any of them raised."""
    barrier = threading.Barrier(count)

    def run() -> None:
        try:
            barrier.wait(_PATIENCE_SECONDS)
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(run) for _ in range(count)]
        yield
        for each in running:
            each.result(_PATIENCE_SECONDS)


@contextlib.contextmanager
def while_sending(asked: ImageRequest, scp: Sandbox) -> Iterator[None]:
    """Send the request in a thread, and hold back SCP's answer until the block ends.

    Whoever holds the stand-in's lock keeps every call waiting, for as long as a test looks around.
    """
    scp.lock.acquire()
    with in_threads(lambda: send(request_id=asked.pk)):
        try:
            wait_for(asked, State.SENDING)
            yield
        finally:
            scp.lock.release()


@contextlib.contextmanager
def locked_database() -> Iterator[Callable[[], None]]:
    """Let nobody else write, as a backup or a stuck process does, until the block ends.

    The block gets a function that unlocks sooner.
    """
    with contextlib.closing(another_connection()) as other:
        if connection.vendor == "sqlite":
            other.execute("BEGIN IMMEDIATE")
        else:
            tables = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            names = ", ".join(name for (name,) in tables.fetchall())
            other.execute("BEGIN")
            other.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        yield lambda: _roll_back(other)


def another_connection() -> Any:
    """Return a connection of the driver's own to the tests' database; it commits by itself."""
    if connection.vendor == "sqlite":
        path = str(connection.settings_dict["NAME"])
        return sqlite3.connect(path, isolation_level=None)
    driver = import_module("psycopg")  # not there when only SQLite is used
    return driver.connect(**connection.get_connection_params(), autocommit=True)


def _roll_back(other: Any) -> None:
    other.execute("ROLLBACK")


@contextlib.contextmanager
def short_patience(seconds: float) -> Iterator[None]:
    """Let every new connection wait no longer than this for what somebody else has locked."""
    options = connections.settings["default"]["OPTIONS"]
    if connection.vendor == "sqlite":
        changes: dict[str, Any] = {"timeout": seconds}
    else:
        changes = {"options": f"-c lock_timeout={int(seconds * 1000)}ms"}
    with mock.patch.dict(options, changes):
        _reconnect()
        yield
    _reconnect()


def _reconnect() -> None:
    """Close what was connected with other options, in this thread and in a pool."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it


def wait_for(asked: ImageRequest, state: State) -> ImageRequest:
    """Return the request once another thread has brought it to `state`."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = ImageRequest.objects.get(pk=asked.pk)
        if found.state == state:
            return found
        time.sleep(0.01)
    raise AssertionError(f"the request never became {state}")
