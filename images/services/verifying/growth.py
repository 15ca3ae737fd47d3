"""Let the tree grow again from its leaves, and hold the hashes that rows keep against it."""

from images.ledger.merkle import HASH_BYTES, joined, node_hash
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.rows import Row


class Growth:
    """The tree over the rows so far, in memory that grows with its height alone."""

    def __init__(self) -> None:
        self.size = 0
        self._tops: list[bytes] = []

    def root(self) -> bytes:
        return joined(self._tops)

    def take(self, row: Row) -> Finding | None:
        """Add the next row's leaf; return a fault in the hashes that the row keeps.

        After a fault the tree goes on with what is kept, so that one change is one fault.
        """
        completed, top, rest = b"", row.leaf, self.size
        while rest & 1:
            top = node_hash(self._tops.pop(), top)
            completed += top
            rest >>= 1
        self.size += 1
        is_same = completed == row.subtrees
        if not is_same and len(row.subtrees) == len(completed) > 0:
            top = row.subtrees[-HASH_BYTES:]
        self._tops.append(top)
        return None if is_same else _fault(row, completed)


def _fault(row: Row, completed: bytes) -> Finding:
    level = _lowest_difference(completed, row.subtrees)
    first = row.sequence - (1 << level) + 1
    words = (
        f"A hash that event {row.sequence} keeps is not that of events {first} to {row.sequence}: "
        "one of them is not what it was when the tree was written."
    )
    return Finding(Kind.TREE, By.DATA, words, first, row.sequence)


def _lowest_difference(completed: bytes, kept: bytes) -> int:
    """Return the level of the lowest subtree that differs; 0 for hashes beyond what belongs."""
    for start in range(0, len(completed), HASH_BYTES):
        if kept[start : start + HASH_BYTES] != completed[start : start + HASH_BYTES]:
            return start // HASH_BYTES + 1
    return 0
