"""What looks wrong beside a working console may be an act in between: it is read again."""

from collections.abc import Callable, Hashable, Iterable, Iterator

from images.models import AuditEvent
from images.services.verifying.findings import Finding


def confirmed(faults_now: Callable[[], Iterable[tuple[Hashable, Finding]]]) -> Iterator[Finding]:
    """Yield the faults that are there once more while no act can come between.

    `faults_now` reads them, each with whom or what it is about.
    """
    suspects = {about for about, _finding in faults_now()}
    if suspects:
        with AuditEvent.objects.act():
            found = [finding for about, finding in faults_now() if about in suspects]
        yield from found
