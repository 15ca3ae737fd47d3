"""The product's schedules, shortened, so that a case takes seconds instead of a quarter of an hour.

Only waits change, never an order or a rule. A name that the product no longer has is an error.
"""

import sys
from datetime import timedelta
from types import ModuleType
from typing import Any

from images.scp.errors import Busy
from images.services import following, hosts, reconciling, sending, waking
from scpconsole import crew, database_hands

LOOK_FOR_SECONDS = 3.0
"""How long an unknown request is looked for; 900 in the product."""


def hurry(look_for_seconds: float = LOOK_FOR_SECONDS) -> None:
    """Shorten every wait of this process that a case would have to sit through."""
    soon = timedelta(seconds=0.3)
    _set("FIRST_SEARCH", soon, reconciling)
    _set("_LONGEST_PAUSE", timedelta(seconds=0.6), reconciling)
    _set("SEARCH_FOR", timedelta(seconds=look_for_seconds), reconciling)
    _set("_PAUSES", (soon, soon, timedelta(seconds=0.6)), following)
    _set("FIRST_LOOK", soon, following)
    _set("VISIBLE_WITHIN", timedelta(seconds=2), following)
    _set("_WAKE_AGAIN", timedelta(seconds=1), waking)
    _set("EDGE_SILENCE", timedelta(seconds=1), hosts)
    _set("TICK_SECONDS", 0.2, crew)
    _set("POLL_SECONDS", 0.1, database_hands)
    _shorten_backoff()


def _set(name: str, value: Any, owner: ModuleType) -> None:
    """Put the value in the module that owns the name, and in all that imported it from there."""
    old = getattr(owner, name)
    for module in list(sys.modules.values()):
        is_ours = getattr(module, "__name__", "").startswith(("images.", "scpconsole."))
        if is_ours and getattr(module, name, None) is old:
            setattr(module, name, value)


def _shorten_backoff() -> None:
    """What SCP asks for stands; the console's own growing pause becomes one second."""
    original = sending._wait_seconds

    def wait_seconds(claim: Any, error: Busy) -> int:
        return min(original(claim, error), max(1, error.retry_after_seconds or 0))

    sending._wait_seconds = wait_seconds
