"""Connections that PostgreSQL broke, as by a restart: nobody who asks afterwards notices."""

import threading
import time

import pytest
from django.db import connection
from psycopg_pool import PoolTimeout

from images.models import User
from tests.services.background import in_threads

if connection.vendor != "postgresql":
    pytest.skip("only PostgreSQL has a pool", allow_module_level=True)
pytestmark = pytest.mark.django_db(transaction=True)

IDLE = 8


def fill_the_pool() -> None:
    """Use as many connections at once as shall lie idle afterwards."""
    together = threading.Barrier(IDLE)

    def use_one() -> None:
        User.objects.count()
        together.wait(20)
        connection.close()

    with in_threads(use_one, count=IDLE):
        pass


def break_the_others() -> int:
    """Return how many connections the server ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        (ended,) = cursor.fetchone()
    return int(ended)


def test_many_broken_connections_cost_nobody_an_error_or_seconds() -> None:
    fill_the_pool()
    assert break_the_others() >= IDLE - 1
    took: list[float] = []

    def ask() -> None:
        began = time.monotonic()
        try:
            assert User.objects.count() == 0
        finally:
            connection.close()
        took.append(time.monotonic() - began)

    with in_threads(ask, count=IDLE):
        pass
    assert len(took) == IDLE
    assert max(took) < 5, took


def test_the_pool_by_itself_gives_up() -> None:
    """Why there is a wrapper of our own: goes when the pool has learned it."""
    pool = connection.pool  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    checked = type(pool)(
        kwargs=pool.kwargs, min_size=IDLE, max_size=IDLE, timeout=3, check=pool.check_connection
    )
    with checked:
        checked.wait(10)
        break_the_others()
        with pytest.raises(PoolTimeout):
            checked.getconn()
