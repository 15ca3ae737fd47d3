"""The tree of RFC 6962, section 2.1, as the RFC defines it: slow, and plainly right."""

from hashlib import sha256


def root_of(leaves: list[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def proof_of(index: int, leaves: list[bytes]) -> list[bytes]:
    """Return the inclusion proof of a leaf, from the leaf upwards."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*proof_of(index, leaves[:split]), root_of(leaves[split:])]
    return [*proof_of(index - split, leaves[split:]), root_of(leaves[:split])]


def _split(count: int) -> int:
    """Return the largest power of two below the count."""
    split = 1
    while split * 2 < count:
        split *= 2
    return split
