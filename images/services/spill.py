"""Answers that the database cannot take, kept in a small file until it can.

Each process holds one file of fixed slots, written full of zeros beforehand, so that neither a full
disk nor a locked database stands in the way of keeping an answer. A slot holds the outcome of one
attempt, without secrets, under a checksum. The ticker plays it into the database as soon as that
works, and takes over the files of processes that are gone.
"""

import fcntl
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DataError, IntegrityError

from images.models import ImageRequest
from images.services import outcomes
from images.services.outcome import Outcome

logger = logging.getLogger(__name__)

SLOTS = 16
SLOT_BYTES = 192 * 1024  # 64 KiB of body in base64, its headers, and room
# Another database's answer, or another release's: no later try will take it.
_UNPLAYABLE = (ImageRequest.DoesNotExist, DataError, KeyError, TypeError, ValueError)
_HEAD_BYTES = 8 + 32  # length, SHA-256
_MOST_FILES = 64


class SpillFile:
    """One preallocated file that this process alone writes."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._lock = threading.Lock()

    @classmethod
    def take(cls, path: Path) -> "SpillFile | None":
        """Open the file if no living process holds it; made and filled with zeros if missing."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _fill(handle)
        except OSError:
            os.close(handle)
            return None
        return cls(path, handle)

    def close(self) -> None:
        os.close(self._handle)

    def keep(self, record: dict[str, Any]) -> bool:
        """Write the record into a free slot, durably; False when there is none or it is too big."""
        raw = json.dumps(record).encode()
        if len(raw) > SLOT_BYTES - _HEAD_BYTES:
            return False
        with self._lock:
            free = next((slot for slot in range(SLOTS) if not self._length(slot)), None)
            if free is None:
                return False
            start = free * SLOT_BYTES
            head = len(raw).to_bytes(8, "big") + hashlib.sha256(raw).digest()
            os.pwrite(self._handle, raw, start + _HEAD_BYTES)
            os.pwrite(self._handle, head, start)
            os.fsync(self._handle)
        return True

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield what is kept, by slot; a half-written slot is no record."""
        for slot in range(SLOTS):
            length = self._length(slot)
            if not 0 < length <= SLOT_BYTES - _HEAD_BYTES:
                continue
            head = os.pread(self._handle, _HEAD_BYTES, slot * SLOT_BYTES)
            raw = os.pread(self._handle, length, slot * SLOT_BYTES + _HEAD_BYTES)
            if hashlib.sha256(raw).digest() == head[8:]:
                yield slot, json.loads(raw)

    def clear(self, slot: int) -> None:
        os.pwrite(self._handle, bytes(_HEAD_BYTES), slot * SLOT_BYTES)
        os.fsync(self._handle)

    def _length(self, slot: int) -> int:
        return int.from_bytes(os.pread(self._handle, 8, slot * SLOT_BYTES), "big")


_own: list[SpillFile] = []


def prepare() -> None:
    """Take a spill file for this process. Raises OSError when none can be made.

    A worker calls it before it sends anything: later the disk may be full.
    """
    if _own:
        return
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(_MOST_FILES):
        taken = SpillFile.take(folder / f"{number}.spill")
        if taken:
            _own.append(taken)
            return
    raise OSError(f"No spill file can be had in {folder}.")


def keep(*, request_id: UUID, attempt: int, outcome: Outcome) -> None:
    """Keep an outcome that the database did not take. Never raises: the log is the last resort."""
    record: dict[str, Any] = {
        "request_id": str(request_id),
        "attempt": attempt,
        "outcome": outcome.as_json(),
    }
    try:
        prepare()
        is_kept = _own[0].keep(record)
    except OSError:
        logger.exception("the spill file cannot be written")
        is_kept = False
    if not is_kept:
        exchange = record["outcome"]["exchange"]
        exchange["body"] = ""  # a log holds no bodies; status, ids and verdict tell enough
        logger.critical("an answer is kept in this line alone: %s", json.dumps(record))


def replay() -> int:
    """Play every kept outcome into the database; return how many it took.

    Raises django.db.Error when the database still takes nothing; what is left stays kept.
    """
    played = 0
    for spilled, is_own in _files():
        try:
            played += _replay(spilled)
        finally:
            if not is_own:
                spilled.close()
    return played


def is_waiting() -> bool:
    """Whether an answer on this machine waits for the database. Reads, and locks nothing."""
    for path in _folder().glob("*.spill"):
        with path.open("rb") as content:
            for slot in range(SLOTS):
                content.seek(slot * SLOT_BYTES)
                if any(content.read(8)):
                    return True
    return False


def _replay(spilled: SpillFile) -> int:
    played = 0
    for slot, record in spilled.records():
        try:
            claim = ImageRequest.objects.get(pk=record["request_id"])
            claim.attempt = record["attempt"]
            outcomes.record(claim, Outcome.from_json(record["outcome"]))
            played += 1
        except IntegrityError:
            # A rule that another row breaks now; that row moves on.
            logger.exception("a kept answer does not fit the database now: slot %s", slot)
            continue
        except _UNPLAYABLE:
            logger.exception("a kept answer does not fit the database and is set aside")
            _set_aside(record)
        spilled.clear(slot)
    return played


def _set_aside(record: dict[str, Any]) -> None:
    """Move an answer to a file that people read. Raises OSError; then it stays where it is."""
    with (_folder() / "set-aside.jsonl").open("a") as lines:
        lines.write(f"{json.dumps(record)}\n")
        lines.flush()
        os.fsync(lines.fileno())


def _files() -> Iterator[tuple[SpillFile, bool]]:
    """Yield our own file, and those whose process is gone; the living keep theirs locked."""
    yield from ((spilled, True) for spilled in _own)
    own = {spilled.path for spilled in _own}
    for path in sorted(_folder().glob("*.spill")):
        spilled = None if path in own else SpillFile.take(path)
        if spilled:
            yield spilled, False


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "spill"


def _fill(handle: int) -> None:
    """Write zeros to the whole length that is missing, so that the disk's blocks are ours."""
    size = os.fstat(handle).st_size
    while size < SLOTS * SLOT_BYTES:
        size += os.pwrite(handle, bytes(SLOT_BYTES), size)
    os.fsync(handle)
