"""Where the current act comes from: the client's address and the id of the HTTP request.

Set by the middleware for a page; empty in the worker, whose acts are the console's own.
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Origin:
    address: str = ""
    request_id: str = ""
    actor: str = ""
    """The pseudonym of who is signed in; what the log says of a person."""


NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current_origin() -> Origin:
    return _current.get()


def set_origin(origin: Origin) -> None:
    _current.set(origin)


def set_actor(actor: str) -> None:
    """Note who acts, once that is known."""
    _current.set(replace(_current.get(), actor=actor))
