"""What is to be played, and how a run is summed up. Nothing here needs Django."""

import argparse
import re
import secrets
from dataclasses import dataclass
from typing import Self

DATABASES = ("sqlite", "postgresql", "procrastinate")
"""The third is PostgreSQL with the other queue behind the same jobs."""
_TALLY = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")


@dataclass(frozen=True)
class Plan:
    """The options of one run; `shard` of `shards` is the part that this process plays."""

    databases: list[str]
    workers: list[int]
    only: list[str]
    kills: int
    seed: int
    shards: int
    shard: int | None

    @classmethod
    def from_command_line(cls) -> Self:
        parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
        parser.add_argument(
            "--databases", nargs="+", choices=DATABASES, default=list(DATABASES[:2])
        )
        parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
        parser.add_argument("--only", nargs="+", default=[""], help="cases named like one of these")
        parser.add_argument("--kills", type=int, default=0, help="kill so often, play no case")
        parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
        parser.add_argument("--shards", type=int, default=1, help="processes for each database")
        parser.add_argument("--shard", type=int, help=argparse.SUPPRESS)
        return cls(**vars(parser.parse_args()))

    def for_child(self, database: str, shard: int) -> list[str]:
        """Return the command line of the process that plays one part on one database."""
        return [
            *("--databases", database, "--shards", str(self.shards), "--shard", str(shard)),
            *("--workers", *map(str, self.workers), "--only", *self.only),
            *("--kills", str(self.kills), "--seed", str(self.seed)),
        ]

    def names(self, case: str) -> bool:
        """Whether the case, or the sweep, of that name is wanted."""
        return any(part in case for part in self.only)

    def is_mine(self, number: int) -> bool:
        return number % self.shards == self.shard


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @classmethod
    def read(cls, line: str) -> "Tally | None":
        found = _TALLY.fullmatch(line.strip())
        return cls(*(int(part or 0) for part in found.groups())) if found else None

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"
