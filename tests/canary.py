"""Key pairs that are used like any other and must be found nowhere, in no spelling."""

import base64
import html
import io
import json
import secrets
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, quote_plus

# Of the access key the last four characters are shown on purpose; so much of its beginning never.
_TELLING = 12
_ZIP = b"PK\x03\x04"


class Canary:
    """A key pair, and the search for it."""

    def __init__(self, access_key: str, secret_key: str) -> None:
        self.access_key, self.secret_key = access_key, secret_key

    @classmethod
    def hatched(cls) -> "Canary":
        """Return a pair that never was: with characters that every escape writes in its way."""
        return cls(
            f"CANARYAK{secrets.token_hex(8).upper()}",
            f'c4naryS3cret+"/"Key<&>={secrets.token_urlsafe(18)}',
        )

    def found_in(self, content: bytes) -> list[str]:
        """Return the spellings that the bytes hold; a ZIP file is looked into."""
        found = [name for name, spelling in self.spellings if spelling in content]
        if content.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(content)) as pack:
                for member in pack.namelist():
                    inside = self.found_in(pack.read(member))
                    found += [f"{name} in {member}" for name in inside]
        return found

    def found_in_files(self, folder: Path) -> list[str]:
        """Return which files of the folder hold it, and how; one that is gone holds nothing."""
        found = []
        for path in folder.rglob("*"):
            if path.is_file():
                found += [f"{path}: {name}" for name in self.found_in(path.read_bytes())]
        return found

    @cached_property
    def spellings(self) -> list[tuple[str, bytes]]:
        """Each with the first of its names."""
        names = dict[bytes, str]()
        for name, spelling in self._spellings():
            names.setdefault(spelling, name)
        return [(name, spelling) for spelling, name in names.items()]

    def _spellings(self) -> Iterator[tuple[str, bytes]]:
        for half, secret in (("access key", self.access_key), ("secret key", self.secret_key)):
            for name, text in _texts(secret):
                yield f"{half}, {name}", text.encode()
            yield f"{half}, UTF-16", secret.encode("utf-16-le")
            for name, alphabet in _BASE64.items():
                for offset in range(3):
                    encoded = alphabet(bytes(offset) + secret.encode())
                    yield f"{half}, {name} at {offset}", _core(encoded)


_BASE64 = {"base64": base64.b64encode, "base64url": base64.urlsafe_b64encode}


def _texts(secret: str) -> Iterator[tuple[str, str]]:
    yield "as it is", secret
    yield "its beginning", secret[:_TELLING]
    yield "lower case", secret.lower()
    yield "upper case", secret.upper()
    yield "backwards", secret[::-1]
    yield "hexadecimal", secret.encode().hex()
    yield "HEXADECIMAL", secret.encode().hex().upper()
    yield "percent", quote(secret, safe="")
    yield "percent of a form", quote_plus(secret)
    yield "percent twice", quote(quote(secret, safe=""), safe="")
    yield "HTML", html.escape(secret)
    yield "CSV", secret.replace('"', '""')
    yield "JSON", json.dumps(secret)[1:-1]
    yield "JSON in JSON", json.dumps(json.dumps(secret))[3:-3]
    yield "JSON for HTML", json.dumps(secret)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026")


def _core(encoded: bytes) -> bytes:
    """Return the part of base64 that does not depend on what stands before and after."""
    return encoded[4:-4]
