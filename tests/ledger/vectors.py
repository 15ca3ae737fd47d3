"""The test vectors of docs/ledger-vectors.json: `python -m tests.ledger.vectors` writes them anew.

Made from the document with the standard library and `cryptography` alone; the product's own code
is held against them, and so may be anybody else's.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.ledger.naive import proof_of, root_of

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "ledger-vectors.json"
SEED = hashlib.sha256(b"the published seed of docs/ledger-vectors.json").digest()
ORIGIN = "console.example.com/history"
SIGNED_AT = "2026-11-23T07:50:12Z"
SIZES = (*range(10), 1000)
PROVEN = (
    (0, 1),
    (0, 2),
    (1, 2),
    (2, 3),
    (0, 7),
    (3, 7),
    (6, 7),
    (4, 8),
    (8, 9),
    (0, 1000),
    (999, 1000),
)

_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**53 - 1,
    -(2**53 - 1),
    "",
    "plain",
    "quote \" backslash \\ slash /",
    "\b\t\n\f\r",
    "\x00\x01\x1f\x7f\x80",
    "한국어 · 日本語 · \U0001f600 · \u2028\u2029",
    "e\u0301 is not \u00e9",
    "=1+1",
    [],
    {},
    [1, [2, [3, []]], {}],
    {"b": 1, "a": 2, "aa": 3, "A": 4, "_": 5, "10": 6, "9": 7, " ": 8, "~": 9},
    {"facts": {"z": {"y": [{"x": None}]}, "a": ""}},
]  # fmt: skip
_WRONG: list[tuple[bytes, str]] = [
    (b"", "nothing"),
    (b" null", "white space before it"),
    (b"null\n", "a newline after it"),
    (b"\xef\xbb\xbfnull", "a byte order mark"),
    (b'{"a": 1}', "white space between tokens"),
    (b'{"b":1,"a":2}', "members that are not sorted"),
    (b'{"a":1,"a":1}', "a member twice"),
    (b'{"\xc3\xa9":1}', "a member name that is not ASCII"),
    (b'{"":1}', "an empty member name"),
    (b"1.0", "a fraction"),
    (b"1e3", "an exponent"),
    (b"-0", "minus zero"),
    (b"01", "a leading zero"),
    (b"9007199254740992", "2^53"),
    (b"NaN", "no number"),
    (b'"\\u0041"', "a plain character that is escaped"),
    (b'"\\/"', "a slash that is escaped"),
    (b'"\\u001F"', "an escape in upper case"),
    (b'"\\u000a"', "a newline that is not written as \\n"),
    (b'"\x01"', "a control character as itself"),
    (b'"\\ud800"', "half of a surrogate pair"),
    (b'"\xff"', "no UTF-8"),
    (b"[" * 21 + b"]" * 21, "lists that are nested 21 deep"),
]
_MEMBERS: dict[str, Any] = {
    "version": 1,
    "sequence": 17,
    "at": "2026-11-23T07:50:12.000450Z",
    "action": "request.accepted",
    "actor": None,
    "address": "",
    "http_request": "",
    "image_request": "5b0f6a2e-5a0e-4a39-9a0e-6f7a0f7a1c11",
    "access_key": None,
    "target": "web-prod-01-20261123-1650-k7f3ab",
    "facts": {
        "attempt": 1,
        "image_id": "0d1f8b60-6a8b-4d7e-8a51-3a9c2b7d1e42",
        "reason": "",
        "scp_words": "이미지를 만듭니다 · “ok”\n",
        "status": 202,
        "was_sent": True,
    },
}


def vectors() -> dict[str, Any]:
    """Return all vectors."""
    leaves = [leaf(str(number).encode()) for number in range(max(SIZES))]
    return {
        "about": (
            "Test vectors of docs/ledger.md. Hexadecimal but where it says text. The leaves of "
            "the trees are over the decimal digits of their index, from 0 on."
        ),
        "canonical": [{"value": value, "bytes": plain(value).hex()} for value in _VALUES],
        "not_canonical": [{"bytes": raw.hex(), "why": why} for raw, why in _WRONG],
        "event": {
            "members": _MEMBERS,
            "text": plain(_MEMBERS).decode(),
            "leaf": leaf(plain(_MEMBERS)).hex(),
        },
        "roots": [{"size": size, "root": root_of(leaves[:size]).hex()} for size in SIZES],
        "proofs": [
            {
                "index": index,
                "size": size,
                "leaf": leaves[index].hex(),
                "proof": [each.hex() for each in proof_of(index, leaves[:size])],
                "root": root_of(leaves[:size]).hex(),
            }
            for index, size in PROVEN
        ],
        "checkpoint": _checkpoint(1000, root_of(leaves)),
    }


def plain(value: Any) -> bytes:
    """Return the canonical bytes; Python's own writer needs no more than these three words."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def _checkpoint(size: int, root: bytes) -> dict[str, Any]:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    public = key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
    body = f"{ORIGIN}\n{size}\n{_base64(root)}\nsigned-at {SIGNED_AT}\n"
    signature = _base64(key_id + key.sign(body.encode()))
    return {
        "seed": SEED.hex(),
        "public_key": public.hex(),
        "verifier_key_text": f"{ORIGIN}+{key_id.hex()}+{_base64(bytes([1]) + public)}",
        "origin_text": ORIGIN,
        "size": size,
        "root": root.hex(),
        "short_root_text": f"{root[:2].hex()}-{root[2:4].hex()}",
        "signed_at_text": SIGNED_AT,
        "note_text": f"{body}\n— {ORIGIN} {signature}\n",
    }


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def as_text() -> str:
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_text())
    sys.stdout.write(f"{FILE}\n")
