"""docs/ledger-vectors.json is what its script makes, and our code agrees with every vector."""

import json
from datetime import datetime
from typing import Any

import pytest

from images.ledger import merkle
from images.ledger.canonical import NotCanonical, canonical, read
from images.ledger.notes import SigningKey, VerifierKey, open_checkpoint
from tests.ledger.vectors import FILE, as_text

VECTORS: dict[str, Any] = json.loads(FILE.read_text())
TREE = VECTORS["proofs"]


def test_the_file_is_what_the_script_makes() -> None:
    """Else: python -m tests.ledger.vectors."""
    assert FILE.read_text() == as_text()


@pytest.mark.parametrize("vector", VECTORS["canonical"], ids=lambda each: repr(each["value"])[:20])
def test_canonical_values(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["bytes"])
    assert canonical(vector["value"]) == raw
    assert read(raw) == vector["value"]


@pytest.mark.parametrize("vector", VECTORS["not_canonical"], ids=lambda each: each["why"])
def test_what_is_not_canonical(vector: dict[str, Any]) -> None:
    with pytest.raises(NotCanonical):
        read(bytes.fromhex(vector["bytes"]))


def test_the_event() -> None:
    event = VECTORS["event"]
    assert canonical(event["members"]) == event["text"].encode()
    assert merkle.leaf_hash(event["text"].encode()).hex() == event["leaf"]


def test_the_roots() -> None:
    expected = {each["size"]: each["root"] for each in VECTORS["roots"]}
    tree = merkle.Frontier()
    for number in range(max(expected)):
        if number in expected:
            assert tree.root().hex() == expected[number]
        tree.add(merkle.leaf_hash(str(number).encode()))
    assert tree.root().hex() == expected[tree.size]


@pytest.mark.parametrize("vector", TREE, ids=lambda each: f"{each['index']} of {each['size']}")
def test_the_proofs(vector: dict[str, Any]) -> None:
    leaf, *proof = map(bytes.fromhex, [vector["leaf"], *vector["proof"]])
    root = merkle.root_from_proof(leaf, vector["index"], vector["size"], proof)
    assert root == bytes.fromhex(vector["root"])


def test_the_checkpoint() -> None:
    vector = VECTORS["checkpoint"]
    key = SigningKey(vector["origin_text"], bytes.fromhex(vector["seed"]))
    root, at = bytes.fromhex(vector["root"]), datetime.fromisoformat(vector["signed_at_text"])
    assert str(key.verifier) == vector["verifier_key_text"]
    assert key.verifier.public.hex() == vector["public_key"]
    assert key.sign(size=vector["size"], root=root, at=at) == vector["note_text"]
    head = open_checkpoint(vector["note_text"], VerifierKey.parse(vector["verifier_key_text"]))
    assert (head.size, head.root, head.signed_at) == (vector["size"], root, at)
    assert head.short_root == vector["short_root_text"]
