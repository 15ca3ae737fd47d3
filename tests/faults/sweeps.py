"""Strike at every boundary in turn: the first, the second, ... until a run ends untouched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.faults.boundaries import ERROR, KILL, Trouble
from tests.faults.case import Case
from tests.faults.house import House, require
from tests.faults.hurry import LOOK_FOR_SECONDS

ACCEPTED = "recorded sending accepted"
ADOPTED = "recorded sending unknown adopted"
NOT_MADE = "recorded sending unknown not_made"


@dataclass(frozen=True)
class Sweep:
    """One module, one act, and what may come of it wherever it strikes."""

    name: str
    trouble: Trouble
    says: str
    images: int | range
    rules: tuple[Mapping[str, Any], ...] = ()

    def case(self, nth: int) -> Case:
        trouble = Trouble("any", self.trouble.act, nth=nth, module=self.trouble.module)
        return Case(
            f"{self.name} at boundary {nth}",
            self.says,
            self.images,
            rules=self.rules,
            trouble=trouble,
            # looks are alike, and each has a dozen boundaries: as few as settle it
            look_for_seconds=0.5 if self.images == 0 else LOOK_FOR_SECONDS,
            check=_one_call,
        )


def every() -> Iterator[Sweep]:
    for act, word in ((KILL, "kill -9"), (ERROR, "database error")):
        yield Sweep(
            f"{word} in sending",
            Trouble("any", act),
            f"{ACCEPTED} | {ADOPTED} | {NOT_MADE}",
            range(2),
        )
        for action, says, images in (("drop_after", ADOPTED, 1), ("drop_before", NOT_MADE, 0)):
            yield Sweep(
                f"{word} in reconciling, {'one' if images else 'none'} to find",
                Trouble("any", act, module="reconciling"),
                says,
                images,
                ({"kind": "create_image", "action": action},),
            )


def _one_call(house: House) -> None:
    require(house.posts <= 1, f"{house.posts} calls reached SCP")
