"""PostgreSQL as a database of the matrix: a private cluster, a copy of a template for each case."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from tests.faults.outages import PostgresServer
from tests.postgres import Cluster

_TABLES = """
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'images%'
"""
_ALL_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SMALL = "small_disk"


class Postgresql:
    """One database for each case, in one cluster."""

    def __init__(self, cluster: Cluster, *, filled: str, name: str = "postgresql") -> None:
        self.name = name
        self._cluster = cluster
        self._filled = filled
        self._made = 0
        self._server = PostgresServer(cluster)

    @property
    def server(self) -> PostgresServer:
        return self._server

    def fresh(self, folder: Path, disk: Path | None = None) -> str:
        self._made += 1
        name = f"case{self._made}"
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE {}").format(
            sql.Identifier(name),
            sql.Identifier(self._filled),
            sql.Identifier(self._tablespace(disk) if disk else "pg_default"),
        )
        self._administer(copy)
        # the cluster is a hasty one; what is committed here must outlive the server, though
        durable = sql.SQL("ALTER DATABASE {} SET synchronous_commit = on")
        self._administer(durable.format(sql.Identifier(name)))
        if disk:
            self._widen(name)
        self._current = name
        return name

    def _tablespace(self, disk: Path) -> str:
        place = disk / "tables"
        place.mkdir()
        self._cluster.own(place)
        made = sql.SQL("CREATE TABLESPACE {} LOCATION {}")
        self._administer(made.format(sql.Identifier(_SMALL), sql.Literal(str(place))))
        return _SMALL

    def use_up(self) -> None:
        """There is none, see `_widen`; and a full disk has no room for changing that."""

    def _widen(self, name: str) -> None:
        """Let each new row ask for a page of its own: one has room for a dozen otherwise."""
        with self._connect(name) as inside:
            for table in inside.execute(_ALL_TABLES).fetchall():
                change = sql.SQL("ALTER TABLE {} SET (fillfactor = 10)")
                inside.execute(change.format(sql.Identifier(table[0])))

    def url(self, name: str) -> str:
        return self._cluster.url(name)

    def drop(self, name: str) -> None:
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self._administer(sql.SQL("DROP TABLESPACE IF EXISTS {}").format(sql.Identifier(_SMALL)))

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Reading goes on, as it does on SQLite."""
        with self._connect(name) as other:
            tables = [sql.Identifier(row[0]) for row in other.execute(_TABLES)]
            names = sql.SQL(", ").join(tables)
            other.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(names))
            yield
            other.rollback()

    def faults(self) -> list[str]:
        done = subprocess.run(
            [
                self._cluster.binaries / "pg_amcheck",
                *("--host", self._cluster.folder, "--username", "console"),
                *("--install-missing", "--heapallindexed", self._current),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        return [line for line in done.stdout.splitlines() if line] if done.returncode else []

    def _administer(self, statement: sql.Composed) -> None:
        with self._connect("postgres") as admin:
            admin.autocommit = True
            admin.execute(statement)

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self._cluster.folder), user="console", dbname=name)
