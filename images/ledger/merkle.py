"""The Merkle tree of RFC 6962, section 2.1, over rows that each keep a few hashes.

The row of a leaf keeps its leaf hash and the hashes of the whole subtrees that the leaf completes
(levels 1, 2, ...). So a new leaf needs about one older row, and a proof a row for each level.
Indexes count from 0; a *node* is a whole subtree, named by its level and its last leaf's index.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Node = tuple[int, int]


def leaf_hash(content: bytes) -> bytes:
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def left_nodes(index: int) -> list[Node]:
    """Return the whole subtrees that the leaf at `index` is joined to, lowest first."""
    nodes = []
    level = 0
    while index >> level & 1:
        nodes.append((level, index - (1 << level)))
        level += 1
    return nodes


def completed(leaf: bytes, lefts: Iterable[bytes]) -> list[bytes]:
    """Return the hashes of the subtrees that a leaf completes, given those of `left_nodes`."""
    subtrees = []
    top = leaf
    for left in lefts:
        top = node_hash(left, top)
        subtrees.append(top)
    return subtrees


def whole_subtrees(start: int, end: int) -> list[Node]:
    """Return the nodes that cover the leaves from `start` to before `end`, left to right."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        start += 1 << level
        nodes.append((level, start - 1))
    return nodes


def joined(hashes: Sequence[bytes]) -> bytes:
    """Return the root over neighbouring subtrees whose sizes fall from left to right."""
    if not hashes:
        return EMPTY_ROOT
    top = hashes[-1]
    for left in reversed(hashes[:-1]):
        top = node_hash(left, top)
    return top


def proof_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves whose roots prove the leaf at `index`, from the leaf upwards.

    Source: RFC 6962, section 2.1.1. Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("There is no such leaf.")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def root_from_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that the proof leads to; None when its length does not fit."""
    if not 0 <= index < size:
        return None
    ranges = proof_ranges(index, size)
    if len(ranges) != len(proof):
        return None
    top = leaf
    for (_start, end), other in zip(ranges, proof, strict=True):
        top = node_hash(other, top) if end <= index else node_hash(top, other)
    return top


class Frontier:
    """The tree over leaves that come one by one, in memory that grows with its height alone."""

    def __init__(self) -> None:
        self.size = 0
        self._tops: list[bytes] = []

    def add(self, leaf: bytes) -> list[bytes]:
        """Take the next leaf, and return the hashes of the subtrees that it completes."""
        lefts = [self._tops.pop() for _node in left_nodes(self.size)]
        subtrees = completed(leaf, lefts)
        self._tops.append(subtrees[-1] if subtrees else leaf)
        self.size += 1
        return subtrees

    def root(self) -> bytes:
        return joined(self._tops)


def read_nodes(
    nodes: Sequence[Node], rows: Callable[[set[int]], dict[int, tuple[bytes, bytes]]]
) -> list[bytes]:
    """Return the nodes' hashes from the rows of their last leaves.

    `rows` takes indexes and returns the leaf hash and the joined subtrees of each; one that is
    missing there raises KeyError.
    """
    found = rows({last for _level, last in nodes})
    return [_kept(*found[last], level) for level, last in nodes]


def _kept(leaf: bytes, subtrees: bytes, level: int) -> bytes:
    return leaf if level == 0 else subtrees[(level - 1) * HASH_BYTES : level * HASH_BYTES]
