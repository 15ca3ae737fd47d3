"""One case of the matrix: what goes wrong, how it is played, what must have come of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.boundaries import Trouble
from tests.faults.house import Broken, House
from tests.faults.hurry import LOOK_FOR_SECONDS

Play = Callable[[House], None]


def ask_and_settle(house: House) -> None:
    """The plain course: workers run, one person asks, all is left to settle."""
    house.ask()
    house.settle()


@dataclass(frozen=True)
class Case:
    """`says` holds the timelines that are right, in the words of the events, separated by |.

    `status`, `ready`, `gone` (the following of an accepted image) are left out of them. Every
    request of the case must have one of these timelines; `images` says how many images there may
    be in all. `rules` are faults of the stand-in, `trouble` strikes a worker. `play` drives the
    case; `check` looks at what the timelines do not tell.
    """

    name: str
    says: str
    images: int | range
    play: Play = ask_and_settle
    rules: Sequence[Mapping[str, Any]] = ()
    trouble: Trouble | None = None
    check: Play | None = None
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    starts_workers: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    sleeps: bool = False
    """Whether a worker is stopped in the middle, so that its clock runs on during a call."""
    look_for_seconds: float = LOOK_FOR_SECONDS
    needs_small_disk: bool = False

    def surprises(self, house: House) -> list[str]:
        """Return where the outcome differs from what the case says."""
        right = [course.split() for course in self.says.split("|")]
        found = [
            f"the timeline is {' '.join(course)}"
            for course in courses(house)
            if course not in right
        ]
        most = self.images if isinstance(self.images, range) else (self.images,)
        if house.images not in most:
            found.append(f"{house.images} images instead of {_words(self.images)}")
        if self.trouble and not house.has_struck:
            found.append("the worker never came to the place where it was to be struck")
        return found + _complaints(self.check, house)


def courses(house: House) -> list[list[str]]:
    """Return the timeline of each request, without the following of its image."""
    followed = {"status", "ready", "failed", "gone"}
    return [
        [action for action in house.path(asked) if action not in followed]
        for asked in house.requests
    ]


def _complaints(check: Play | None, house: House) -> list[str]:
    try:
        if check:
            check(house)
    except Broken as broken:
        return [str(broken)]
    return []


def _words(images: int | range) -> str:
    return str(images) if isinstance(images, int) else f"{images[0]} to {images[-1]}"
