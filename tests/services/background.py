"""Run a service in threads of its own, each with a database connection of its own."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from django.db import connections

from images.models import ImageRequest
from images.vocabulary import State

_PATIENCE_SECONDS = 20


@contextlib.contextmanager
def in_threads(act: Callable[[], None], *, count: int = 1) -> Iterator[None]:
    """Run `act` in threads that start as one; wait for them and raise what any of them raised."""
    barrier = threading.Barrier(count)
    failures: list[BaseException] = []

    def run() -> None:
        barrier.wait(_PATIENCE_SECONDS)
        try:
            act()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join(_PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a thread does not end"
    if failures:
        raise failures[0]


def wait_for(asked: ImageRequest, state: State) -> ImageRequest:
    """Return the request once another thread has brought it to `state`."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = ImageRequest.objects.get(pk=asked.pk)
        if found.state == state:
            return found
        time.sleep(0.01)
    raise AssertionError(f"the request never became {state}")
