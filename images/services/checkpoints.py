"""Publish the ledger's head: signed, remembered by the signer, and kept outside the database.

Contract: docs/ledger.md, section 3.
"""

import logging
import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from images import jobs
from images.ledger import heads
from images.ledger.heads import Head
from images.ledger.merkle import EMPTY_ROOT
from images.ledger.notes import BadNote, open_checkpoint
from images.ledger_key import signing_key
from images.models import AuditEvent, Checkpoint

logger = logging.getLogger(__name__)

SOON = timedelta(seconds=60)
MANY = 100
AT_LEAST_EVERY = timedelta(days=1)
_NOTE = re.compile(r"(?:[^\n]+\n)+\n(?:— [^\n]+\n)+")


class RolledBack(Exception):
    """The data are older than what was signed, or other than that. Its text is one sentence."""


def publish_when_due() -> Checkpoint | None:
    """Publish the head when the rule of docs/ledger.md says so. Raises what `publish` raises."""
    last = Checkpoint.objects.order_by("-id").first()
    size = AuditEvent.objects.size()
    if not _is_due(last, size, timezone.now()):
        return None
    return publish()


def publish_what_is_new() -> Checkpoint | None:
    """Publish when any event is not covered yet. Raises what `publish` raises."""
    last = Checkpoint.objects.order_by("-id").first()
    return publish() if AuditEvent.objects.size() > (last.size if last else 0) else None


def _is_due(last: Checkpoint | None, size: int, now: datetime) -> bool:
    if last is None:
        return size > 0
    age = now - last.signed_at
    if age < timedelta():  # the clock was set back; do not wait until it is there again
        return True
    fresh = size - last.size
    return fresh >= MANY or (fresh > 0 and age >= SOON) or age >= AT_LEAST_EVERY


def publish() -> Checkpoint:
    """Sign the head and publish it. Raises RolledBack instead of signing what contradicts the
    signer's memory; OSError and BadMemory when that memory cannot be read or written."""
    with heads.held(settings.LEDGER_STATE_FILE):
        size = AuditEvent.objects.size()
        compare(_remembered())
        root = AuditEvent.objects.root_at(size)
        now = timezone.now()
        note = signing_key().sign(size=size, root=root, at=now)
        # Remembered before anybody sees it: what was published is never forgotten.
        heads.write(settings.LEDGER_STATE_FILE, Head(size, root))
        checkpoint = Checkpoint.objects.create(size=size, root=root, note=note, signed_at=now)
        _anchor(checkpoint)
    logger.info("checkpoint %d %s", size, root.hex())
    if settings.LEDGER_ANCHOR_URL or settings.LEDGER_ANCHOR_MAIL:
        with transaction.atomic():
            jobs.anchor.enqueue(checkpoint.pk)
    return checkpoint


def acknowledge(*, reason: str) -> Checkpoint:
    """Accept the data as they are, although they contradict the signer's memory, and sign on.

    The event says who remembered what. The old memory is kept beside the new one. Raises OSError,
    and BadMemory when the memory cannot be read.
    """
    path = settings.LEDGER_STATE_FILE
    with heads.held(path):
        remembered = heads.read(path)
        with AuditEvent.objects.act():
            size = AuditEvent.objects.size()
            AuditEvent.objects.append(
                "ledger.acknowledged",
                actor=None,
                facts={
                    "remembered_size": remembered.size if remembered else 0,
                    "remembered_root": remembered.root.hex() if remembered else "",
                    "found_size": size,
                    "found_root": AuditEvent.objects.root_at(size).hex(),
                    "reason": reason,
                },
            )
        heads.lay_aside(path, stamp=f"{timezone.now():%Y%m%dT%H%M%S}")
        size = AuditEvent.objects.size()
        heads.write(path, Head(size, AuditEvent.objects.root_at(size)))
    return publish()


def trouble() -> str:
    """Return a sentence when the data contradict the signer's memory, "" when all is well."""
    try:
        compare(_remembered())
    except (RolledBack, heads.BadMemory, OSError) as found:
        return str(found)
    return ""


def _remembered() -> Head | None:
    """Return the signer's memory. Where the file is gone, what was published is remembered: the
    newest note in the anchor folder, or in the database."""
    kept = heads.read(settings.LEDGER_STATE_FILE)
    return kept or _anchored() or _published()


def _anchored() -> Head | None:
    key = signing_key().verifier
    files = sorted(settings.LEDGER_ANCHOR_DIR.glob("????-??.txt"))
    if not files:
        return None
    newest: Head | None = None
    for note in _NOTE.findall(files[-1].read_text()):
        try:
            said = open_checkpoint(note, key)
        except BadNote:
            continue  # another key's, or damaged: verify_ledger tells of it
        if newest is None or said.size >= newest.size:
            newest = Head(said.size, said.root)
    return newest


def _published() -> Head | None:
    last = Checkpoint.objects.order_by("-id").first()
    return Head(last.size, bytes(last.root)) if last else None


def compare(remembered: Head | None) -> None:
    """Raise RolledBack when the ledger does not extend the remembered head."""
    if remembered is None:
        return
    size = AuditEvent.objects.size()
    if size < remembered.size:
        raise RolledBack(
            f"The signed checkpoint is ahead of the data: {remembered.size} events were signed, "
            f"{size} are there."
        )
    try:
        root = AuditEvent.objects.root_at(remembered.size) if remembered.size else EMPTY_ROOT
    except KeyError:
        root = b""
    if root != remembered.root:
        raise RolledBack(f"The first {remembered.size} events are not the ones that were signed.")


def _anchor(checkpoint: Checkpoint) -> None:
    """Write the note to the month's file, of one's own eyes alone, and see it on the disk."""
    folder = settings.LEDGER_ANCHOR_DIR
    month = checkpoint.signed_at.astimezone(UTC).strftime("%Y-%m")
    heads.add(folder / f"{month}.txt", checkpoint.note + "\n")
