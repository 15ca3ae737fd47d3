"""Set up a past that the product never writes: the guards of the records are off meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS

from images import guards


@contextmanager
def unguarded() -> Iterator[None]:
    guards.remove(DEFAULT_DB_ALIAS)
    yield
    guards.install(DEFAULT_DB_ALIAS)
