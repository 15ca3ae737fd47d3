"""Check an evidence pack of the SCP image console.

    python verify_export.py PACK [--key VKEY] [--earlier FILE ...] [--json]

PACK is the ZIP file or the folder that it unpacks to. The exit code is 0 for a good pack, 1 for a
bad one, 2 when nothing can be said (a wrong argument, a file that cannot be read).

This file needs Python 3.8 or later and nothing else. It sends nothing, writes nothing, and reads
line by line, so the size of a pack does not matter. What it checks, and in which order, is
docs/ledger.md, section 4, "The verdict"; sections below are sections of that page.
"""

from __future__ import annotations

import argparse
import base64
import calendar
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
from typing import Any, BinaryIO, NamedTuple, NoReturn, TextIO, Tuple, cast

# Limits, so that a hostile pack costs neither memory nor hours. Nothing of ours is so large.
MAX_LINE = 4 << 20  # bytes of one line of JSON
MAX_ROW = 16 << 20  # bytes of one row of events.csv, where quotes are doubled
MAX_SMALL_FILE = 1 << 20  # bytes of checkpoint.txt, public-key.txt, export.json
MAX_SIGNATURES = 100  # lines under a checkpoint: anyone can add them, and each costs time
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 20

FILES = ("events.jsonl", "proofs.jsonl", "expired.jsonl", "events.csv")
SMALL_FILES = ("checkpoint.txt", "public-key.txt", "export.json")
MEMBERS = ["sequence", "at", "action", "actor", "address", "http_request"]
MEMBERS += ["image_request", "access_key", "target", "facts"]  # and `version`; in the CSV's order
PROOF_MEMBERS = {"index", "leaf", "proof", "sequence"}
HEADER = b"\xef\xbb\xbf" + ",".join(MEMBERS).replace(",at,", ",at_utc,").encode() + b",leaf"

SENTENCES = {
    "missing": "A file of the pack is not there, or is there twice.",
    "key": "The verifier key cannot be read, or its key id is not its own.",
    "checkpoint": "The checkpoint has not its form, or no valid signature of the key.",
    "export": "What export.json says is not what the pack holds, or a file was cut at its end.",
    "event": "The line is not an event in its one form.",
    "order": "The event does not come after the one of the line before.",
    "proof": "The event is not proven to be in the history that was signed.",
    "csv": "The row for the spreadsheet is not in its form, or shows something else than the event.",
    "count": "There are more lines than events.",
    "complete": "The pack says that it is complete, but its events are not the whole history.",
    "earlier": "The history is not the one that the earlier checkpoint was signed for.",
}

# What reading a damaged file or ZIP archive raises.
TROUBLES = (OSError, EOFError, zlib.error, zipfile.BadZipFile)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_SECOND = r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})"
_EVENT_TIME = re.compile(_SECOND + r"\.[0-9]{6}Z")
_SIGNED_AT = re.compile("signed-at " + _SECOND + "Z")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
# No white space of Unicode, no "+", no control character.
_KEY_NAME = re.compile("[^+\0-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


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
        return Pack(names, lambda name: open(os.path.join(path, name), "rb"))
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
        if not all(name.isascii() and name.isprintable() for name in value):
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
    """Tell whether the text is in the pattern and a moment that the calendar has."""
    if not (found := pattern.fullmatch(text)):
        return False
    year, month, day, hour, minute, second = map(int, found.groups())
    if not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        return False
    february = 29 if calendar.isleap(year) else 28
    return 1 <= day <= (31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


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
Point = Tuple[int, int, int, int]  # x, y, z and x*y/z: extended coordinates
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


def read_key(text: str) -> Key | None:
    """Return the key of `name+id+base64`; None when it cannot be read or the id is not its own."""
    name, key_id, encoded = (text + "++").split("+", 2)
    raw = read_base64(encoded[:-2])
    # A name from the command line may hold bytes that are not UTF-8, which are surrogates then.
    own_id = hashlib.sha256(name.encode("utf-8", "surrogateescape") + b"\n" + raw).digest()[:4]
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
    text = note[: note.index(b"\n\n") + 1]
    if len(signatures) > MAX_SIGNATURES or not any([_signs(key, text, it) for it in signatures]):
        return None
    return Checkpoint(int(size), root, signed_at[10:])
