"""A passkey in software, which answers as it is told to, also wrongly.

Source: W3C Web Authentication, Level 2, sections 6.1 and 6.5.
"""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

_PRESENT, _VERIFIED, _HAS_KEY = 0x01, 0x04, 0x40


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class SoftPasskey:
    origin: str
    host: str
    knows_person: bool = True
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def created(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question for a new passkey."""
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})  # COSE: EC2, ES256, P-256
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(_HAS_KEY) + attested}
        return self._answer(
            clientDataJSON=self._client("webauthn.create", question),
            attestationObject=cbor.encode(made),
        )

    def used(self, question: dict[str, Any], *, person: str = "") -> dict[str, Any]:
        """Answer a question for this passkey, of the person with this id in hex."""
        client = self._client("webauthn.get", question)
        data = self._data(0)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        more = {"userHandle": person.encode()} if person else {}
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signed, **more)

    def _data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.knows_person else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, kind: str, question: dict[str, Any]) -> bytes:
        challenge = question["publicKey"]["challenge"]
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**said, "crossOrigin": False}).encode()

    def _answer(self, **response: bytes) -> dict[str, Any]:
        return {
            "id": encoded(self.id),
            "rawId": encoded(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {name: encoded(value) for name, value in response.items()},
        }
