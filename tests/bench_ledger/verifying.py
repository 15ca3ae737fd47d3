"""Verifying, against hashlib's SHA-256 over the same events."""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from images.ledger import merkle
from images.ledger.canonical import canonical
from images.models import AuditEvent, ImageRequest
from images.services.verifying import Means, verify
from images.services.verifying.growth import Growth
from images.services.verifying.rows import Row, read
from tests.unguarded import unguarded

_ROUNDS = 5
_AT_ONCE = 5_000


@dataclass(frozen=True)
class Speeds:
    """Seconds for all events, by what is done with them."""

    events: int
    size: int
    hashlib_each: float
    hashlib_stream: float
    hashing: float
    whole: float

    @property
    def ratio(self) -> float:
        """Of the hashing: each event's leaf, every hash of the tree, compared with what is kept."""
        return self.hashlib_each / self.hashing

    def __str__(self) -> str:
        return (
            f"{self.events:,} events, {self.size / self.events:.0f} bytes each: hashlib by event "
            f"{self._rate(self.hashlib_each)}, as one stream {self._rate(self.hashlib_stream)}; "
            f"leaves and tree {self._rate(self.hashing)}, ratio {self.ratio:.2f}, to the stream "
            f"{self.hashlib_stream / self.hashing:.2f}; with reading and comparing every column "
            f"{self._rate(self.whole)} ({self.events / self.whole:,.0f} events a second), ratio "
            f"{self.hashlib_each / self.whole:.3f}"
        )

    def _rate(self, seconds: float) -> str:
        return f"{self.size / seconds / 1e6:.0f} MB/s"


def measure(count: int) -> Speeds:
    """Fill the ledger with `count` events and measure; the best of a few rounds each."""
    _fill(count)
    events = [row for chunk in read(1, count) for row in chunk]
    contents = [row.content or b"" for row in events]
    acts: list[Callable[[], object]] = [
        lambda: _by_event(contents),
        lambda: _as_stream(contents),
        lambda: _tree_over(events),
        _verified,
    ]
    times = [[_seconds(act) for act in acts] for _ in range(_ROUNDS)]
    each, stream, hashing, whole = (min(column) for column in zip(*times, strict=True))
    return Speeds(count, sum(map(len, contents)), each, stream, hashing, whole)


def _by_event(contents: list[bytes]) -> None:
    for content in contents:
        hashlib.sha256(content).digest()


def _as_stream(contents: list[bytes]) -> None:
    stream = hashlib.sha256()
    for content in contents:
        stream.update(content)
    stream.digest()


def _tree_over(events: list[Row]) -> None:
    tree = Growth()
    for row in events:
        assert merkle.leaf_hash(row.content or b"") == row.leaf
        assert tree.take(row) is None


def _verified() -> None:
    report = verify(Means())
    assert report.is_good or {each.kind for each in report.findings.listed()} == {"request"}


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _fill(count: int) -> None:
    """Write events as `append` makes them, many at once."""
    asked = ImageRequest.objects.get()
    with unguarded():
        AuditEvent.objects.all()._raw_delete("default")
        batch = []
        for event in _events(asked, count):
            batch.append(event)
            if len(batch) == _AT_ONCE:
                AuditEvent.objects.bulk_create(batch)
                batch = []
        AuditEvent.objects.bulk_create(batch)


def _events(asked: ImageRequest, count: int) -> Iterator[AuditEvent]:
    tree = merkle.Frontier()
    began = datetime(2026, 11, 23, tzinfo=UTC)
    for number in range(count):
        event = AuditEvent(
            sequence=number + 1,
            at=began + timedelta(seconds=number, microseconds=number % 1_000_000),
            action="key.tested",
            actor=asked.actor,
            address="192.0.2.7",
            http_request_id=str(uuid.uuid4()),
            key=asked.key,
            target=f"{asked.image_name}-{number}",
        )
        facts = {"works": True, "reason": "", "attempt": number, "sha256": f"{number:064x}"}
        event.content = canonical(event.members(facts))
        event.leaf_hash = merkle.leaf_hash(event.content)
        event.subtrees = b"".join(tree.add(event.leaf_hash))
        yield event
