"""What was said of the ledger's head, and where: by the database's own checkpoints, the signer's
memory, the anchored notes, and notes that an auditor kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from images.ledger import notes
from images.ledger.heads import Head
from images.ledger.notes import BadNote, VerifierKey
from images.models import Checkpoint
from images.services.verifying.findings import By, Finding, Findings, Kind

_CHUNK = 1_000
_LONGEST_NOTE = 64 * 1024


@dataclass(frozen=True)
class Claim:
    """That the first `size` events had this root."""

    by: By
    where: str
    size: int
    root: bytes
    signed_at: datetime | None = None

    def __str__(self) -> str:
        when = f", signed at {self.signed_at:%Y-%m-%d %H:%M:%S} UTC" if self.signed_at else ""
        return f"{self.where}{when}"

    def is_newer_than(self, other: "Claim | None") -> bool:
        if other is None or other.signed_at is None:
            return self.signed_at is not None
        return self.signed_at is not None and self.signed_at > other.signed_at


@dataclass(frozen=True)
class Anchors:
    """The notes of a folder as far as they were written when the verification began."""

    lengths: tuple[tuple[Path, int], ...]

    @classmethod
    def of(cls, folder: Path | None) -> "Anchors":
        """Raises OSError."""
        if folder is None:
            return cls(())
        files = sorted(folder.glob("*.txt"))
        return cls(tuple((path, path.stat().st_size) for path in files))


def of_memory(head: Head | None) -> Iterator[Claim]:
    if head:
        yield Claim(By.MEMORY, "the signer's memory", head.size, head.root)


def of_rows(keys: Sequence[VerifierKey], last_id: int, findings: Findings) -> Iterator[Claim]:
    """Yield what the database's checkpoints say, up to the one with this id."""
    after = 0
    rows = Checkpoint.objects.order_by("id")
    while chunk := list(rows.filter(id__gt=after, id__lte=last_id)[:_CHUNK]):
        for row in chunk:
            where = f"checkpoint {row.pk} of the database"
            head = _opened(row.note, keys, By.HEAD, where, findings)
            if head is None:
                continue
            if _shown(row) == _signed(head):
                yield Claim(By.HEAD, where, head.size, head.root, head.signed_at)
            else:
                words = f"The columns of {where} are not what its note says."
                findings.add(Finding(Kind.CHECKPOINT, By.HEAD, words))
        after = chunk[-1].pk


def of_anchors(anchors: Anchors, keys: Sequence[VerifierKey], found: Findings) -> Iterator[Claim]:
    """Yield what the anchored notes say. Raises OSError."""
    for path, length in anchors.lengths:
        for number, note in enumerate(notes_in(path, length), start=1):
            where = f"note {number} of {path.name}"
            head = _opened(note, keys, By.ANCHOR, where, found)
            if head:
                yield Claim(By.ANCHOR, where, head.size, head.root, head.signed_at)


def of_auditor(paths: Sequence[Path], keys: Sequence[VerifierKey], found: Findings) -> list[Claim]:
    """Return what an auditor's own notes say, smallest first. Raises OSError."""
    claims = []
    for path in paths:
        for note in notes_in(path, path.stat().st_size):
            head = _opened(note, keys, By.AUDITOR, path.name, found)
            if head:
                claims.append(Claim(By.AUDITOR, path.name, head.size, head.root, head.signed_at))
    return sorted(claims, key=lambda claim: claim.size)


def notes_in(path: Path, length: int) -> Iterator[str]:
    """Yield the notes of a file that holds one after the other, an empty line between them."""
    lines: list[str] = []
    has_signature = False
    with path.open("rb") as file:
        while file.tell() < length and (raw := file.readline(_LONGEST_NOTE)):
            line = raw.decode("utf-8", "replace")
            if line == "\n" and has_signature:
                yield "".join(lines)
                lines, has_signature = [], False
                continue
            lines.append(line)
            has_signature = has_signature or line.startswith("— ")
    if "".join(lines).strip():
        yield "".join(lines)


def _opened(
    note: str, keys: Sequence[VerifierKey], by: By, where: str, findings: Findings
) -> notes.Checkpoint | None:
    """Return what a note says when one of the keys signed it; else None, and a finding."""
    trouble = "No key is known."
    for key in keys:
        try:
            return notes.open_checkpoint(note, key)
        except BadNote as error:
            trouble = str(error)
    words = f"The note in {where} cannot be trusted. {trouble}"
    findings.add(Finding(Kind.CHECKPOINT, by, words))
    return None


def _shown(row: Checkpoint) -> tuple[object, ...]:
    return row.size, bytes(row.root), row.signed_at.replace(microsecond=0)


def _signed(head: notes.Checkpoint) -> tuple[object, ...]:
    return head.size, head.root, head.signed_at
