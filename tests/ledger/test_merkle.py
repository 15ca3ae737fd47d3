"""The tree is the one of RFC 6962, however few hashes the rows keep."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.ledger import merkle
from tests.ledger.naive import proof_of, root_of

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(200)]
sizes = st.integers(0, len(LEAVES))


def kept(size: int) -> dict[int, tuple[bytes, bytes]]:
    """Return what the rows of the first leaves keep: leaf hash and the subtrees it completes."""
    tree = merkle.Frontier()
    return {index: (leaf, b"".join(tree.add(leaf))) for index, leaf in enumerate(LEAVES[:size])}


def root_at(size: int, rows: dict[int, tuple[bytes, bytes]]) -> bytes:
    nodes = merkle.whole_subtrees(0, size)
    return merkle.joined(merkle.read_nodes(nodes, lambda wanted: {i: rows[i] for i in wanted}))


def proof_from(index: int, size: int, rows: dict[int, tuple[bytes, bytes]]) -> list[bytes]:
    return [
        merkle.joined(
            merkle.read_nodes(
                merkle.whole_subtrees(*part), lambda wanted: {i: rows[i] for i in wanted}
            )
        )
        for part in merkle.proof_ranges(index, size)
    ]


def test_the_first_hashes_are_those_of_the_rfc() -> None:
    assert sha256(b"").digest() == merkle.EMPTY_ROOT
    assert merkle.leaf_hash(b"") == sha256(b"\x00").digest()
    assert merkle.node_hash(b"l", b"r") == sha256(b"\x01lr").digest()


def test_the_root_of_every_size() -> None:
    tree = merkle.Frontier()
    rows = kept(len(LEAVES))
    for size in range(len(LEAVES)):
        assert tree.size == size
        assert tree.root() == root_of(LEAVES[:size]) == root_at(size, rows)
        tree.add(LEAVES[size])


@given(sizes, st.data())
def test_the_proof_of_every_leaf(size: int, data: st.DataObject) -> None:
    if not size:
        return
    index = data.draw(st.integers(0, size - 1))
    proof = proof_from(index, size, kept(size))
    assert proof == proof_of(index, LEAVES[:size])
    root = merkle.root_from_proof(LEAVES[index], index, size, proof)
    assert root == root_of(LEAVES[:size])


@given(st.integers(1, 60), st.data())
def test_a_proof_of_something_else_leads_elsewhere(size: int, data: st.DataObject) -> None:
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    root, proof = root_of(LEAVES[:size]), proof_of(index, LEAVES[:size])
    if other != index:
        assert merkle.root_from_proof(LEAVES[index], other, size, proof) != root
        assert merkle.root_from_proof(LEAVES[other], index, size, proof) != root
    assert merkle.root_from_proof(LEAVES[index], index, size, [*proof, LEAVES[0]]) is None
    if proof:
        assert merkle.root_from_proof(LEAVES[index], index, size, proof[:-1]) is None


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 5), (5, 5), (6, 5)])
def test_what_is_no_leaf_has_no_proof(index: int, size: int) -> None:
    assert merkle.root_from_proof(LEAVES[0], index, size, []) is None
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.proof_ranges(index, size)


@given(st.integers(1, 2**40), st.data())
def test_a_proof_is_short_in_a_large_tree(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    ranges = merkle.proof_ranges(index, size)
    assert len(ranges) <= (size - 1).bit_length()
    assert sum(end - start for start, end in ranges) == size - 1


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_whole_subtrees_cover_a_range_once(one: int, other: int) -> None:
    start, end = sorted((one, other))
    covered = start
    for level, last in merkle.whole_subtrees(start, end):
        assert last + 1 - (1 << level) == covered
        assert covered % (1 << level) == 0
        covered = last + 1
    assert covered == end


@given(st.integers(0, 2**50))
def test_a_new_leaf_needs_one_older_row_for_each_level(index: int) -> None:
    nodes = merkle.left_nodes(index)
    assert len(nodes) == (index ^ (index + 1)).bit_length() - 1
    assert all(last < index for _level, last in nodes)


def test_a_row_that_is_missing_is_said() -> None:
    rows = kept(8)
    del rows[3]
    with pytest.raises(KeyError):
        proof_from(0, 7, rows)
