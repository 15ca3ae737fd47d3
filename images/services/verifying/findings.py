"""What a verification found: each fault with its place, and by what it shows."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class By(StrEnum):
    """By what a fault shows, the nearest first: each next one is kept farther from the database."""

    DATA = "the data alone"
    HEAD = "a signed head"
    MEMORY = "the signer's memory"
    ANCHOR = "an anchor"
    AUDITOR = "an auditor's own checkpoint"


class Kind(StrEnum):
    """What is wrong; the keys of `--json`."""

    GAP = "gap"  # an event is missing, or a row stands where none may
    EVENT = "event"  # the bytes are no event
    EXPIRED = "expired"  # the bytes are gone, and the keeping rule did not take them
    COLUMN = "column"  # a shown column is not what the bytes say
    LEAF = "leaf"  # the leaf hash is not that of the bytes
    TREE = "tree"  # a kept hash of the tree is not that of its leaves
    SIZE = "size"  # fewer events than were signed
    ROOT = "root"  # other events than were signed
    CHECKPOINT = "checkpoint"  # a checkpoint is not signed by our key, or its row says otherwise
    DROPPED = "dropped"  # a checkpoint that was published is not in the database
    MEMORY = "memory"  # the signer's memory cannot be read
    REFERENCE = "reference"  # a person, key or request that an event names is not there
    PERSON = "person"  # a person's role is not the one that an event gave
    FACTOR = "factor"  # a second factor is stored or gone, and no event tells of it
    KEY = "key"  # an access key is in use, out of use or marked otherwise than an event says
    REQUEST = "request"  # a request's row is not what its events say
    CALL = "call"  # a kept call or answer is not what its events say


@dataclass(frozen=True)
class Finding:
    """One fault. `sequence` is the first event that it may concern, `through` the last; None where
    no event is at fault."""

    kind: Kind
    by: By
    sentence: str
    sequence: int | None = None
    through: int | None = None

    @property
    def rank(self) -> tuple[bool, int]:
        return self.sequence is None, self.sequence or 0

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "kind": self.kind.value, "by": self.by.value}


MOST_LISTED = 20


@dataclass
class Findings:
    """The faults so far. All are counted; those of the lowest sequences are kept."""

    total: int = 0
    by: set[By] = field(default_factory=set)
    _kept: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        self.total += 1
        self.by.add(finding.by)
        self._kept.append(finding)
        if len(self._kept) > 10 * MOST_LISTED:
            self._kept = self.listed()

    def listed(self) -> list[Finding]:
        """Return at most twenty, the lowest sequence first."""
        return sorted(self._kept, key=lambda finding: finding.rank)[:MOST_LISTED]

    def any_within(self, through: int) -> bool:
        """Whether a fault up to this event is known already."""
        return any(each.sequence and each.sequence <= through for each in self._kept)
