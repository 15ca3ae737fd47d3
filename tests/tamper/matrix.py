"""Write a history, play every attack on a copy of it, print what was seen."""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django

django.setup()
logging.disable(logging.CRITICAL)  # the stand-in tells of each refusal that is wanted here

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import override_settings  # noqa: E402

from images.ledger import verify_export  # noqa: E402
from images.ledger.notes import VerifierKey  # noqa: E402
from images.models import AuditEvent  # noqa: E402
from images.services.verifying import By, Means, Report, verify  # noqa: E402
from tests.faults.databases import leave_database  # noqa: E402
from tests.tamper import copies  # noqa: E402
from tests.tamper.attack import Attack, Fate, every  # noqa: E402
from tests.tamper.history import Auditor, write_history  # noqa: E402
from tests.tamper.scene import Scene  # noqa: E402

_VERIFIER = Path(verify_export.__file__)


@dataclass(frozen=True)
class Seen:
    """What a verification saw. `first` and `last` bound the first bad event."""

    by: str = ""
    first: int | None = None
    last: int | None = None

    @property
    def where(self) -> str:
        if self.first is None:
            return "-"
        return str(self.first) if self.last in (None, self.first) else f"{self.first}-{self.last}"

    def holds(self, sequence: int | None) -> bool:
        """Whether the event that was touched is the one that is named."""
        if sequence is None or self.first is None:
            return True
        return self.first <= sequence <= (self.last or self.first)


@dataclass(frozen=True)
class Row:
    attack: Attack
    seen: Seen
    touched: int | None

    @property
    def is_as_expected(self) -> bool:
        if self.attack.fate is not Fate.FOUND:
            return not self.seen.by
        wanted = "the pack's own proof" if self.attack.is_on_the_pack else self.attack.by
        return self.seen.by == wanted and self.seen.holds(self.touched)

    def __str__(self) -> str:
        verdict = self.attack.fate.value if self.is_as_expected else "MISSED"
        if self.attack.fate is not Fate.FOUND and not self.is_as_expected:
            verdict = "NOT EXPECTED"
        how = f"{self.seen.by or '-':<32} {self.seen.where:<10}"
        return f"{self.attack.name:<72} {how} {verdict}"


class Matrix:
    """One history, and a copy of it for each attack."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder
        self._database = database
        self._original = copies.current()
        self._auditor = Auditor(folder / "auditor")
        self._yesterday = ""
        self._yesterday_size = 0

    def write(self) -> int:
        """Write the history; return how many events it has."""
        call_command("migrate", interactive=False, verbosity=0)
        write_history(self._auditor, back_up=self._back_up)
        return AuditEvent.objects.size()

    def play(self) -> Iterator[Row]:
        yield self._played(Attack("nothing is touched", lambda scene: None, Fate.GOOD))
        for attack in every():
            yield self._played(attack)

    def _back_up(self) -> None:
        self._yesterday_size = AuditEvent.objects.size()
        self._yesterday = copies.copy_of(self._original, self._folder / "backup")
        shutil.copytree(self._ledger, self._folder / "yesterday")
        copies.work_on(self._original)

    @property
    def _ledger(self) -> Path:
        return Path(settings.LEDGER_STATE_FILE).parent

    def _played(self, attack: Attack) -> Row:
        with self._scene() as scene:
            if attack.fate is Fate.GOOD:
                touched = attack.play(scene)
            else:
                with scene.hands_on():
                    touched = attack.play(scene)
            seen = _ask_pack(scene.auditor) if attack.is_on_the_pack else _ask(scene)
            return Row(attack, seen, touched)

    @contextmanager
    def _scene(self) -> Iterator[Scene]:
        folder = self._folder / "scene"
        name = copies.copy_of(self._original, folder)
        shutil.copytree(self._auditor.folder, folder / "auditor")
        shutil.copytree(self._ledger, folder / "ledger")
        scene = Scene(
            folder,
            Auditor(folder / "auditor"),
            self._yesterday,
            self._folder / "yesterday",
            self._yesterday_size,
        )
        copies.work_on(name)
        with override_settings(LEDGER_STATE_FILE=scene.memory, LEDGER_ANCHOR_DIR=scene.anchors):
            yield scene
        copies.drop(copies.current())
        copies.work_on(self._original)
        shutil.rmtree(folder)


def _ask(scene: Scene) -> Seen:
    """Verify as an auditor does at the machine: with the key and the checkpoint of their own."""
    key = VerifierKey.parse(scene.auditor.key.read_text())
    report = verify(
        Means(
            anchors=scene.anchors,
            memory=scene.memory,
            keys=(key,),
            earlier=(scene.auditor.checkpoint,),
        )
    )
    return _seen(report)


def _seen(report: Report) -> Seen:
    if report.is_good:
        return Seen()
    by = next(by for by in By if by in report.findings.by)
    first = report.findings.listed()[0]
    return Seen(by.value, first.sequence, first.through)


def _ask_pack(auditor: Auditor) -> Seen:
    key = auditor.key.read_text()
    command = [sys.executable, "-I", str(_VERIFIER), str(auditor.pack), "--key", key, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    return Seen() if said["verdict"] == "good" else Seen("the pack's own proof", said["sequence"])


def run(folder: Path, database: str) -> int:
    """Print a row for each attack and a last line; return how many were not as expected."""
    matrix = Matrix(folder, database)
    try:
        _say(f"{database}: a history of {matrix.write()} events")
        rows = []
        for row in matrix.play():
            _say(f"{database:<10} {row}")
            rows.append(row)
    finally:
        leave_database()
    _say(f"{database}: {_summary(rows)}")
    return sum(not row.is_as_expected for row in rows)


def _summary(rows: list[Row]) -> str:
    def count(fate: Fate, *, expected: bool = True) -> int:
        return sum(row.attack.fate is fate and row.is_as_expected is expected for row in rows)

    odd = count(Fate.UNSEEN, expected=False) + count(Fate.GOOD, expected=False)
    return (
        f"{count(Fate.FOUND)} found, {count(Fate.FOUND, expected=False)} missed; "
        f"{count(Fate.UNSEEN)} not to be seen (docs/ledger.md), {count(Fate.GOOD)} rightly good, "
        f"{odd} not as expected"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
