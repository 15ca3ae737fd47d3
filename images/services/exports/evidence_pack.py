"""The evidence pack: a ZIP file written as a stream. Contract: docs/ledger.md, section 4."""

from collections.abc import Callable, Iterable, Iterator
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from django.utils import timezone

from images import ledger
from images.ledger.canonical import canonical
from images.models import Export
from images.models.audit_event import instant
from images.services.exports.csv_rows import HEADER, csv_rows
from images.services.exports.prover import Prover
from images.services.exports.selection import Selection, rows_of

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Tick = Callable[[int], None]

_HERE = Path(__file__).parent
_LEDGER = Path(ledger.__file__).parent
# Name in the pack, and where it stands.
_VERIFIERS = {
    "verify_export.py": _LEDGER / "verify_export.py",
    "verify.html": _LEDGER.parent.parent / "docs" / "verifier" / "index.html",
}
_BOM = "\ufeff"  # Korean Windows would else take the texts for another encoding
# More rows than this may pass 4 GiB, the end of what plain ZIP files can say; some readers are
# unsure about the other kind, so it is used only then.
_MANY = 50_000


def evidence_pack(export: Export, chosen: Selection, tick: Tick) -> Iterator[bytes]:
    """Yield the pack of the chosen events. `tick` is told of every row, in three passes.

    The first pass says which events still have their bytes, and the others keep to that.
    """
    archive = _Archive(export)
    there, gone = Selection(export.size), Selection(export.size)
    for name, text in _texts(export):
        yield from archive.member(name, [text])
    yield from archive.member("events.jsonl", _events(chosen, there, gone, tick))
    yield from archive.member("proofs.jsonl", _proofs(export, there, tick))
    yield from archive.member("expired.jsonl", _proofs(export, gone, tick))
    yield from archive.member("events.csv", _csv(export, there, tick))
    about = _about(export, count=len(there), expired=len(gone))
    yield from archive.member("export.json", [canonical(about) + b"\n"])
    yield archive.end()


def _texts(export: Export) -> Iterator[tuple[str, bytes]]:
    for name in ("README.ko.txt", "README.en.txt"):
        text = (_HERE / name).read_text(encoding="utf-8")
        yield name, (_BOM + text).replace("\n", "\r\n").encode()
    for name, path in _VERIFIERS.items():
        yield name, path.read_bytes()
    yield "public-key.txt", f"{export.verifier_key}\n".encode()
    yield "checkpoint.txt", export.checkpoint.encode()


def _events(chosen: Selection, there: Selection, gone: Selection, tick: Tick) -> Iterator[bytes]:
    for chunk in chosen.chunks():
        lines = []
        for sequence, content in rows_of(chunk).values_list("sequence", "content"):
            (gone if content is None else there).add(sequence)
            if content is not None:
                lines.append(bytes(content) + b"\n")
        yield b"".join(lines)
        tick(len(chunk))


def _proofs(export: Export, proven: Selection, tick: Tick) -> Iterator[bytes]:
    prover = Prover(export.size)
    for chunk in proven.chunks():
        leaves = dict(rows_of(chunk).values_list("sequence", "leaf_hash"))
        # Written by hand in the canonical form: there is nothing in it to escape or to sort.
        yield b"".join(
            b'{"index":%d,"leaf":"%s","proof":[%s],"sequence":%d}\n'
            % (
                sequence - 1,
                bytes(leaves[sequence]).hex().encode(),
                ",".join([f'"{each}"' for each in proof]).encode(),
                sequence,
            )
            for sequence, proof in prover.proofs(chunk)
        )
        tick(len(chunk))


def _csv(export: Export, there: Selection, tick: Tick) -> Iterator[bytes]:
    yield HEADER
    zone = ZoneInfo(export.time_zone)
    for chunk in there.chunks():
        rows = csv_rows(chunk, language=export.language, zone=zone)
        if len(rows) != len(chunk):
            raise CutOff("The keeping rule took events while the pack was written.")
        yield b"".join(rows)
        tick(len(chunk))


class CutOff(Exception):
    """The file cannot be finished; what was sent of it is no whole file and does not open."""


def _about(export: Export, *, count: int, expired: int) -> dict[str, int | bool | str]:
    return {
        "count": count,
        "expired": expired,
        "size": export.size,
        "is_complete": export.is_complete,
        "filter": export.filter,
        "time_zone": export.time_zone,
        "made_at": instant(export.made_at),
        "maker": str(export.maker_id),
        "export": str(export.pk),
    }


class _Archive:
    """A ZIP file that goes out while it is written."""

    def __init__(self, export: Export) -> None:
        self._out = _Outlet()
        self._zip = ZipFile(self._out, "w")
        self._is_large = export.count + export.expired > _MANY
        made_at = timezone.localtime(export.made_at, ZoneInfo(export.time_zone))
        # The same at every download; ZIP files know no zone, and people expect their own.
        self._time = (*made_at.timetuple()[:5], made_at.second)

    def member(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        info = ZipInfo(name, self._time)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w", force_zip64=self._is_large) as file:
            for piece in pieces:
                file.write(piece)
                yield self._out.take()

    def end(self) -> bytes:
        self._zip.close()
        return self._out.take()


class _Outlet(RawIOBase):
    """What the ZIP file is written to: it cannot seek, and gives up its bytes when asked."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: "ReadableBuffer") -> int:
        before = len(self._bytes)
        self._bytes += content
        return len(self._bytes) - before

    def take(self) -> bytes:
        taken, self._bytes = bytes(self._bytes), bytearray()
        return taken
