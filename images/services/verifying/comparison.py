"""Hold the growing tree against everything that was ever said of its head."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from images.models import AuditEvent, Checkpoint
from images.services.verifying.claims import Claim
from images.services.verifying.findings import By, Finding, Findings, Kind
from images.services.verifying.past import Past


@dataclass
class _Source:
    """One row of claims; nearly always by rising size, for that is how they are made."""

    rest: Iterator[Claim]
    next: Claim | None = None
    before: Claim | None = None
    last_good: int = 0
    is_contradicted: bool = False

    def __post_init__(self) -> None:
        self.advance()

    def advance(self) -> None:
        self.before, self.next = self.next, next(self.rest, None)

    @property
    def is_clock_back(self) -> bool:
        times = [each.signed_at for each in (self.before, self.next) if each and each.signed_at]
        return len(times) > 1 and times[1] < times[0]


@dataclass
class Heads:
    """The claims of all sources, merged by size, in flat memory."""

    findings: Findings
    past: Past
    sources: list[_Source] = field(default_factory=list)
    counts: dict[By, int] = field(default_factory=dict)
    given_up: int = 0
    """How many belong to a past that was given up when an older backup was accepted."""
    is_clock_back: bool = False
    """Whether a checkpoint of the database is dated before an older one."""
    newest: Claim | None = None
    """Of the claims that were true so far, the one that was signed last."""
    next_size: int | None = None

    def add(self, claims: Iterable[Claim]) -> None:
        """Take one more source. Of sources with a claim of one size, the first added goes first."""
        self.sources.append(_Source(iter(claims)))
        self._look_ahead()

    def check(self, size: int, root: Callable[[], bytes]) -> None:
        """Check every claim up to `size`, whose root is given."""
        for source in self.sources:
            while source.next and source.next.size <= size:
                claim = source.next
                self.is_clock_back |= claim.by is By.HEAD and source.is_clock_back
                found = root() if claim.size == size else _root_at(claim.size)
                self._judge(source, claim, is_true=found == claim.root)
                source.advance()
        self._look_ahead()

    def end(self, size: int) -> None:
        """Check what is left: claims over more events than there are."""
        for source in self.sources:
            while source.next:
                claim = source.next
                source.advance()
                if claim.size <= size:
                    continue  # beyond a gap, which is told
                self._count(claim)
                if self.past.explains(claim):
                    self.given_up += 1
                elif not source.is_contradicted:
                    source.is_contradicted = True
                    self.findings.add(_too_few(claim, size))

    def _judge(self, source: _Source, claim: Claim, *, is_true: bool) -> None:
        self._count(claim)
        if not is_true:
            self._contradict(source, claim)
            return
        source.last_good = max(source.last_good, claim.size)
        if claim.is_newer_than(self.newest):
            self.newest = claim
        if claim.by is By.ANCHOR and not self.past.explains_absence(claim) and _is_dropped(claim):
            words = (
                f"A checkpoint over {claim.size} events is not in the database any more: {claim}."
            )
            self.findings.add(Finding(Kind.DROPPED, claim.by, words))

    def _contradict(self, source: _Source, claim: Claim) -> None:
        """The first contradiction is told; those after it follow from it, as does one that a
        fault of the data itself explains."""
        if self.past.explains(claim):
            self.given_up += 1
            return
        if source.is_contradicted or self.findings.any_within(claim.size):
            source.is_contradicted = True
            self.findings.by.add(claim.by)
            return
        source.is_contradicted = True
        first = source.last_good + 1
        words = f"One of the events {first} to {claim.size} is not what it was by {claim}."
        self.findings.add(Finding(Kind.ROOT, claim.by, words, first, claim.size))

    def _count(self, claim: Claim) -> None:
        self.counts[claim.by] = self.counts.get(claim.by, 0) + 1

    def _look_ahead(self) -> None:
        sizes = [source.next.size for source in self.sources if source.next]
        self.next_size = min(sizes, default=None)


def _root_at(size: int) -> bytes:
    """Return the root over fewer events than are read by now, from the hashes that rows keep."""
    try:
        return AuditEvent.objects.root_at(size)
    except KeyError:
        return b""


def _is_dropped(claim: Claim) -> bool:
    return not Checkpoint.objects.filter(size=claim.size, root=claim.root).exists()


def _too_few(claim: Claim, size: int) -> Finding:
    words = (
        f"The events from {size + 1} on are gone: there are {size} now, and there were "
        f"{claim.size} by {claim}."
    )
    return Finding(Kind.SIZE, claim.by, words, size + 1, claim.size)
