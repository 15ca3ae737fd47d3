"""Play one case in a house of its own and say in one row what was seen."""

import contextlib
import shutil
import time
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path

from django.db import DatabaseError

from images.services.refusal import NotAllowed
from tests.faults.case import Case, courses
from tests.faults.databases import Database
from tests.faults.disks import Skipped, small_disk
from tests.faults.house import Broken, House
from tests.faults.plan import Tally
from tests.faults.promises import broken_promises

LOGS = Path(__file__).resolve().parent.parent.parent / ".artifacts" / "faults"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    case: str
    database: str
    workers: int
    seen: str
    images: int
    seconds: float
    faults: tuple[str, ...] = ()
    skipped: str = ""
    has_struck: bool = False

    @property
    def tally(self) -> Tally:
        if self.skipped:
            return Tally(skipped=1)
        return Tally(failed=1) if self.faults else Tally(passed=1)

    def __str__(self) -> str:
        verdict = f"skipped: {self.skipped}" if self.skipped else "ok"
        if self.faults:
            verdict = "FAILED " + "; ".join(self.faults)
        return (
            f"{self.case:<44} {self.database:<10} {self.workers:>1}  {self.seen:<44} "
            f"{self.images:>3} {self.seconds:>6.1f}  {verdict}"
        )


def play(case: Case, database: Database, workers: int) -> Row:
    """Play the case. Whatever breaks is in the row; nothing is raised but a fault of our own."""
    began = time.monotonic()
    row = Row(case.name, database.name, workers, "", 0, 0)
    try:
        with contextlib.ExitStack() as stack:
            disk = stack.enter_context(small_disk()) if case.needs_small_disk else None
            house = stack.enter_context(House(database, workers=workers, disk=disk))
            faults = _played(case, house)
            house.workers.end()
            house.reconnect()  # a case that broke may have left us without a connection
            faults += case.surprises(house) + broken_promises(house, may_be_slow=case.sleeps)
            seen = " | ".join(sorted({" ".join(each) for each in courses(house)}))
            row = replace(
                row,
                seen=seen,
                images=house.images,
                faults=tuple(faults),
                has_struck=house.has_struck,
            )
            if faults:
                _keep_log(case, house)
    except Skipped as reason:
        row = replace(row, skipped=str(reason))
    return replace(row, seconds=time.monotonic() - began)


def _played(case: Case, house: House) -> list[str]:
    house.workers.set(dict(case.settings), look_for_seconds=case.look_for_seconds)
    house.scp.faults.replace(case.rules)
    trouble = replace(case.trouble, fuse=str(house.fuse)) if case.trouble else None
    try:
        if case.starts_workers:
            house.start_workers(trouble)
        case.play(house)
    except (Broken, DatabaseError, NotAllowed, OSError, HTTPException) as broken:
        return [f"{type(broken).__name__}: {broken}"]
    return []


def _keep_log(case: Case, house: House) -> None:
    """What the workers of a case that failed had to say."""
    if house.log.exists():
        LOGS.mkdir(parents=True, exist_ok=True)
        name = "".join(letter if letter.isalnum() else "-" for letter in case.name)
        shutil.copy(house.log, LOGS / f"{name}-{house.database.name}-{house.worker_count}.log")
