"""Where a worker can be struck, and what strikes it.

The boundaries of the sending and of the reconciling module: each statement, each commit, each
step on the wire. They are wrapped from outside, in the worker process of a case alone.
"""

import http.client
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from images.models.image_request import ImageRequestQuerySet
from images.scp import transport
from images.scp.client import Client
from images.services import reconciling, sending

KILL, STOP, ERROR = "kill", "stop", "error"
# At the wire an error would be invented; what really happens there is in the other cases.
_ERROR_FITS = ("statement", "commit")


@dataclass(frozen=True)
class Trouble:
    """Strike once, at the `nth` crossing of the boundary `where` inside `module`.

    `where` is a name such as "after claim commit", or "any" for every boundary in turn. The
    worker that makes the file `fuse` strikes; with the file there, nothing happens any more.
    """

    where: str
    act: str
    fuse: str = ""
    nth: int = 1
    module: str = "sending"

    def strike(self) -> None:
        try:
            os.close(os.open(self.fuse, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return
        if self.act == ERROR:
            raise OperationalError("struck by the fault matrix")
        if self.act == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        # to this thread: sent to the process, another may take it while this one goes on
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


class Boundaries:
    """Counts crossings in the threads that are inside the module of the trouble."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._crossed = 0
        self._here = threading.local()

    def install(self) -> None:
        """Wrap the product's functions in this process."""
        _around(sending, "send", self._inside("sending"))
        _around(reconciling, "reconcile", self._inside("reconciling"))
        _around(ImageRequestQuerySet, "claim", self._claiming)
        _around(BaseDatabaseWrapper, "_commit", self._committing)
        _around(Client, "create_image", self._crossing("call"))
        _around(transport, "open_wire", self._crossing("connect"))
        _around(http.client.HTTPConnection, "request", self._crossing("request"))
        _around(http.client.HTTPConnection, "getresponse", self._crossing("answer"))
        connection_created.connect(self._watch_statements, weak=False)

    def _inside(self, module: str) -> Callable[..., Any]:
        def run(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            self._here.module, self._here.phase = module, ""
            try:
                return original(*args, **kwargs)
            finally:
                self._here.module = ""

        return run

    def _claiming(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        claim = original(*args, **kwargs)
        if claim:  # a worker that lost the race is not the one to strike
            self._here.phase = "claim"
        return claim

    def _committing(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        phase = getattr(self._here, "phase", "")
        self._cross(f"before {phase} commit")
        done = original(*args, **kwargs)
        self._cross(f"after {phase} commit")
        if phase == "claim":
            self._here.phase = "outcome"
        return done

    def _crossing(self, name: str) -> Callable[..., Any]:
        def run(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            self._cross(f"before {name}")
            try:
                return original(*args, **kwargs)
            finally:
                self._cross(f"after {name}")

        return run

    def _watch_statements(self, connection: Any, **_: Any) -> None:
        """Once for each thread: the wrapper outlives the connection that it was put around, and
        a second one would count every statement twice."""
        if self._run_statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._run_statement)

    def _run_statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any
    ) -> Any:
        phase = getattr(self._here, "phase", "")
        is_in = getattr(self._here, "module", "") and context["connection"].in_atomic_block
        self._cross("inside " + phase if is_in and phase else "before statement")
        return execute(sql, params, many, context)

    def _cross(self, where: str) -> None:
        wanted = self._trouble
        if getattr(self._here, "module", "") != wanted.module:
            return
        if wanted.where != where and not (wanted.where == "any" and _fits(wanted.act, where)):
            return
        self._crossed += 1
        if self._crossed == wanted.nth:
            wanted.strike()


def _fits(act: str, where: str) -> bool:
    return act != ERROR or where.startswith("inside") or where.endswith(_ERROR_FITS)


def _around(owner: Any, name: str, run: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return run(original, *args, **kwargs)

    setattr(owner, name, wrapped)
