"""Hash passwords a few at a time, so that a flood of sign-ins leaves the processor to pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE, MAY_WAIT = 2, 4
_places = threading.BoundedSemaphore(AT_ONCE)
_room = threading.BoundedSemaphore(AT_ONCE + MAY_WAIT)


class TooBusy(Exception):
    """So many passwords are being looked at that this one was not."""


class SteadyHasher(Argon2PasswordHasher):
    """Argon2, at most AT_ONCE of them in a process. One costs a tenth of a second and 100 MB.

    MAY_WAIT more wait their turn. Beyond that `encode` and `verify` raise TooBusy at once: whoever
    waited would hold a thread that pages need.
    """

    def encode(self, password: str, salt: str) -> str:
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn():
            return super().verify(password, encoded)


@contextmanager
def _turn() -> Iterator[None]:
    if not _room.acquire(blocking=False):
        raise TooBusy
    try:
        with _places:
            yield
    finally:
        _room.release()
