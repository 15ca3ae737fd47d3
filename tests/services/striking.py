"""Strike a service at its n-th boundary: a statement, a commit, or the call to SCP."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import OperationalError, connections

from images.scp.client import Client


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, and what was not committed is lost."""


@dataclass
class Blow:
    """What happens at the boundary number `nth`, counted from 1.

    `is_after` lets the boundary be crossed first: the database has done it and cannot say so.
    `is_lasting` strikes at every later boundary as well, as a database does that stays away.
    """

    nth: int
    error: type[BaseException] = OperationalError
    is_after: bool = False
    is_lasting: bool = False
    crossed: int = 0

    @property
    def was_struck(self) -> bool:
        return self.crossed >= self.nth

    def cross(self, act: Callable[[], Any]) -> Any:
        self.crossed += 1
        is_here = self.crossed == self.nth or (self.is_lasting and self.was_struck)
        if is_here and not self.is_after:
            raise self.error("struck")
        done = act()
        if is_here:
            raise self.error("struck")
        return done


@contextlib.contextmanager
def striking(blow: Blow) -> Iterator[None]:
    """Count the boundaries of the block, and strike at the one that the blow names."""
    connection = connections["default"]

    def statement(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if blow.is_after and sql.startswith("BEGIN"):
            return execute(sql, *rest)  # begun and lost is the same as never begun
        return blow.cross(lambda: execute(sql, *rest))

    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(statement):
        _around(patch, connection, "_commit", blow, mourn=connection._rollback)  # type: ignore[attr-defined]  # the driver's own
        if blow.error is Killed:  # an error of the network is the stand-in's to make
            _around(patch, Client, "create_image", blow)
        with contextlib.suppress(blow.error):
            yield


def _around(
    patch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    blow: Blow,
    mourn: Callable[[], object] = lambda: None,
) -> None:
    """Let `name` cross the blow; `mourn` does what the database does for a process that died."""
    original = getattr(owner, name)

    def struck(*args: Any) -> Any:
        try:
            return blow.cross(lambda: original(*args))
        except Killed:
            mourn()
            raise

    patch.setattr(owner, name, struck)
