"""A history to verify, and what verifying says of it."""

from collections.abc import Iterator

from django.utils import timezone

from images.ledger import merkle
from images.ledger.canonical import canonical
from images.models import AuditEvent
from images.services.verifying import Report


def happen(times: int = 1) -> None:
    """Let so many things happen in one act."""
    with AuditEvent.objects.act():
        for number in range(times):
            AuditEvent.objects.append("key.tested", actor=None, target=f"key {number}")


def sentences(report: Report) -> list[str]:
    """Return what was found, the lowest sequence first."""
    return [finding.sentence for finding in report.findings.listed()]


def made(count: int) -> Iterator[AuditEvent]:
    """Yield so many events as `append` would write them, for one insert of many."""
    tree = merkle.Frontier()
    for sequence in range(1, count + 1):
        event = AuditEvent(sequence=sequence, at=timezone.now(), action="key.tested")
        event.content = canonical(event.members({"number": sequence}))
        event.leaf_hash = merkle.leaf_hash(event.content)
        event.subtrees = b"".join(tree.add(event.leaf_hash))
        yield event
