"""Signed notes and checkpoints. Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from images.ledger.merkle import HASH_BYTES

SEED_BYTES = 32
_ED25519 = b"\x01"
_ID_BYTES = 4
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_SIGNED_AT = "signed-at "


class BadNote(ValueError):
    """A note, checkpoint or key is not what it should be. Its text is one sentence."""


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: how many leaves it had, and the root over them."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime | None

    @property
    def short_root(self) -> str:
        return short_root(self.root)

    def body(self) -> str:
        lines = [self.origin, str(self.size), _base64(self.root)]
        if self.signed_at:
            lines.append(f"{_SIGNED_AT}{self.signed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        return "\n".join(lines) + "\n"


def short_root(root: bytes) -> str:
    """Return the part of a root that people compare by eye, such as `7f3a-91c2`."""
    return f"{root[:2].hex()}-{root[2:4].hex()}"


@dataclass(frozen=True)
class VerifierKey:
    """The public half: its name, which is the log's origin, and an Ed25519 key."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+id+base64`. Raises BadNote."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _unbase64(encoded)
        if not name or key[:1] != _ED25519 or len(key) != 1 + SEED_BYTES:
            raise BadNote("This is no Ed25519 verifier key.")
        found = cls(name, key[1:])
        if found.key_id.hex() != key_id:
            raise BadNote("The id of the verifier key is not its own.")
        return found

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public)}"


class SigningKey:
    """Signs checkpoints under one origin."""

    def __init__(self, origin: str, seed: bytes) -> None:
        """Take the 32 bytes of an Ed25519 private key. Raises BadNote for another length, or an
        origin with white space or a plus sign, which the format does not allow."""
        if len(seed) != SEED_BYTES:
            raise BadNote(f"A signing key has {SEED_BYTES} bytes, not {len(seed)}.")
        if not origin or "+" in origin or re.search(r"\s", origin):
            raise BadNote("The origin of a log has no white space and no plus sign.")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(origin, self._key.public_key().public_bytes_raw())

    def sign(self, *, size: int, root: bytes, at: datetime) -> str:
        """Return the signed note of one checkpoint."""
        body = Checkpoint(self.verifier.name, size, root, at).body()
        signature = self.verifier.key_id + self._key.sign(body.encode())
        return f"{body}\n— {self.verifier.name} {_base64(signature)}\n"


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """Return what the note says when `key` signed it. Raises BadNote."""
    body, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise BadNote("This is no signed note.")
    body += "\n"
    if not any(_is_signed(body, line, key) for line in signatures[:-1].split("\n")):
        raise BadNote("The note is not signed by this key.")
    return _read(body, key.name)


def _is_signed(body: str, line: str, key: VerifierKey) -> bool:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if mark != "—" or name != key.name:
        return False
    signature = _unbase64(encoded)
    if signature[:_ID_BYTES] != key.key_id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[_ID_BYTES:], body.encode())
    except InvalidSignature:
        return False
    return True


def _read(body: str, name: str) -> Checkpoint:
    origin, size, root, *others = body.rstrip("\n").split("\n") + ["", "", ""]
    digest = _unbase64(root)
    if origin != name or not _SIZE.fullmatch(size) or len(digest) != HASH_BYTES:
        raise BadNote("The note is no checkpoint of this log.")
    return Checkpoint(origin, int(size), digest, _signed_at(others))


def _signed_at(lines: list[str]) -> datetime | None:
    for line in lines:
        if line.startswith(_SIGNED_AT):
            try:
                return datetime.strptime(line, f"{_SIGNED_AT}%Y-%m-%dT%H:%M:%S%z")
            except ValueError as error:
                raise BadNote("The checkpoint's time cannot be read.") from error
    return None


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _unbase64(text: str) -> bytes:
    """Read the one right form: bits that the padding leaves unused are zero."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote("A part is not base64.") from error
    if _base64(found) != text:
        raise BadNote("A part is not base64 as it is to be written.")
    return found
