"""What can happen to a PostgreSQL server: it dies, hangs up, or leaves a commit unanswered."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from tests.postgres import Cluster

_PATIENCE_SECONDS = 15
_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname LIKE 'case%' AND pid != pg_backend_pid()
"""
_OLDEST = """
    SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND backend_xid IS NOT NULL
    ORDER BY xact_start LIMIT 1
"""
# Source: PostgreSQL, "Wait Events of Type IPC"
_HELD = "SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = %s"


class PostgresServer:
    """The server of a private cluster, in the hands of a case."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def crash(self) -> None:
        self._cluster.stop(signal.SIGQUIT)

    def start(self) -> None:
        if not self._cluster.is_running:
            self._cluster.start()

    def hang_up(self) -> None:
        self._administer(_OTHERS)

    @contextlib.contextmanager
    def unanswered(self, release: Callable[[], None]) -> Iterator[None]:
        """Wait for a standby that does not exist: a commit is on disk, its answer is not sent."""
        self._administer("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        self._administer("SELECT pg_reload_conf()")
        with self._connect() as admin:
            writer = admin.execute(_OLDEST).fetchone()
            assert writer, "no transaction waits for its commit"
            release()
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while admin.execute(_HELD, writer).fetchone() != (True,):
                assert time.monotonic() < deadline, "the commit is not held"
                time.sleep(0.02)
        self._administer("ALTER SYSTEM RESET synchronous_standby_names")
        yield  # loading that now would answer the commit
        self._administer("SELECT pg_reload_conf()")

    @contextlib.contextmanager
    def log_on(self, disk: Path) -> Iterator[None]:
        here, there = self._cluster.folder / "data" / "pg_wal", disk / "pg_wal"
        self._cluster.stop()
        _move(here, there)
        here.symlink_to(there)
        self._cluster.own(there)
        self._cluster.start()
        try:
            yield
        finally:
            self._cluster.stop()
            here.unlink()
            _move(there, here)
            self._cluster.start()

    def write_until_dead(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._cluster.is_running:
            assert time.monotonic() < deadline, "the server lives without room for its log"
            with contextlib.suppress(psycopg.OperationalError), self._connect() as admin:
                while True:
                    admin.execute("SELECT pg_logical_emit_message(false, '', repeat('x', 500000))")
            time.sleep(0.05)

    def _administer(self, statement: str) -> None:
        with self._connect() as admin:
            admin.execute(statement)

    def _connect(self) -> psycopg.Connection:
        folder = str(self._cluster.folder)
        return psycopg.connect(host=folder, user="console", dbname="postgres", autocommit=True)


def _move(folder: Path, place: Path) -> None:
    """Move a folder to another file system; its files keep their owner."""
    owner = folder.stat()
    shutil.copytree(folder, place)
    for path in (place, *place.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    place.chmod(0o700)
    shutil.rmtree(folder)
