"""Encryption at rest: AES-256-GCM with a subkey per purpose, derived from a master by HKDF.

A sealed text reads `v1.<master id>.<base64 of nonce and ciphertext>`. Its associated data bind
it to one field of one row of one owner, so a ciphertext that is moved elsewhere does not open.
The masters are not in the database: setting KEYRING, the first seals, all of them open. An entry
may be wrapped by a service outside (setting KEY_WRAPPER); it is unwrapped once for each process,
and what comes out stays in memory.
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.module_loading import import_string

_FORMAT = "v1"
_NONCE_BYTES = 12
_MASTER_BYTES = 32


class VaultError(Exception):
    """A sealed text does not open: unknown master, another row's text, or a changed one."""


class BadKeyring(ValueError):
    """The keyring is unusable. Its text is one sentence and shows no key."""


class WrapperError(Exception):
    """The service outside did not wrap or unwrap. Its text is half a sentence, without secrets."""


class Wrapper(Protocol):
    """A service outside that keeps a key of its own and lends it for our masters."""

    def wrap(self, plain: bytes) -> str:
        """Return a text with a colon in it that only the service can open. Raises WrapperError."""

    def unwrap(self, wrapped: str) -> bytes:
        """Return what was wrapped. Raises WrapperError."""


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

    def __init__(self, keyring: list[str], wrapper: Wrapper | None = None) -> None:
        if not keyring:
            raise BadKeyring("KEYRING holds no master key.")
        masters = [
            _unwrapped(entry, wrapper) if is_wrapped(entry) else _read_master(entry)
            for entry in keyring
        ]
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


def master_of(sealed: str) -> str:
    """Return the id of the master that a sealed text names; "" when it names none. Whether the
    text opens is not looked at."""
    form, _, rest = sealed.partition(".")
    return rest.partition(".")[0] if form == _FORMAT else ""


def is_wrapped(entry: str) -> bool:
    """Whether an entry of KEYRING is wrapped: base64 has no colon."""
    return ":" in entry


def wrap_keyring(keyring: list[str], wrapper: Wrapper) -> list[str]:
    """Return the keyring with every plain master wrapped. Raises BadKeyring."""
    wrapped = []
    for entry in keyring:
        if not is_wrapped(entry):
            master = _read_master(entry)
            try:
                entry = wrapper.wrap(master.secret)
            except WrapperError as error:
                raise BadKeyring(f"KEYRING cannot be wrapped: {error}.") from error
            if _unwrapped(entry, wrapper) != master:
                raise BadKeyring("KEYRING cannot be wrapped: it does not come back as it was.")
        wrapped.append(entry)
    return wrapped


def _unwrapped(entry: str, wrapper: Wrapper | None) -> Master:
    if wrapper is None:
        raise BadKeyring("KEYRING holds a wrapped master key, and KEY_WRAPPER is not set.")
    try:
        return _checked(wrapper.unwrap(entry))
    except WrapperError as error:
        raise BadKeyring(f"KEYRING cannot be unwrapped: {error}.") from error


def _read_master(entry: str) -> Master:
    try:
        secret = base64.b64decode(entry, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKeyring("KEYRING holds an entry that is not base64.") from error
    return _checked(secret)


def _checked(secret: bytes) -> Master:
    if len(secret) != _MASTER_BYTES:
        raise BadKeyring(f"KEYRING holds an entry of {len(secret)} bytes; a master key has 32.")
    return Master(secret)


@lru_cache(maxsize=4)
def _vault(keyring: tuple[str, ...]) -> Vault:
    return Vault(list(keyring), open_wrapper())


def open_vault() -> Vault:
    """Return the vault of the current settings. Raises BadKeyring.

    Masters that are wrapped are unwrapped at the first call, which a start makes.
    """
    return _vault(tuple(settings.KEYRING))


def open_wrapper() -> Wrapper | None:
    """Return what the setting KEY_WRAPPER names, or None."""
    if not settings.KEY_WRAPPER_CLASS:
        return None
    wrapper: Wrapper = import_string(settings.KEY_WRAPPER_CLASS)()
    return wrapper
