"""What others have written for such logs accepts what we write, and refuses what is not right.

sigstore: the client of the Rekor log reads the same signed notes and checkpoints, and checks the
same inclusion proofs. pymerkle: trees of RFC 6962. rfc8785: canonical JSON.
"""

import base64
import hashlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pymerkle  # type: ignore[import-untyped]
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore._utils import KeyID
from sigstore.errors import VerificationError
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails

from images.ledger import merkle
from images.ledger.canonical import canonical
from images.ledger.notes import SigningKey, VerifierKey
from tests.ledger.naive import proof_of, root_of
from tests.ledger.values import canonical_values

KEY = SigningKey("console.example.com/history", hashlib.sha256(b"a seed of the tests").digest())
AT = datetime(2026, 11, 23, 7, 50, 12, tzinfo=UTC)


def keyring(key: VerifierKey) -> RekorKeyring:
    """Return sigstore's own keyring, with our public key in it."""
    public = Ed25519PublicKey.from_public_bytes(key.public)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    known = PublicKey(raw_bytes=base64.b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)
    return RekorKeyring(Keyring([known]))


def entry(events: list[bytes], index: int, note: str) -> Any:
    """Return an entry of a log as sigstore holds it: body, proof and checkpoint."""
    leaves = [merkle.leaf_hash(event) for event in events]
    proof = SimpleNamespace(
        log_index=index,
        tree_size=len(events),
        root_hash=root_of(leaves),
        hashes=proof_of(index, leaves),
        checkpoint=SimpleNamespace(envelope=note),
    )
    log = SimpleNamespace(key_id=KeyID(KEY.verifier.key_id))
    inner = SimpleNamespace(inclusion_proof=proof, canonicalized_body=events[index], log_id=log)
    return SimpleNamespace(_inner=inner)


def events(count: int) -> list[bytes]:
    return [canonical({"number": number}) for number in range(count)]


class TestSigstore:
    def test_a_checkpoint_of_ours_is_accepted(self) -> None:
        root = root_of([merkle.leaf_hash(event) for event in events(21)])
        note = KEY.sign(size=21, root=root, at=AT)
        read = SignedCheckpoint.from_text(note)
        read.signed_note.verify(keyring(KEY.verifier), KeyID(KEY.verifier.key_id))
        checkpoint = read.checkpoint
        assert (checkpoint.origin, checkpoint.log_size) == ("console.example.com/history", 21)
        assert checkpoint.log_hash == root.hex()
        assert checkpoint.other_content == ["signed-at 2026-11-23T07:50:12Z"]

    @pytest.mark.parametrize("index", [0, 1, 15, 16, 20])
    def test_an_event_of_ours_is_proven(self, index: int) -> None:
        leaves = [merkle.leaf_hash(event) for event in events(21)]
        note = KEY.sign(size=21, root=root_of(leaves), at=AT)
        proven = entry(events(21), index, note)
        verify_checkpoint(keyring(KEY.verifier), proven)
        verify_merkle_inclusion(proven)

    def test_another_key_is_refused(self) -> None:
        note = KEY.sign(size=0, root=merkle.EMPTY_ROOT, at=AT)
        other = SigningKey(KEY.verifier.name, bytes(32)).verifier
        with pytest.raises(VerificationError):
            SignedCheckpoint.from_text(note).signed_note.verify(keyring(other), KeyID(other.key_id))

    @pytest.mark.parametrize(
        ("before", "after"), [("\n21\n", "\n20\n"), ("signed-at 2026", "signed-at 2025")]
    )
    def test_a_changed_checkpoint_is_refused(self, before: str, after: str) -> None:
        note = KEY.sign(size=21, root=bytes(32), at=AT)
        read = SignedCheckpoint.from_text(note.replace(before, after))
        with pytest.raises(VerificationError):
            read.signed_note.verify(keyring(KEY.verifier), KeyID(KEY.verifier.key_id))

    def test_a_changed_event_is_refused(self) -> None:
        leaves = [merkle.leaf_hash(event) for event in events(21)]
        proven = entry(events(21), 7, KEY.sign(size=21, root=root_of(leaves), at=AT))
        proven._inner.canonicalized_body = canonical({"number": 8})
        with pytest.raises(VerificationError):
            verify_merkle_inclusion(proven)


def test_the_roots_and_proofs_are_those_of_pymerkle() -> None:
    theirs = pymerkle.InmemoryTree(algorithm="sha256")
    ours = merkle.Frontier()
    for number, event in enumerate(events(70), start=1):
        theirs.append_entry(event)
        ours.add(merkle.leaf_hash(event))
        assert ours.root() == theirs.get_root(number)
    leaves = [merkle.leaf_hash(event) for event in events(70)]
    for index in (0, 1, 31, 32, 63, 64, 69):
        proof = theirs.prove_inclusion(index + 1, 70)
        assert proof.path[1:] == proof_of(index, leaves)


@given(canonical_values)
def test_the_canonical_form_is_that_of_rfc8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
