"""Prove events: that each is a leaf of the tree whose head was signed last.

Contract: docs/ledger.md, sections 1 to 3. What is read here may have been changed by a stranger's
hand; whatever stands in it, the answer is a verdict and never a fault.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from images.ledger import merkle
from images.ledger.canonical import canonical
from images.ledger.notes import BadNote, open_checkpoint
from images.ledger.notes import Checkpoint as Head
from images.ledger_key import signing_key
from images.models import AuditEvent, Checkpoint

Rows = dict[int, tuple[bytes, bytes]]


class Verdict(StrEnum):
    """What the proof of one event came to; the first that holds."""

    CHANGED = "changed"  # its bytes do not give its leaf hash, or are gone without the rule
    MISSHOWN = "misshown"  # its columns are not what its bytes say
    WAITING = "waiting"  # no checkpoint covers it yet
    UNSIGNED = "unsigned"  # the newest checkpoint is not ours
    ASTRAY = "astray"  # it does not lead to the root that was signed
    PROVEN = "proven"


BROKEN = frozenset({Verdict.CHANGED, Verdict.MISSHOWN, Verdict.UNSIGNED, Verdict.ASTRAY})


@dataclass(frozen=True)
class Proof:
    """An event, what its proof came to, and what it was held against."""

    event: AuditEvent
    verdict: Verdict
    checkpoint: Checkpoint | None
    hashes: tuple[bytes, ...] | None = None
    """From the leaf upwards; None where no checkpoint covers the event or rows are missing."""

    @property
    def is_broken(self) -> bool:
        return self.verdict in BROKEN

    @property
    def is_readable(self) -> bool:
        """Whether bytes and columns are as they were written, so that they may be told in words."""
        return self.are_columns_true and not self.event.is_expired

    @property
    def are_columns_true(self) -> bool:
        """Whether what pages show is what the bytes say; nothing is shown of bytes that went."""
        return self.verdict not in (Verdict.CHANGED, Verdict.MISSHOWN)

    @property
    def leaf(self) -> str:
        return bytes(self.event.leaf_hash).hex()

    @property
    def text(self) -> str:
        """The event's exact bytes as text; "" once they are gone."""
        return bytes(self.event.content or b"").decode("utf-8", "replace")

    @property
    def hex_hashes(self) -> list[str]:
        return [each.hex() for each in self.hashes or ()]

    def as_json(self) -> dict[str, Any]:
        """Return the proof as it is handed out. Values of canonical JSON."""
        return {
            "sequence": self.event.sequence,
            "index": self.event.sequence - 1,
            "event": None if self.event.is_expired else self.text,
            "leaf": self.leaf,
            "proof": self.hex_hashes,
            "checkpoint": self.checkpoint.note if self.checkpoint else None,
        }


def newest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-id").first()


def prove(events: Sequence[AuditEvent]) -> list[Proof]:
    """Return a proof of each, all against the newest checkpoint. A few queries, however many."""
    checkpoint = newest_checkpoint()
    head = _head(checkpoint)
    size = head.size if head else 0
    covered = [event.sequence for event in events if event.sequence <= size]
    hashes = _inclusion_proofs(covered, size)
    removed_through = _removed_through() if any(event.is_expired for event in events) else 0
    found = []
    for event in events:
        path = hashes.get(event.sequence)
        verdict = _own_fault(event, removed_through) or _verdict(event, checkpoint, head, path)
        found.append(Proof(event, verdict, checkpoint, path))
    return found


def _head(checkpoint: Checkpoint | None) -> Head | None:
    """Return what was signed; None when the note is not ours or its row says something else."""
    if checkpoint is None:
        return None
    try:
        head = open_checkpoint(checkpoint.note, signing_key().verifier)
    except BadNote:
        return None
    is_same = (head.size, head.root) == (checkpoint.size, bytes(checkpoint.root))
    return head if is_same else None


def _own_fault(event: AuditEvent, removed_through: int) -> Verdict | None:
    """Return what is wrong with the row by itself; None when nothing is."""
    if event.content is None:
        return Verdict.CHANGED if event.sequence > removed_through else None
    content = bytes(event.content)
    if merkle.leaf_hash(content) != bytes(event.leaf_hash):
        return Verdict.CHANGED
    return None if _says_the_same(event, content) else Verdict.MISSHOWN


def _says_the_same(event: AuditEvent, content: bytes) -> bool:
    try:
        facts = json.loads(content)["facts"]
        return canonical(event.members(facts)) == content
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _verdict(
    event: AuditEvent,
    checkpoint: Checkpoint | None,
    head: Head | None,
    path: tuple[bytes, ...] | None,
) -> Verdict:
    if checkpoint is None or event.sequence > checkpoint.size:
        return Verdict.WAITING
    if head is None:
        return Verdict.UNSIGNED
    leaf = bytes(event.leaf_hash)
    if path is None:
        return Verdict.ASTRAY
    root = merkle.root_from_proof(leaf, event.sequence - 1, head.size, path)
    return Verdict.PROVEN if root == head.root else Verdict.ASTRAY


def _inclusion_proofs(sequences: list[int], size: int) -> dict[int, tuple[bytes, ...]]:
    """Return the proof of each whose rows are all there. Source: RFC 6962, section 2.1.1."""
    parts = {
        sequence: [merkle.whole_subtrees(*each) for each in merkle.proof_ranges(sequence - 1, size)]
        for sequence in sequences
    }
    rows = _rows({last for each in parts.values() for part in each for _level, last in part})
    found = {}
    for sequence, each in parts.items():
        try:
            found[sequence] = tuple(_root(part, rows) for part in each)
        except KeyError:
            continue
    return found


def _root(part: list[merkle.Node], rows: Rows) -> bytes:
    return merkle.joined(merkle.read_nodes(part, lambda _wanted: rows))


def _rows(indexes: set[int]) -> Rows:
    if not indexes:
        return {}
    wanted = AuditEvent.objects.filter(sequence__in=[index + 1 for index in indexes])
    rows = wanted.values_list("sequence", "leaf_hash", "subtrees")
    return {sequence - 1: (bytes(leaf), bytes(tops)) for sequence, leaf, tops in rows}


def _removed_through() -> int:
    """Return the last sequence that the keeping rule took bytes of."""
    runs = AuditEvent.objects.filter(action="retention.applied", content__isnull=False)
    last = runs.order_by("-sequence").first()
    return _through(last) if last else 0


def removal_of(event: AuditEvent) -> AuditEvent | None:
    """Return the run of the keeping rule that took the event's bytes."""
    runs = AuditEvent.objects.filter(
        action="retention.applied", content__isnull=False, sequence__gt=event.sequence
    )
    return next((run for run in runs.order_by("sequence") if _through(run) >= event.sequence), None)


def _through(run: AuditEvent) -> int:
    try:
        through = json.loads(bytes(run.content or b""))["facts"]["through"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    return through if isinstance(through, int) else 0
