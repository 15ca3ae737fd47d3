"""The parts of verify_export.py: signatures, proofs, canonical form, and its use of memory."""

import ast
import tracemalloc
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from images.ledger import verify_export
from tests.ledger.drafts import Draft
from tests.ledger.packs import AWKWARD, History, Pack, Signer, build, canonical, leaf_hash, zipped
from tests.ledger.verifiers import SCRIPT, ask_python

P, ORDER = verify_export.P, verify_export.ORDER
# Public key, message and signature. Source: RFC 8032, section 7.1, tests 1, 2 and 3.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
        "f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
        "4dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
# The y of the eight points of small order, some of which have two signs.
SMALL_Y = [
    0,
    1,
    P - 1,
    *(
        int.from_bytes(bytes.fromhex(y), "little")
        for y in (
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        )
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_signatures_of_rfc_8032_are_valid_and_no_other(
    public: str, message: str, signature: str
) -> None:
    key, text, good = (bytes.fromhex(each) for each in (public, message, signature))
    assert verify_export.is_signature(key, text, good)
    assert not verify_export.is_signature(key, text + b"\0", good)
    for bit in range(0, 512, 37):
        flipped = (int.from_bytes(good, "little") ^ (1 << bit)).to_bytes(64, "little")
        assert not verify_export.is_signature(key, text, flipped)
    for bit in range(0, 256, 37):
        flipped = (int.from_bytes(key, "little") ^ (1 << bit)).to_bytes(32, "little")
        assert not verify_export.is_signature(flipped, text, good)


def test_signatures_of_another_library_are_valid() -> None:
    for seed in range(12):
        private = Ed25519PrivateKey.from_private_bytes(Random(seed).randbytes(32))
        text = Random(seed).randbytes(seed * 20)
        key = private.public_key().public_bytes_raw()
        assert verify_export.is_signature(key, text, private.sign(text))
        assert not verify_export.is_signature(key, text + b".", private.sign(text))


def test_an_s_that_is_not_below_the_order_is_refused() -> None:
    key, text, good = (bytes.fromhex(each) for each in VECTORS[1])
    s = int.from_bytes(good[32:], "little")
    for larger in (s + ORDER, s + 2 * ORDER, 2**256 - 1):
        assert not verify_export.is_signature(key, text, good[:32] + larger.to_bytes(32, "little"))


def test_points_that_are_not_canonical_or_of_small_order_are_refused() -> None:
    encodings = [y + (sign << 255) for y in SMALL_Y for sign in (0, 1)]
    encodings += [y + (sign << 255) for y in range(P, 2**255) for sign in (0, 1)]
    encodings += [2, 2**255 - 1]  # no point of the curve has the y of 2
    for encoding in encodings:
        point = encoding.to_bytes(32, "little")
        assert not verify_export.is_signature(point, b"", point + bytes(32))
        # R = [S]B - [k]A with S = 0 and a neutral or small A is R = A for about every eighth text.
        assert not any(
            verify_export.is_signature(point, bytes([text]), b"\1" + bytes(63))
            for text in range(0 if encoding % 2**255 >= P else 12)
        )


def test_a_key_or_signature_of_another_length_is_refused() -> None:
    key, text, good = (bytes.fromhex(each) for each in VECTORS[0])
    assert not verify_export.is_signature(key, text, good + b"\0")
    assert not verify_export.is_signature(key, text, good[:-1])
    assert not verify_export.is_signature(key + b"\0", text, good)
    assert not verify_export.is_signature(key[:-1], text, good)


def test_every_proof_of_small_trees_leads_to_the_root_and_no_other_does() -> None:
    for size in range(1, 34):
        history = History([leaf_hash(bytes([number])) for number in range(size)])
        root = history.root()
        for index in range(size):
            leaf, proof = history.leaves[index], history.proof(index)
            assert verify_export.leads_to(root, size, index, leaf, proof)
            wrong = [proof[:-1]] if proof else []
            wrong += [[*proof, leaf], [leaf, *proof], [*proof, proof[-1] if proof else root]]
            for other in wrong:
                assert not verify_export.leads_to(root, size, index, leaf, other)
            for other_index in (index - 1, index + 1, index + size, -1):
                assert not verify_export.leads_to(root, size, other_index, leaf, proof)
            assert not verify_export.leads_to(root, size, index, bytes(32), proof)


def test_the_tree_gives_the_root_of_rfc_6962_at_every_size() -> None:
    tree, leaves = verify_export.Tree(), [leaf_hash(bytes([number])) for number in range(130)]
    history = History(leaves)
    for size in range(130):
        assert tree.root() == history.root(0, size)
        assert len(tree._full) == size.bit_count()
        tree.append(leaves[size])


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": None, "b": [True, False, [], {}], "c": -1, "d": 0},
        {"max": 2**53 - 1, "min": 1 - 2**53},
        {" ": 2, "A": 3, "a": 4, "~": 5},
        {"10": 1, "9": 2},
        {"__proto__": {"x": 1}},
        {"texts": AWKWARD},
        {"controls": "".join(map(chr, range(0x20))) + "\x7f\u2028"},
    ],
)
def test_what_is_canonical_is_read(value: dict[str, object]) -> None:
    assert verify_export.read_canonical(canonical(value)) == value


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'"a"',
        b"1",
        b"{} ",
        b"\xef\xbb\xbf{}",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a" :1}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":-0}',
        b'{"a":01}',
        b'{"a":9007199254740992}',
        b'{"a":' + b"9" * 10_000 + b"}",
        b'{"a":"\\u0041"}',
        b'{"a":"\\u001F"}',
        b'{"a":"\\u0008"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'{"a":"\t"}',
        '{"한":1}'.encode(),
        b'{"\x7f":1}',
        b'{"":1}',
        b'{"\\n":1}',
        b'{"a":1,}',
        b'{"a":1}{}',
    ],
)
def test_what_is_not_canonical_is_refused(line: bytes) -> None:
    assert verify_export.read_canonical(line) is None


