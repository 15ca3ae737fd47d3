"""Download an export: a stream that tells how far it is, and that nobody can hold for ever."""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from zoneinfo import ZoneInfo

from django.db import Error as AnyDatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from images.models import AuditEvent, Export, User
from images.services.exports.csv_rows import HEADER, csv_rows
from images.services.exports.evidence_pack import CutOff, Tick, evidence_pack
from images.services.exports.making import NotRecorded
from images.services.exports.selection import Selection, rows_of
from images.services.refusal import NotAllowed
from images.vocabulary import DownloadState, ExportKind

logger = logging.getLogger(__name__)

# Of the web server's threads (16 in docs/deploy.md) so many may be busy with downloads.
AT_ONCE = 2
# Whoever reads slower than this is cut off: the thread is wanted by others.
MOST_SECONDS = 2 * 60 * 60
_PART = 64 * 1024  # no single send is so long that a slow reader would look like a dead one
_TELL_EVERY = 1.0  # seconds
_PASSES = {ExportKind.PACK: 3}

_slots = threading.BoundedSemaphore(AT_ONCE)


class TooMany(Exception):
    """As many downloads as may run are running. `sentence` is translated."""

    def __init__(self) -> None:
        super().__init__("too many downloads")
        self.sentence = _(
            "Other downloads are running, and the server leaves room for its pages. Wait until "
            "one of them has ended."
        )


class Download:
    """The bytes of an export's file, part by part. Whoever has it closes it, read or not."""

    def __init__(self, export: Export, leave: Callable[[], None]) -> None:
        """Take an export whose download is recorded; `leave` is called once, at the end."""
        self._export = export
        self._leave: Callable[[], None] | None = leave
        self._parts = _in_parts(_WRITERS[ExportKind(export.kind)](export, self._tick))
        self._rows = 0
        self._is_whole = False
        self._deadline = time.monotonic() + MOST_SECONDS
        self._told_at = time.monotonic()

    def __iter__(self) -> "Download":
        return self

    def __next__(self) -> bytes:
        """Return the next part. Raises CutOff after MOST_SECONDS or when events were lost
        meanwhile, and django.db.Error; what was sent before is then no whole file, and the browser
        says so."""
        now = time.monotonic()
        if now > self._deadline:
            raise CutOff("The reader was too slow.")
        if now - self._told_at > _TELL_EVERY:
            self._told_at = now
            self._tell(DownloadState.RUNNING)
        try:
            return next(self._parts)
        except StopIteration:
            if has_lost_events(self._export):
                raise CutOff("The keeping rule took events meanwhile.") from None
            self._is_whole = True
            self.close()
            raise

    def close(self) -> None:
        """Let others download, and note how it ended. A second call does nothing."""
        leave, self._leave = self._leave, None
        if leave is None:
            return
        try:
            self._parts.close()
            self._tell(DownloadState.DONE if self._is_whole else DownloadState.STOPPED)
        finally:
            leave()

    def _tick(self, rows: int) -> None:
        self._rows += rows

    def _tell(self, state: DownloadState) -> None:
        """Write down for the page how far it is. The file does not fail for it."""
        now = timezone.now()
        written = self._rows // _PASSES.get(ExportKind(self._export.kind), 1)
        finished = {"finished_at": now} if state == DownloadState.DONE else {}
        try:
            Export.objects.filter(pk=self._export.pk).update(
                download=state, rows_written=written, heard_at=now, **finished
            )
        except AnyDatabaseError:
            logger.warning("the progress of a download could not be written", exc_info=True)


def begin(*, actor: User, export: Export) -> Download:
    """Record that `actor` downloads an export, and return its bytes.

    Raises NotAllowed when the keeping rule took events of it since it was made, TooMany when as
    many as may run are running, NotRecorded when the event cannot be written: then nothing is
    handed out.
    """
    if has_lost_events(export):
        raise NotAllowed(
            _("The keeping rule removed events of this export since it was made. Make a new one.")
        )
    if not _slots.acquire(blocking=False):
        raise TooMany
    try:
        _record(actor, export)
    except AnyDatabaseError as error:
        _slots.release()
        raise NotRecorded(
            _("The download could not be recorded, so nothing was handed out.")
        ) from error
    return Download(export, _slots.release)


def has_lost_events(export: Export) -> bool:
    """Whether chosen events lost their bytes since the export was made.

    The same export would then be another file, and a complete one not be good: the event that
    tells of their removal came after its checkpoint.
    """
    gone = AuditEvent.objects.filter(action="", sequence__lte=export.size)  # index alone
    if export.selection is None:
        return gone.count() > export.expired
    chosen = _chosen(export)
    sequences = gone.order_by().values_list("sequence", flat=True)
    return sum(sequence in chosen for sequence in sequences.iterator()) > export.expired


def _record(actor: User, export: Export) -> None:
    now = timezone.now()
    with AuditEvent.objects.act():
        Export.objects.filter(pk=export.pk).update(
            download=DownloadState.RUNNING,
            rows_written=0,
            started_at=now,
            heard_at=now,
            finished_at=None,
        )
        AuditEvent.objects.append(
            "export.downloaded",
            actor=actor,
            target=export.file_name,
            facts={"export": str(export.pk)},
        )


def _chosen(export: Export) -> Selection:
    bits = export.chosen
    return Selection.of_all(export.size) if bits is None else Selection(export.size, bits)


def _csv(export: Export, tick: Tick) -> Iterator[bytes]:
    yield HEADER
    zone = ZoneInfo(export.time_zone)
    for chunk in _chosen(export).chunks():
        yield b"".join(csv_rows(chunk, language=export.language, zone=zone))
        tick(len(chunk))


def _json_lines(export: Export, tick: Tick) -> Iterator[bytes]:
    """The exact bytes of each event and a newline; those whose bytes are gone have no line."""
    for chunk in _chosen(export).chunks():
        contents = rows_of(chunk).values_list("content", flat=True)
        yield b"".join(bytes(content) + b"\n" for content in contents if content is not None)
        tick(len(chunk))


def _pack(export: Export, tick: Tick) -> Iterator[bytes]:
    return evidence_pack(export, _chosen(export), tick)


_WRITERS = {ExportKind.CSV: _csv, ExportKind.JSON_LINES: _json_lines, ExportKind.PACK: _pack}


def _in_parts(pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
    """Yield the same bytes in parts of one size, but for the last."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= _PART:
            yield bytes(held[:_PART])
            del held[:_PART]
    if held:
        yield bytes(held)
