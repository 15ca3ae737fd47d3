"""Check an evidence pack of the SCP image console.

    python verify_export.py PACK [--key VKEY] [--earlier FILE ...] [--json]

PACK is the ZIP file or the folder that it unpacks to. A FILE holds earlier checkpoints: one, or
many as in the files of the console's anchor folder. The exit code is 0 for a good pack, 1 for a bad
one, 2 when nothing can be said (a wrong argument, a file that cannot be read).

This file needs Python 3.8 or later and nothing else. It sends nothing, writes nothing, and reads
line by line, so the size of a pack does not matter. What it checks, and in which order, is
docs/ledger.md, section 4, "The verdict"; sections below are sections of that page.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import heapq
import io
import json
import os
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, NoReturn, TextIO, cast

# Limits, so that a hostile pack costs neither memory nor hours. Nothing of ours is so large.
MAX_LINE = 4 << 20  # bytes of one line of JSON
MAX_ROW = 16 << 20  # bytes of one row of events.csv, where quotes are doubled
MAX_SMALL_FILE = 1 << 20  # bytes of checkpoint.txt, public-key.txt, export.json
MAX_NOTES = 64 << 20  # bytes of a file of earlier checkpoints: one a minute for months
MAX_SIGNATURES = 100  # lines under a checkpoint: anyone can add them, and each costs time
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 20

FILES = ("events.jsonl", "proofs.jsonl", "expired.jsonl", "events.csv")
SMALL_FILES = ("checkpoint.txt", "public-key.txt", "export.json")
COUNTED_BY = {"events.jsonl": "count", "expired.jsonl": "expired"}  # members of export.json
MEMBERS = ["sequence", "at", "action", "actor", "address", "http_request"]
MEMBERS += ["image_request", "access_key", "target", "facts"]  # and `version`; in the CSV's order
PROOF_MEMBERS = {"index", "leaf", "proof", "sequence"}
HEADER = "\ufeff" + ",".join([*MEMBERS, "leaf"]).replace(",at,", ",at_utc,")

SENTENCES = {
    "missing": "A file of the pack is not there, or is there twice.",
    "key": "The verifier key cannot be read, or its key id is not its own.",
    "checkpoint": "The checkpoint has not its form, or no valid signature of the key.",
    "export": "What export.json says is not what the pack holds, or a file was cut at its end.",
    "event": "The line is not an event in its one form.",
    "order": "The event does not come after the one of the line before.",
    "proof": "The event is not proven to be in the history that was signed.",
    "csv": "The row for the spreadsheet is not in its form, or does not show the event.",
    "count": "There are more lines or rows than events.",
    "expired": "The event's bytes are gone, but no event says that the keeping rule took them.",
    "complete": "The pack says that it is complete, but its events are not the whole history.",
    "earlier": "The earlier checkpoint is of another history, or not signed by the key.",
}

# What reading a damaged file or ZIP archive raises.
TROUBLES = (OSError, EOFError, zlib.error, zipfile.BadZipFile)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_SECOND = r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})"
_EVENT_TIME = re.compile(_SECOND + r"\.[0-9]{6}Z")
_SIGNED_AT = re.compile("signed-at " + _SECOND + "Z")
_QUOTED = re.compile(b'"[^"]*"')
_STRAY = re.compile(b'[^,"]"|"[^,"]|[\r\n]')
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
# No white space of Unicode, no "+", no control character.
_NAME = "[^+\0-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
_KEY_NAME = re.compile(_NAME)
_SIGNATURE = re.compile("\u2014 (" + _NAME + ") ([A-Za-z0-9+/=]+)")


class Bad(Exception):
    """The pack is bad: `Bad(reason, file, line, sequence)`; the last three may be absent."""


class Unusable(Exception):
    """Nothing can be said about the pack: it cannot be read at all."""


@dataclass
class Verdict:
    """What --json prints. `root` is the checkpoint's, in base64; `line` counts from 1."""

    verdict: str = "good"
    reason: str | None = None
    file: str | None = None
    line: int | None = None
    sequence: int | None = None
    size: int | None = None
    events: int | None = None
    expired: int | None = None
    root: str | None = None
    key_is_trusted: bool = False
    is_complete: bool = False


class Pack(NamedTuple):
    """The files of a pack: their names as often as they are there, and how to open one."""

    names: list[str]
    open: Callable[[str], BinaryIO]


