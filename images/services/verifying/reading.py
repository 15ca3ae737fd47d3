"""Read all events once: each by itself, the tree that they make, the heads that were signed."""

from images.models import AuditEvent
from images.services.verifying import events, rows
from images.services.verifying.comparison import Heads
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.growth import Growth
from images.services.verifying.past import SHORTEST_KEEPING, Past
from images.services.verifying.references import References
from images.services.verifying.report import Progress, Report
from images.services.verifying.rows import Row


class Reading:
    """One pass over the events up to the report's size."""

    def __init__(self, report: Report, past: Past, heads: Heads, progress: Progress) -> None:
        self._report = report
        self._findings = report.findings
        self._past = past
        self._heads = heads
        self._progress = progress
        self._references = References()
        self._tree = Growth()
        self._next = 1

    def run(self) -> None:
        size = self._report.size
        self._heads.check(0, self._tree.root)
        for chunk in rows.read(1, size):
            for row in chunk:
                self._take(row)
            for finding in self._references.faults(chunk):
                self._findings.add(finding)
            self._progress("events", self._next - 1, size)
        self._miss_until(size + 1)
        stray = rows.stray()
        if stray is not None:
            words = f"There is a row with the number {stray}, where no event may be."
            self._findings.add(Finding(Kind.GAP, By.DATA, words))
        self._heads.end(size)
        self._report.root = self._tree.root()

    def _take(self, row: Row) -> None:
        self._miss_until(row.sequence)
        self._next = row.sequence + 1
        if row.content is None:
            self._report.expired += 1
            self._look_again(row.sequence)
            self._add(self._too_young(row.sequence))
        self._add(events.fault_of(row, removed_through=self._past.removed_through))
        if self._tree.size + 1 != row.sequence:
            return  # after a gap nothing can be said of the tree
        self._add(self._tree.take(row))
        if self._heads.next_size == self._tree.size:
            self._heads.check(self._tree.size, self._tree.root)

    def _miss_until(self, sequence: int) -> None:
        first, last = self._next, sequence - 1
        if first > last:
            return
        words = f"The events {first} to {last} are missing."
        if first == last:
            words = f"Event {first} is missing."
        self._findings.add(Finding(Kind.GAP, By.DATA, words, first, last))

    def _look_again(self, sequence: int) -> None:
        """The keeping rule may be at work beside us: its event is newer than our beginning."""
        if sequence > self._past.removed_through:
            size = AuditEvent.objects.size()
            if size > self._past.size:
                self._past = Past.of(size)

    def _too_young(self, sequence: int) -> Finding | None:
        """A head that was signed before this event says how old it can be at most, whatever stands
        in its columns: nobody may take its bytes before the shortest keeping is over."""
        before, removed_at = self._heads.newest, self._past.removed_at
        if not (before and before.signed_at and removed_at):
            return None
        if before.signed_at + SHORTEST_KEEPING <= removed_at:
            return None
        words = f"The bytes of event {sequence} are gone too soon: it was written after {before}."
        return Finding(Kind.EXPIRED, before.by, words, sequence, sequence)

    def _add(self, finding: Finding | None) -> None:
        if finding:
            self._findings.add(finding)
