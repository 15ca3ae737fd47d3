"""Which events belong to an export: a bit for each sequence, so a million cost 125 kB."""

from collections.abc import Iterator

from django.db.models import QuerySet

from images.models import AuditEvent

CHUNK = 2_000


class Selection:
    """A set of sequences from 1 to `size`, in memory that does not grow with what is chosen."""

    def __init__(self, size: int, bits: bytes | None = None) -> None:
        """Take the bits of an earlier selection; without them nothing is chosen."""
        self.size = size
        self._bits = bytearray(size // 8 + 1) if bits is None else bytearray(bits)

    @classmethod
    def of_all(cls, size: int) -> "Selection":
        """Choose every sequence from 1 to `size`."""
        every = ((1 << (size % 8 + 1)) - 1).to_bytes(1, "little")
        bits = bytearray(b"\xff" * (size // 8) + every)
        bits[0] &= 0xFE  # there is no event 0
        return cls(size, bytes(bits))

    def add(self, sequence: int) -> None:
        self._bits[sequence >> 3] |= 1 << (sequence & 7)

    def __contains__(self, sequence: int) -> bool:
        return bool(self._bits[sequence >> 3] >> (sequence & 7) & 1)

    def __len__(self) -> int:
        return int.from_bytes(self._bits, "little").bit_count()

    def __bytes__(self) -> bytes:
        return bytes(self._bits)

    def __iter__(self) -> Iterator[int]:
        for place, byte in enumerate(self._bits):
            if byte:
                yield from ((place << 3) + bit for bit in range(8) if byte >> bit & 1)

    def chunks(self) -> Iterator[list[int]]:
        """Yield the sequences by rising order, some thousand at a time."""
        chunk = []
        for sequence in self:
            chunk.append(sequence)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk


def rows_of(chunk: list[int]) -> QuerySet[AuditEvent]:
    """Return the events of a rising chunk, in that order."""
    first, last = chunk[0], chunk[-1]
    if last - first + 1 == len(chunk):
        found = AuditEvent.objects.filter(sequence__gte=first, sequence__lte=last)
    else:
        found = AuditEvent.objects.filter(sequence__in=chunk)
    return found.order_by("sequence")
