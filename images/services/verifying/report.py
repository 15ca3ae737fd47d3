"""What a verification is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from images.ledger.merkle import EMPTY_ROOT
from images.ledger.notes import VerifierKey, short_root
from images.services.verifying.findings import By, Findings

# Called now and then with what is counted, how many are done, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Means:
    """What the data are held against, beside the checkpoints among them.

    Without `keys` our own key counts, and those that the ledger itself names in its past.
    """

    anchors: Path | None = None
    memory: Path | None = None
    keys: tuple[VerifierKey, ...] = ()
    earlier: tuple[Path, ...] = ()


@dataclass
class Report:
    """What was verified, and what was found."""

    size: int
    root: bytes = EMPTY_ROOT
    expired: int = 0
    requests: int = 0
    heads: dict[By, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    notes: list[str] = field(default_factory=list)
    """What is in order and should be known all the same."""

    @property
    def is_good(self) -> bool:
        return not self.findings.total

    @property
    def first_bad(self) -> int | None:
        listed = self.findings.listed()
        return listed[0].sequence if listed else None

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": "good" if self.is_good else "bad",
            "sequence": self.first_bad,
            "size": self.size,
            "root": self.root.hex(),
            "short_root": short_root(self.root),
            "expired": self.expired,
            "requests": self.requests,
            "checkpoints": self.heads.get(By.HEAD, 0),
            "anchors": self.heads.get(By.ANCHOR, 0),
            "earlier": self.heads.get(By.AUDITOR, 0),
            "faults": self.findings.total,
            "findings": [finding.as_json() for finding in self.findings.listed()],
            "notes": self.notes,
        }
