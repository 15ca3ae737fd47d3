"""Set up a past that the product never writes: the guards of the records are off meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection

from images import guards


@contextmanager
def unguarded() -> Iterator[None]:
    check_what_is_deferred()
    guards.remove(DEFAULT_DB_ALIAS)
    yield
    check_what_is_deferred()
    guards.install(DEFAULT_DB_ALIAS)


def check_what_is_deferred() -> None:
    """Within a transaction PostgreSQL alters no table that still has foreign keys to check."""
    if connection.vendor == "postgresql":
        connection.check_constraints()
