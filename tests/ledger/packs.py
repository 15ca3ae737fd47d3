"""Valid evidence packs, made from docs/ledger.md alone with `cryptography` and hashlib."""

import base64
import hashlib
import io
import json
import uuid
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "console.example.com/history"
MEMBERS = ["sequence", "at", "action", "actor", "address", "http_request"]
MEMBERS += ["image_request", "access_key", "target", "facts"]
CHECKED = ["sequence", "at_utc", *MEMBERS[2:], "leaf"]
READING = ["time", "who", "what", "server_id", "server_name", "image_id", "image_name"]
READING += ["state", "environment", "region", "key_alias", "reason", "ticket"]
# What makes trouble in JSON, in a CSV file, or in a program that reads either.
AWKWARD = [
    "",
    "web01",
    "웹서버-01 이미지",
    "👩‍💻 🇰🇷",
    "=1+1",
    "+82 2 1234",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "\0x",
    "a\0b",
    "a,b",
    'say "no"',
    '"',
    "one\r\ntwo",
    "one\ntwo",
    "back\\slash /",
    "\x7f\x80\u2028\u2029\ufeff",
    "\x01\x0b\x1f\b\f",
    "'quoted",
    "null",
    "\U0010ffff\ufffe",
    "x" * 300,
]

Event = dict[str, Any]


def canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def leaf_hash(event_bytes: bytes) -> bytes:
    return hashlib.sha256(b"\0" + event_bytes).digest()


@dataclass
class History:
    """Leaves, and what RFC 6962, section 2.1, makes of them, word for word."""

    leaves: list[bytes]

    def __post_init__(self) -> None:
        self._root = lru_cache(maxsize=None)(self._compute)

    def root(self, start: int = 0, end: int | None = None) -> bytes:
        return self._root(start, len(self.leaves) if end is None else end)

    def _compute(self, start: int, end: int) -> bytes:
        if end - start < 2:
            return self.leaves[start] if end > start else hashlib.sha256(b"").digest()
        middle = start + split(end - start)
        return hashlib.sha256(b"\1" + self.root(start, middle) + self.root(middle, end)).digest()

    def proof(self, index: int, start: int = 0, end: int | None = None) -> list[bytes]:
        end = len(self.leaves) if end is None else end
        if end - start < 2:
            return []
        middle = start + split(end - start)
        if index < middle:
            return [*self.proof(index, start, middle), self.root(middle, end)]
        return [*self.proof(index, middle, end), self.root(start, middle)]


def split(size: int) -> int:
    """Return the largest power of two below `size`."""
    half: int = 1 << ((size - 1).bit_length() - 1)
    return half


@dataclass(frozen=True)
class Signer:
    """One Ed25519 key with its name, made from a seed."""

    seed: int = 0
    name: str = ORIGIN

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(
            hashlib.sha256(f"key {self.seed}".encode()).digest()
        )

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def key_id(self, public: bytes | None = None) -> bytes:
        raw = self.name.encode() + b"\n\1" + (self.public if public is None else public)
        return hashlib.sha256(raw).digest()[:4]

    def verifier_key(self, public: bytes | None = None, kind: bytes = b"\1") -> str:
        encoded = base64.b64encode(kind + (self.public if public is None else public)).decode()
        return f"{self.name}+{self.key_id(public).hex()}+{encoded}"

    def sign(self, text: str) -> str:
        """Return the signature line under a text, with its newline."""
        signed = self.key_id() + self._private.sign(text.encode())
        return f"\u2014 {self.name} {base64.b64encode(signed).decode()}\n"

    def checkpoint(self, size: int, root: bytes, at: str = "2026-11-23T07:50:12Z") -> bytes:
        text = f"{self.name}\n{size}\n{base64.b64encode(root).decode()}\nsigned-at {at}\n"
        return f"{text}\n{self.sign(text)}".encode()


WITNESS = Signer(7, "witness.example.org/w1")


