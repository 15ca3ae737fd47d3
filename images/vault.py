"""Encryption at rest: AES-256-GCM with a subkey per purpose, derived from a master by HKDF.

A sealed text reads `v1.<master id>.<base64 of nonce and ciphertext>`. Its associated data bind
it to one field of one row of one owner, so a ciphertext that is moved elsewhere does not open.
The masters are not in the database: setting KEYRING, the first seals, all of them open.
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_FORMAT = "v1"
_NONCE_BYTES = 12
_MASTER_BYTES = 32


class VaultError(Exception):
    """A sealed text does not open: unknown master, another row's text, or a changed one."""


class BadKeyring(ValueError):
    """The keyring is unusable. Its text is one sentence and shows no key."""


@dataclass(frozen=True)
class Place:
    """Where a sealed text lives; all of it is authenticated."""

    owner_id: str
    row_id: str
    field: str

    def as_bytes(self, master_id: str) -> bytes:
        parts = (_FORMAT, master_id, self.owner_id, self.row_id, self.field)
        return "\x1f".join(parts).encode()


@dataclass(frozen=True)
class Master:
    """One 32-byte master; only what is derived from it is ever used."""

    secret: bytes = field(repr=False)

    def subkey(self, purpose: str) -> bytes:
        return HKDF(
            algorithm=SHA256(), length=32, salt=None, info=f"scpconsole {purpose}".encode()
        ).derive(self.secret)

    @property
    def master_id(self) -> str:
        """Eight hex digits that name the master and tell nothing about it."""
        return self.subkey("id").hex()[:8]

    def fingerprint(self, text: str) -> str:
        return hmac.new(self.subkey("fingerprint"), text.encode(), hashlib.sha256).hexdigest()


class Vault:
    """Seals and opens short texts. Build it from the setting KEYRING."""

    def __init__(self, keyring: list[str]) -> None:
        if not keyring:
            raise BadKeyring("KEYRING holds no master key.")
        masters = [_read_master(entry) for entry in keyring]
        self._masters = {master.master_id: master for master in masters}
        self._first = masters[0]

    @property
    def sealing_id(self) -> str:
        return self._first.master_id

    def knows(self, master_id: str) -> bool:
        return master_id in self._masters

    def seal(self, text: str, place: Place) -> str:
        master_id = self._first.master_id
        nonce = os.urandom(_NONCE_BYTES)
        cipher = AESGCM(self._first.subkey("seal"))
        sealed = nonce + cipher.encrypt(nonce, text.encode(), place.as_bytes(master_id))
        return f"{_FORMAT}.{master_id}.{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """Return the text. Raises VaultError and nothing else."""
        form, _, rest = sealed.partition(".")
        master_id, _, encoded = rest.partition(".")
        master = self._masters.get(master_id)
        if form != _FORMAT or master is None:
            raise VaultError("This text was sealed with a master key that KEYRING does not hold.")
        try:
            raw = base64.b64decode(encoded, validate=True)
            cipher = AESGCM(master.subkey("seal"))
            text = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.as_bytes(master_id))
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise VaultError("This sealed text was changed or belongs elsewhere.") from error
        return text.decode()

    def reseal(self, sealed: str, place: Place) -> str:
        """Return the same text sealed anew with the first master. Raises VaultError."""
        return self.seal(self.open(sealed, place), place)

    def fingerprint(self, text: str) -> str:
        """Return 64 hex digits that are equal for equal texts and useless without the master."""
        return self._first.fingerprint(text)

    def fingerprints(self, text: str) -> list[str]:
        """Return the fingerprints under every master, to find what an earlier one marked."""
        return [master.fingerprint(text) for master in self._masters.values()]


def _read_master(entry: str) -> Master:
    try:
        secret = base64.b64decode(entry, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKeyring("KEYRING holds an entry that is not base64.") from error
    if len(secret) != _MASTER_BYTES:
        raise BadKeyring(f"KEYRING holds an entry of {len(secret)} bytes; a master key has 32.")
    return Master(secret)


@lru_cache(maxsize=4)
def _vault(keyring: tuple[str, ...]) -> Vault:
    return Vault(list(keyring))


def open_vault() -> Vault:
    """Return the vault of the current settings. Raises BadKeyring."""
    return _vault(tuple(settings.KEYRING))
