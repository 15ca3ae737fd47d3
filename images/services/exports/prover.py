"""Inclusion proofs for many events by rising sequence: each hash of the tree is read about once.

`AuditEvent.objects.proof` asks the database anew for every event; here neighbours share.
"""

from collections.abc import Iterator

from images.ledger import merkle
from images.services.exports.selection import CHUNK, rows_of

Range = tuple[int, int]

_TAKEN_OUT = (b"", b"")


class Prover:
    """Proves events of the tree of `size` leaves. What it remembers grows with a chunk, and from
    chunk to chunk with the height of the tree alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        # From the root down to the last leaf: the range walked into, and the one beside it.
        self._path: list[tuple[Range, Range]] = []
        self._roots: dict[Range, str] = {}

    def proofs(self, chunk: list[int]) -> Iterator[tuple[int, list[str]]]:
        """Yield each sequence of a rising chunk with its proof (RFC 6962, section 2.1.1), the
        hashes from the leaf upwards in hexadecimal. Where rows are missing that somebody took out,
        the proof leads nowhere: the export goes on, and a verifier shows the place."""
        proofs = [(sequence, self._siblings(sequence - 1)) for sequence in chunk]
        self._read({each for _sequence, siblings in proofs for each in siblings})
        for sequence, siblings in proofs:
            yield sequence, [self._roots[each] for each in siblings]
        kept = {sibling for _inside, sibling in self._path}
        self._roots = {each: root for each, root in self._roots.items() if each in kept}

    def _siblings(self, index: int) -> list[Range]:
        """Return the ranges whose roots prove a leaf, from the leaf upwards.

        The way down begins where it parts from the way to the leaf before.
        """
        path = self._path
        while path and not path[-1][0][0] <= index < path[-1][0][1]:
            path.pop()
        start, end = path[-1][0] if path else (0, self._size)
        while end - start > 1:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            left, right = (start, split), (split, end)
            inside, sibling = (left, right) if index < split else (right, left)
            path.append((inside, sibling))
            start, end = inside
        return [sibling for _inside, sibling in reversed(path)]

    def _read(self, ranges: set[Range]) -> None:
        wanted = {each: merkle.whole_subtrees(*each) for each in ranges - self._roots.keys()}
        nodes = [node for part in wanted.values() for node in part]
        hashes = iter(merkle.read_nodes(nodes, _rows))
        for each, part in wanted.items():
            self._roots[each] = merkle.joined([next(hashes) for _node in part]).hex()


def _rows(indexes: set[int]) -> dict[int, tuple[bytes, bytes]]:
    found = dict.fromkeys(indexes, _TAKEN_OUT)
    sequences = [index + 1 for index in sorted(indexes)]
    for start in range(0, len(sequences), CHUNK):
        rows = rows_of(sequences[start : start + CHUNK])
        for sequence, leaf, subtrees in rows.values_list("sequence", "leaf_hash", "subtrees"):
            found[sequence - 1] = (bytes(leaf), bytes(subtrees))
    return found