@dataclass
class Pack:
    """A pack as built, with all that is needed to build it otherwise."""

    events: list[Event]  # the whole history
    exported: list[int]  # sequences with bytes
    expired: list[int]  # sequences without
    is_complete: bool
    signer: Signer = field(default_factory=Signer)
    has_witness: bool = False

    @cached_property
    def lines(self) -> list[bytes]:
        return [canonical(event) for event in self.events]

    @cached_property
    def history(self) -> History:
        return History([leaf_hash(line) for line in self.lines])

    def checkpoint(self, size: int) -> bytes:
        """Return the head of the first `size` events, signed."""
        return self.signer.checkpoint(size, self.history.root(0, size))

    def record(self, sequence: int) -> dict[str, Any]:
        """Return the line of proofs.jsonl or expired.jsonl for an event."""
        index = sequence - 1
        return {
            "index": index,
            "leaf": self.history.leaves[index].hex(),
            "proof": [sibling.hex() for sibling in self.history.proof(index)],
            "sequence": sequence,
        }

    def claims(self) -> dict[str, Any]:
        return {
            "count": len(self.exported),
            "expired": len(self.expired),
            "size": len(self.events),
            "is_complete": self.is_complete,
            "filter": {} if self.is_complete else {"action": ["request.accepted"], "from": None},
            "time_zone": "Asia/Seoul",
            "made_at": "2026-11-23T07:50:12.000000Z",
            "maker": "김감사 <bob@example.com>",
            "export": str(uuid.UUID(int=len(self.events))),
        }

    def files(self) -> dict[str, bytes]:
        checkpoint = self.checkpoint(len(self.events))
        if self.has_witness:
            text = checkpoint.decode().partition("\n\n")[0] + "\n"
            checkpoint += WITNESS.sign(text).encode()
        exported = [self.events[sequence - 1] for sequence in self.exported]
        return {
            "events.jsonl": jsonl(exported),
            "proofs.jsonl": jsonl(self.record(sequence) for sequence in self.exported),
            "expired.jsonl": jsonl(self.record(sequence) for sequence in self.expired),
            "events.csv": b"\xef\xbb\xbf" + b"".join(rows(exported)),
            "checkpoint.txt": checkpoint,
            "public-key.txt": self.signer.verifier_key().encode() + b"\n",
            "export.json": canonical(self.claims()) + b"\n",
            "verify_export.py": b"# the verifier\n",
            "README.ko.txt": "이 꾸러미는 …\n".encode(),
            "README.en.txt": b"This pack is ...\n",
        }


def jsonl(values: Iterable[object]) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def rows(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the row of names and a row per event, without the byte order mark."""
    yield ",".join([*CHECKED, *READING]).encode() + b"\r\n"
    for event in events:
        values = [event[member] for member in MEMBERS[:-1]]
        texts = ["" if value is None else str(value) for value in values]
        texts += [canonical(event["facts"]).decode(), leaf_hash(canonical(event)).hex()]
        texts += [
            "2026-11-23T16:50:12+09:00",
            "김감사",
            "이미지를 요청했습니다, 승인.",
            *["-"] * 10,
        ]
        yield ",".join(cell(text) for text in texts).encode() + b"\r\n"


def cell(text: str) -> str:
    guarded = "'" + text if text[:1] in {*"=+-@\t\r\n\0"} else text
    shown = guarded.replace("\0", "\u2400")
    return '"' + shown.replace('"', '""') + '"' if {*shown} & {*',"\r\n'} else shown


def build(
    seed: int, size: int, *, left_out: int = 0, expired: int = 0, has_witness: bool = False
) -> Pack:
    """Return a pack of a history of `size` events; complete unless some are left out.

    The first `expired` of the exported ones have lost their bytes, and any later event tells so.
    """
    rng = Random(seed)
    events = [make_event(rng, sequence) for sequence in range(1, size + 1)]
    kept = sorted(rng.sample(range(1, size + 1), size - left_out))
    if expired:
        retire(events, rng.choice(kept[expired:]), kept[expired - 1])
    return Pack(events, kept[expired:], kept[:expired], not left_out, has_witness=has_witness)


def make_event(rng: Random, sequence: int) -> Event:
    identity = [*(str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(3)), None]
    return {
        "version": 1,
        "sequence": sequence,
        "at": f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T23:59:59.{sequence:06}Z",
        "action": rng.choice(["request.accepted", "key.added", "export.made", "한" * 40, ""]),
        "actor": rng.choice(identity),
        "address": rng.choice(["192.0.2.7", "2001:db8::1", ""]),
        "http_request": rng.choice(AWKWARD),
        "image_request": rng.choice(identity),
        "access_key": rng.choice(identity),
        "target": rng.choice(AWKWARD),
        "facts": make_facts(rng),
    }


def retire(events: list[Event], sequence: int, through: object) -> None:
    """Let an event tell that the keeping rule took the bytes of all up to `through`."""
    told = {"action": "retention.applied", "actor": None, "facts": {"through": through, "calls": 0}}
    events[sequence - 1] = {**events[sequence - 1], **told}


def make_facts(rng: Random) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": rng.choice(AWKWARD),
        "count": rng.choice([0, -1, 7, 2**53 - 1, 1 - 2**53]),
        "is_first": rng.choice([True, False, None]),
        "list": [rng.choice(AWKWARD), [], {}, {"Z": 1, "a": 2, "10": 3, "9": 4, " ": 5}],
        rng.choice(["B", '"q"', "\\", "~ !", "__proto__"]): rng.choice(AWKWARD),
    }
    deep: Any = "bottom"
    for _ in range(rng.choice([0, 3, 18])):  # 18 below facts and the event make the 20 allowed
        deep = rng.choice([[deep], {"d": deep}])
    return {**facts, "deep": deep}


def zipped(members: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # some tests want a name twice
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 0, 0, 0)), content, compression)
    return buffer.getvalue()