def test_nesting_ends_at_twenty() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"

    assert verify_export.read_canonical(nested(20)) is not None
    assert verify_export.read_canonical(nested(21)) is None
    assert verify_export.read_canonical(nested(2_000_000)) is None


def test_a_key_is_read_back_and_its_id_is_its_own() -> None:
    signer = Signer(3)
    key = verify_export.read_key(signer.verifier_key().encode())
    assert key == (signer.name, signer.key_id(), signer.public)
    other = Signer(4).key_id().hex()
    swapped = signer.verifier_key().replace(signer.key_id().hex(), other)
    assert verify_export.read_key(swapped.encode()) is None


def test_it_is_written_for_python_3_8() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_a_moment_is_one_of_the_calendar() -> None:
    pattern = verify_export._SIGNED_AT
    for text in ("0001-01-01T00:00:00", "2024-02-29T23:59:59", "9999-12-31T00:00:00"):
        assert verify_export.is_time(pattern, f"signed-at {text}Z")
    for text in ("0000-01-01T00:00:00", "2023-02-29T00:00:00", "2026-01-01T24:00:00"):
        assert not verify_export.is_time(pattern, f"signed-at {text}Z")


def peak_of(pack: Pack) -> tuple[dict[str, object], int]:
    """Return the answer and the most bytes that Python held at once for it."""
    draft = Draft(pack, list(pack.files().items()))
    tracemalloc.start()
    answer = ask_python(draft)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return answer, peak


def test_memory_does_not_grow_with_the_number_of_events() -> None:
    (few, little), (many, much) = peak_of(build(1, 50)), peak_of(build(1, 800))
    assert (few["verdict"], many["verdict"]) == ("good", "good")
    # Copies that are in memory for the test are not counted; buffers of a whole file would be.
    assert much < little + 300_000


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    pack = build(2, 3)
    files = pack.files()
    lines = files["events.jsonl"].split(b"\n")
    files["events.jsonl"] = b"\n".join([lines[0], b"x" * (64 << 20), *lines[2:]])
    archive = tmp_path / "bomb.zip"
    archive.write_bytes(zipped(files.items()))
    assert archive.stat().st_size < 200_000
    tracemalloc.start()
    opened = verify_export.open_pack(str(archive))
    answer, _ = verify_export.verify(opened)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.reason, answer.line, answer.sequence) == ("event", 2, 2)
    assert peak < 30_000_000