def open_pack(path: str) -> Pack:
    """Return the folder's or ZIP file's pack. Raises Unusable, or one of TROUBLES."""
    if os.path.isdir(path):
        names = [name for name in os.listdir(path) if os.path.isfile(os.path.join(path, name))]
        return Pack(names, lambda name: _open_file(os.path.join(path, name)))
    try:
        archive = zipfile.ZipFile(path)
    except (ValueError, RuntimeError, struct.error) as error:
        raise Unusable(str(error)) from error

    def open_member(name: str) -> BinaryIO:
        # orig_filename, as zipfile cuts `filename` at a zero byte. The last of two would win.
        (member,) = [found for found in archive.infolist() if found.orig_filename == name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unusable(f"{name} is packed in a way that this verifier does not read.")
        try:
            return io.BufferedReader(cast(io.RawIOBase, archive.open(member)))
        except (ValueError, RuntimeError, struct.error) as error:  # RuntimeError: encrypted
            raise Unusable(str(error)) from error

    return Pack([member.orig_filename for member in archive.infolist()], open_member)


def _open_file(path: str) -> BinaryIO:
    return open(path, "rb")


# --- Section 1: canonical JSON and events --------------------------------------------------------


def read_canonical(line: bytes) -> dict[str, Any] | None:
    """Return the object that the line is in canonical form, or None.

    What duplicate names, "-0", white space, escapes and the like have in common is that writing
    the value again gives other bytes. Only fractions and NaN must be refused by hand.
    """
    try:
        value = json.loads(
            line.decode("utf-8"), parse_int=_integer, parse_float=_refuse, parse_constant=_refuse
        )
        if isinstance(value, dict) and _is_narrow(value, 1) and canonical(value) == line:
            return value
    except (ValueError, RecursionError):  # ValueError: also bad UTF-8 and lone surrogates
        pass
    return None


def canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= 17 else _refuse(digits)  # a million digits take minutes


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _is_narrow(value: object, depth: int) -> bool:
    if type(value) is int:
        return abs(value) <= MAX_INTEGER
    if isinstance(value, dict):
        if not all(name and name.isascii() and name.isprintable() for name in value):
            return False
        value = list(value.values())
    if isinstance(value, list):
        return depth <= MAX_DEPTH and all(_is_narrow(item, depth + 1) for item in value)
    return True


def is_event(event: dict[str, Any], size: int) -> bool:
    """Tell whether a canonical object is an event of a history of so many."""
    if event.keys() != {"version", *MEMBERS}:
        return False
    texts = [event[name] for name in ("at", "action", "address", "http_request", "target")]
    ids = [event[name] for name in ("actor", "image_request", "access_key")]
    return (
        type(event["version"]) is int  # in Python, true equals 1
        and event["version"] == 1
        and type(event["sequence"]) is int
        and 1 <= event["sequence"] <= size
        and all(isinstance(text, str) for text in texts)
        and is_time(_EVENT_TIME, event["at"])
        and len(event["action"]) <= 40
        and all(each is None or (type(each) is str and _UUID.fullmatch(each)) for each in ids)
        and isinstance(event["facts"], dict)
    )


def is_time(pattern: re.Pattern[str], text: str) -> bool:
    """Tell whether the text is in the pattern and a moment of the years 1 to 9999."""
    if not (found := pattern.fullmatch(text)):
        return False
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        date(year, month, day)
        time(hour, minute, second)
    except ValueError:  # such as a 30th of February
        return False
    return True


def kept_from(event: dict[str, Any]) -> int:
    """Return the last sequence whose bytes, as the event tells, the keeping rule took; 0: none."""
    through = event["facts"].get("through")
    is_told = event["action"] == "retention.applied" and event["actor"] is None
    # Only what was there before it can have been taken.
    return through if is_told and type(through) is int and through < event["sequence"] else 0


# --- Section 2: the tree -------------------------------------------------------------------------


def leaf_hash(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def leads_to(root: bytes, size: int, index: int, leaf: bytes, proof: list[bytes]) -> bool:
    """Tell whether the proof leads from the leaf to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, digest = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False  # longer than the way to the root
        if node & 1 or node == last:
            digest = node_hash(sibling, digest)
            while node and not node & 1:  # the last of a level moves up where it has no sibling
                node, last = node >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and digest == root


class Tree:
    """The root of any number of leaves, holding only the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        self._full.append(leaf)
        self.size += 1
        full = self.size
        while full % 2 == 0:  # as often as two subtrees of one size stand beside each other
            right = self._full.pop()
            self._full[-1] = node_hash(self._full[-1], right)
            full //= 2

    def root(self) -> bytes:
        if not self._full:
            return hashlib.sha256(b"").digest()
        root = self._full[-1]
        for left in reversed(self._full[:-1]):
            root = node_hash(left, root)
        return root


# --- Section 3: Ed25519 (RFC 8032, section 5.1), keys, checkpoints -------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
if TYPE_CHECKING:
    Point = tuple[int, int, int, int]  # x, y, z and x*y/z: extended coordinates
NEUTRAL: Point = (0, 1, 1, 0)


def _add(a: Point, b: Point) -> Point:
    low, high = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = high - low, d - c, d + c, high + low
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _are_equal(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _point(encoded: bytes) -> Point | None:
    """Return the point; None for no point, one not canonically written, one of small order."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number % 2**255
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (v * x * x - u) % P or (x == 0 and sign):
        return None
    x = P - x if x % 2 != sign else x
    point = (x, y, 1, x * y % P)
    # Under a key of small order one signature can be valid for any text.
    return None if _are_equal(_times(8, point), NEUTRAL) else point


def is_signature(public_key: bytes, text: bytes, signature: bytes) -> bool:
    """Tell whether the key signed the text, with the strict checks of RFC 8032."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    base, key, r = _point(b"\x58" + b"\x66" * 31), _point(public_key), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if not (base and key and r) or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + text).digest()
    k = int.from_bytes(digest, "little") % ORDER
    return _are_equal(_times(s, base), _add(r, _times(k, key)))


class Key(NamedTuple):
    name: str
    id: bytes
    public: bytes


class Checkpoint(NamedTuple):
    size: int
    root: bytes
    signed_at: str


def read_base64(text: str) -> bytes:
    """Return the bytes of standard base64; empty when it is not in its one right form."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return found if base64.b64encode(found).decode() == text else b""


def read_key(line: bytes) -> Key | None:
    """Return the key of `name+id+base64`; None when it cannot be read or the id is not its own."""
    try:
        name, key_id, encoded = line.decode("utf-8").split("+", 2)
    except ValueError:  # not UTF-8, or fewer parts
        return None
    raw = read_base64(encoded)
    own_id = hashlib.sha256(name.encode("utf-8") + b"\n" + raw).digest()[:4]
    if not _KEY_NAME.fullmatch(name) or len(raw) != 33 or raw[0] != 1 or key_id != own_id.hex():
        return None
    return Key(name, own_id, raw[1:])


def read_checkpoint(note: bytes, key: Key) -> Checkpoint | None:
    """Return the checkpoint if it is one, of the key's origin, with a valid signature of it."""
    try:
        origin, size, encoded, signed_at, empty, *signatures, end = note.decode("utf-8").split("\n")
    except ValueError:  # not UTF-8, or too few lines
        return None
    root = read_base64(encoded)
    if origin != key.name or not _SIZE.fullmatch(size) or int(size) > MAX_INTEGER:
        return None
    if len(root) != 32 or not is_time(_SIGNED_AT, signed_at) or empty or end:
        return None
    if len(signatures) > MAX_SIGNATURES:
        return None
    text = note[: note.index(b"\n\n") + 1]
    is_signed = False
    for line in signatures:
        found = _SIGNATURE.fullmatch(line)
        signed = read_base64(found[2]) if found else b""
        if found is None or len(signed) <= 4:
            return None
        if found[1] == key.name and signed[:4] == key.id:  # other keys are not for us to judge
            is_signed = is_signed or is_signature(key.public, text, signed[4:])
    return Checkpoint(int(size), root, signed_at[10:]) if is_signed else None


def notes_in(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the notes of a file and the line where each begins. An empty line parts each from the
    next one, and may stand after the last; a note has one in itself."""
    content = content[:-1] if content.endswith(b"\n\n") else content
    parts, line = content.split(b"\n\n"), 1
    for at in range(0, len(parts), 2):
        note = b"\n\n".join(parts[at : at + 2])
        yield line, note if at + 2 >= len(parts) else note + b"\n"
        line += note.count(b"\n") + 2


# --- Section 4: the verdict ----------------------------------------------------------------------


def verify(
    pack: Pack, key_text: str | None = None, earlier: Iterable[tuple[str, bytes]] = ()
) -> tuple[Verdict, list[str]]:
    """Return the verdict on the pack and what to say about it, in sentences.

    `key_text` is a trusted verifier key; without one the pack's own serves. `earlier` are names
    and bytes of files of earlier checkpoints. Raises Unusable, or one of TROUBLES for a damaged
    file.
    """
    verdict = Verdict(key_is_trusted=key_text is not None)
    try:
        return verdict, _judge(pack, key_text, list(earlier), verdict)
    except Bad as bad:
        verdict.verdict = "bad"
        verdict.reason, verdict.file, verdict.line, verdict.sequence = (*bad.args, *[None] * 3)[:4]
        return verdict, _bad_sentences(verdict)


def _judge(
    pack: Pack, key_text: str | None, earlier: list[tuple[str, bytes]], verdict: Verdict
) -> list[str]:
    for name in (*FILES, *SMALL_FILES):
        if pack.names.count(name) != 1:
            raise Bad("missing", name)
    if key_text is None:
        own_key = _read_small(pack.open("public-key.txt"))
        key = read_key(own_key[:-1]) if own_key.endswith(b"\n") else None
    else:
        key = read_key(key_text.encode("utf-8", "surrogatepass"))
    if key is None:
        raise Bad("key", None if verdict.key_is_trusted else "public-key.txt")
    checkpoint = read_checkpoint(_read_small(pack.open("checkpoint.txt")), key)
    if checkpoint is None:
        raise Bad("checkpoint", "checkpoint.txt")
    verdict.size, verdict.root = checkpoint.size, base64.b64encode(checkpoint.root).decode()
    export = _check_export(pack, checkpoint)
    verdict.events, verdict.expired = export["count"], export["expired"]
    verdict.is_complete = export["is_complete"]
    through = _check_events(pack, checkpoint)
    _check_expired(pack, checkpoint, through if verdict.is_complete else checkpoint.size)
    before = list(_read_earlier(earlier, key))
    sizes = {old.size for _, _, old in before if old}
    roots = {0: Tree().root(), checkpoint.size: checkpoint.root}
    if verdict.is_complete:
        roots.update(_check_complete(pack, checkpoint, sizes))
    for name, line, old in before:
        # A root is not known where the pack is not complete: then there is nothing to compare.
        if not old or old.size > checkpoint.size or roots.get(old.size, old.root) != old.root:
            raise Bad("earlier", name, line)
    compared = sum(old is not None and old.size in roots for _, _, old in before)
    return _good_sentences(verdict, key, checkpoint, compared, len(before) - compared)


def _read_small(stream: BinaryIO, most: int = MAX_SMALL_FILE) -> bytes:
    """Return the whole file; nothing when it is too large, which then is not what it should be."""
    with stream:
        content = stream.read(most + 1)
    return content if len(content) <= most else b""


def _check_export(pack: Pack, checkpoint: Checkpoint) -> dict[str, Any]:
    content = _read_small(pack.open("export.json"))
    export = read_canonical(content[:-1]) if content.endswith(b"\n") else None
    if export is None or type(export.get("is_complete")) is not bool:
        raise Bad("export", "export.json")
    if any(type(export.get(name)) is not int for name in ("count", "expired", "size")):
        raise Bad("export", "export.json")
    if export["size"] != checkpoint.size:
        raise Bad("export", "export.json")
    # Of events.csv nothing is asked here, but a damaged archive must show before its content does.
    for name in FILES:
        lines, end = 0, b"\n"
        with pack.open(name) as stream:
            while chunk := stream.read(1 << 20):
                lines, end = lines + chunk.count(b"\n"), chunk[-1:]
        if end != b"\n" and name != "events.csv":
            raise Bad("export", name)
        if name in COUNTED_BY and export[COUNTED_BY[name]] != lines:
            raise Bad("export", "export.json")
    return export


def _lines(pack: Pack, name: str) -> Iterator[bytes]:
    """Yield the lines without their newlines; one that is too long comes empty."""
    with pack.open(name) as stream:
        while line := stream.readline(MAX_LINE + 1):
            yield line[:-1] if line.endswith(b"\n") else b""


def _check_events(pack: Pack, checkpoint: Checkpoint) -> int:
    """Return the last sequence whose bytes may be gone, as the events tell."""
    number = before = through = 0
    proofs, rows = _lines(pack, "proofs.jsonl"), _rows(pack)
    has_header = begins_with(next(rows, b""), HEADER)
    for number, line in enumerate(_lines(pack, "events.jsonl"), 1):
        event, proof = read_canonical(line), read_canonical(next(proofs, b""))
        sequence = _sequence_of(event, proof)
        if event is None or not is_event(event, checkpoint.size):
            raise Bad("event", "events.jsonl", number, sequence)
        if event["sequence"] <= before:
            raise Bad("order", "events.jsonl", number, sequence)
        before, leaf = event["sequence"], leaf_hash(line)
        if not _is_proven(proof, before, leaf.hex(), checkpoint):
            raise Bad("proof", "events.jsonl", number, sequence)
        if not has_header or not begins_with(next(rows, b""), cells_of(event, leaf)):
            raise Bad("csv", "events.csv", number, sequence)
        through = max(through, kept_from(event))
    if not has_header:
        raise Bad("csv", "events.csv", 1)
    if (surplus := next(proofs, None)) is not None:
        raise Bad("count", "proofs.jsonl", number + 1, _sequence_of(read_canonical(surplus)))
    if next(rows, None) is not None:
        raise Bad("count", "events.csv", number + 1)
    return through


def _sequence_of(*records: dict[str, Any] | None) -> int | None:
    found = [record.get("sequence") for record in records if record is not None]
    return next((sequence for sequence in found if type(sequence) is int), None)


def _is_proven(
    record: dict[str, Any] | None, sequence: int, leaf: object, checkpoint: Checkpoint
) -> bool:
    """Tell whether the record proves that `leaf` (hexadecimal) has its place in the tree."""
    if record is None or record.keys() != PROOF_MEMBERS or type(record["proof"]) is not list:
        return False
    if not all(type(each) is str and _HASH.fullmatch(each) for each in [leaf, *record["proof"]]):
        return False
    expected = {"index": sequence - 1, "leaf": leaf, "proof": record["proof"], "sequence": sequence}
    if canonical(record) != canonical(expected):  # not `!=`, as in Python true equals 1
        return False
    digest, proof = bytes.fromhex(record["leaf"]), [bytes.fromhex(each) for each in record["proof"]]
    return leads_to(checkpoint.root, checkpoint.size, sequence - 1, digest, proof)


def _check_expired(pack: Pack, checkpoint: Checkpoint, through: int) -> None:
    before = -MAX_INTEGER - 1
    for number, line in enumerate(_lines(pack, "expired.jsonl"), 1):
        record = read_canonical(line)
        sequence = _sequence_of(record)
        if record is None or record.keys() != PROOF_MEMBERS:
            raise Bad("event", "expired.jsonl", number, sequence)
        if sequence is None or sequence <= before:
            raise Bad("order", "expired.jsonl", number, sequence)
        before = sequence
        if not _is_proven(record, sequence, record["leaf"], checkpoint):
            raise Bad("proof", "expired.jsonl", number, sequence)
        if sequence > through:
            raise Bad("expired", "expired.jsonl", number, sequence)


def _read_earlier(
    earlier: list[tuple[str, bytes]], key: Key
) -> Iterator[tuple[str, int, Checkpoint | None]]:
    """Yield file, line and checkpoint of each note; the first that is none of the key's is last."""
    for name, content in earlier:
        for line, note in notes_in(content):
            checkpoint = read_checkpoint(note, key)
            yield name, line, checkpoint
            if checkpoint is None:
                return


def _check_complete(pack: Pack, checkpoint: Checkpoint, sizes: set[int]) -> dict[int, bytes]:
    """Make the tree again from all leaves, and return its root at each of the sizes."""
    tree, roots = Tree(), {}
    events = ((json.loads(it)["sequence"], leaf_hash(it)) for it in _lines(pack, "events.jsonl"))
    expired = (json.loads(it) for it in _lines(pack, "expired.jsonl"))
    places = ((each["sequence"], bytes.fromhex(each["leaf"])) for each in expired)
    for sequence, leaf in heapq.merge(events, places):
        tree.append(leaf)
        if sequence != tree.size:
            raise Bad("complete")
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    if tree.size != checkpoint.size or tree.root() != checkpoint.root:
        raise Bad("complete")
    return roots


# --- Section 5: events.csv -----------------------------------------------------------------------


def cells_of(event: dict[str, Any], leaf: bytes) -> str:
    """Return the cells to check as they must stand at the beginning of the event's row."""
    return ",".join([*(_cell(event[member]) for member in MEMBERS), leaf.hex()])


def _cell(value: object) -> str:
    if isinstance(value, dict):
        text = canonical(value).decode("utf-8")
    else:
        text = "" if value is None else str(value)
    if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0")):
        text = "'" + text
    text = text.replace("\0", "\u2400")
    if any(each in text for each in ',"\r\n'):
        text = '"' + text.replace('"', '""') + '"'
    return text


def _rows(pack: Pack) -> Iterator[bytes]:
    """Yield each row as it stands; one that is too long, or in which a quote stays open, empty."""
    with pack.open("events.csv") as stream:
        while part := stream.readline(MAX_ROW + 1):
            row, quotes = bytearray(part), part.count(b'"')
            # A line break between quotes does not end a row.
            while quotes % 2 and len(row) <= MAX_ROW and (part := stream.readline(MAX_ROW)):
                row += part
                quotes += part.count(b'"')
            yield b"" if quotes % 2 or len(row) > MAX_ROW else bytes(row)


def begins_with(row: bytes, cells: str) -> bool:
    """Tell whether the row has these cells, and is well formed in those that come after them."""
    start = cells.encode("utf-8")
    # What stands between two quotes, also those of a quote that is doubled, is of no concern here.
    rest = _QUOTED.sub(b'"', row[len(start) :])
    try:
        row.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # A stray quote in a late cell would make a spreadsheet show other rows than these.
    is_formed = rest.endswith(b"\r\n") and not _STRAY.search(rest[:-2])
    return row.startswith(start) and is_formed and rest[:1] in (b",", b"\r")


# --- The answer ----------------------------------------------------------------------------------


def _bad_sentences(verdict: Verdict) -> list[str]:
    said = [f"{SENTENCES[str(verdict.reason)]} The reason is `{verdict.reason}`."]
    if verdict.reason == "earlier":
        said.append(f"It is the note that begins at line {verdict.line} of {verdict.file}.")
    elif verdict.line and verdict.file == "events.csv":
        said.append(f"It is row {verdict.line} of events.csv, below the row with names of columns.")
    elif verdict.line:
        said.append(f"It is line {verdict.line} of {verdict.file}.")
    elif verdict.file:
        said.append(f"It is about {verdict.file}.")
    if verdict.sequence is not None:
        said.append(f"The event has sequence {verdict.sequence}.")
    return said


def _good_sentences(
    verdict: Verdict, key: Key, checkpoint: Checkpoint, compared: int, missed: int
) -> list[str]:
    short = f"{checkpoint.root.hex()[:4]}-{checkpoint.root.hex()[4:8]}"
    said = [
        f"Every event in it ({verdict.events}) is proven to be in the history of {checkpoint.size} "
        f"that {key.name} signed at {checkpoint.signed_at}, short root {short}."
    ]
    if verdict.expired:
        said.append(f"Expired events ({verdict.expired}) come on top: only their places are left.")
    if verdict.is_complete:
        said.append("The pack is complete: no event was left out.")
    else:
        said.append("The pack is a selection: it does not show whether other events belong here.")
        if verdict.expired:
            said.append("As such it does not show either that the keeping rule took those expired.")
    if compared:
        said.append(f"The history goes on unchanged from the earlier checkpoints ({compared}).")
    if missed:
        said.append(f"As such it could not be compared with earlier checkpoints ({missed}).")
    if verdict.key_is_trusted:
        said.append(f"The signature is of the key that you gave ({key.id.hex()}).")
    else:
        said.append(
            f"The key ({key.id.hex()}) came from the pack itself, so anybody could have signed. "
            "Compare it with the key that you know from elsewhere, or give that one with --key."
        )
    return said


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack of the SCP image console.")
    parser.add_argument("pack", help="the ZIP file, or the folder that it unpacks to")
    parser.add_argument("--key", metavar="VKEY", help="the verifier key that you trust")
    parser.add_argument("--earlier", metavar="FILE", nargs="+", action="extend", default=[])
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    chosen = parser.parse_args(arguments)
    try:
        earlier = [(name, _read_small(_open_file(name), MAX_NOTES)) for name in chosen.earlier]
        verdict, sentences = verify(open_pack(chosen.pack), chosen.key, earlier)
    except (Unusable, *TROUBLES) as error:
        _write(sys.stderr, f"Nothing can be said about this pack, as it cannot be read: {error}")
        return 2
    if chosen.json:
        _write(sys.stdout, json.dumps(asdict(verdict)))
    else:
        _write(sys.stdout, f"This pack is {verdict.verdict.upper()}.", *sentences)
    return 0 if verdict.verdict == "good" else 1


def _write(stream: TextIO, *sentences: str) -> None:
    # A name may hold what the terminal cannot show.
    text = "\n".join(sentences) + "\n"
    stream.write(text.encode("ascii", "backslashreplace").decode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
