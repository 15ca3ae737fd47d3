"""An attack, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from images.services.verifying import By
from tests.tamper.scene import Scene

# Returns the first event that is other than it was, or gone; None when no event is touched.
Play = Callable[[Scene], int | None]


class Fate(StrEnum):
    """What must come of it."""

    FOUND = "found"
    UNSEEN = "not to be seen"  # and docs/ledger.md says so
    GOOD = "rightly good"  # no tampering at all


@dataclass(frozen=True)
class Attack:
    """One attack. `by` is the nearest means by which it must be found."""

    name: str
    play: Play
    fate: Fate
    by: By | None = None
    is_on_the_pack: bool = False


_all: list[Attack] = []


def every() -> list[Attack]:
    """Return all attacks, in the order in which they were written."""
    from tests.tamper import attacks  # noqa: F401  (they register themselves)

    return list(_all)


def found_by(by: By, name: str) -> Callable[[Play], Play]:
    return _register(lambda play: Attack(name, play, Fate.FOUND, by))


def found_in_the_pack(name: str) -> Callable[[Play], Play]:
    return _register(lambda play: Attack(name, play, Fate.FOUND, is_on_the_pack=True))


def unseen(name: str) -> Callable[[Play], Play]:
    return _register(lambda play: Attack(name, play, Fate.UNSEEN))


def harmless(name: str) -> Callable[[Play], Play]:
    return _register(lambda play: Attack(name, play, Fate.GOOD))


def _register(make: Callable[[Play], Attack]) -> Callable[[Play], Play]:
    def register(play: Play) -> Play:
        _all.append(make(play))
        return play

    return register
