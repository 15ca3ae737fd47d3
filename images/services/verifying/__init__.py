"""Verify the whole ledger, and the rows that pages show against it.

Contract: docs/ledger.md. It reads in chunks, so memory stays flat, and it may run beside a working
console: what is written meanwhile is left for the next time.
"""

from collections.abc import Iterator
from itertools import chain

from django.db import DEFAULT_DB_ALIAS

from images import guards
from images.ledger import heads
from images.ledger.heads import BadMemory, Head
from images.ledger.notes import VerifierKey
from images.ledger_key import signing_key
from images.models import AuditEvent, Checkpoint, ImageRequest
from images.services.verifying import claims, factors, keys, people, requests
from images.services.verifying.claims import Anchors
from images.services.verifying.comparison import Heads
from images.services.verifying.findings import By, Finding, Findings, Kind
from images.services.verifying.past import Past
from images.services.verifying.reading import Reading
from images.services.verifying.report import Means, Progress, Report

__all__ = ["By", "Finding", "Kind", "Means", "Report", "verify"]


def verify(means: Means, progress: Progress = lambda what, done, total: None) -> Report:
    """Verify what is there now. Raises OSError for a file that cannot be read, BadLedgerKey when
    no key is given and our own cannot be used, and django.db.Error."""
    findings = Findings()
    # What could be ahead of the events is read before their number is.
    memory = _remembered(means, findings)
    anchors = Anchors.of(means.anchors)
    last = Checkpoint.objects.order_by("-id").first()
    report = Report(AuditEvent.objects.size(), findings=findings)
    past = Past.of(report.size)
    trusted = means.keys or _our_keys(past)
    all_heads = Heads(findings, past)
    all_heads.add(claims.of_rows(trusted, last.pk if last else 0, findings))
    all_heads.add(claims.of_memory(memory))
    all_heads.add(claims.of_anchors(anchors, trusted, findings))
    all_heads.add(claims.of_auditor(means.earlier, trusted, findings))
    Reading(report, past, all_heads, progress).run()
    _verify_requests(report, progress)
    for finding in chain(people.faults(), factors.faults(), keys.faults()):
        findings.add(finding)
    report.heads = all_heads.counts
    report.notes = [
        *past.notes(),
        *_notes_on_keys(past, means.keys or trusted[:1]),
        *_notes(all_heads),
        *_notes_on_memory(means, memory, last),
    ]
    return report


def _remembered(means: Means, findings: Findings) -> Head | None:
    try:
        return heads.read(means.memory) if means.memory else None
    except BadMemory as error:
        findings.add(Finding(Kind.MEMORY, By.MEMORY, str(error)))
        return None


def _our_keys(past: Past) -> tuple[VerifierKey, ...]:
    ours = signing_key().verifier
    return (ours, *(key for _sequence, key in past.keys if key != ours))


def _verify_requests(report: Report, progress: Progress) -> None:
    total = ImageRequest.objects.count()
    for ids in requests.chunks():
        for finding in requests.faults_of(ids):
            report.findings.add(finding)
        report.requests += len(ids)
        progress("requests", report.requests, max(total, report.requests))


def _notes_on_keys(past: Past, trusted: tuple[VerifierKey, ...]) -> Iterator[str]:
    if past.keys and past.keys[-1][1] not in trusted:
        sequence, key = past.keys[-1]
        yield f"Event {sequence} names another signing key than is trusted: {key}."


def _notes(all_heads: Heads) -> Iterator[str]:
    if all_heads.given_up:
        yield (
            f"{all_heads.given_up} signed checkpoints belong to the past that was given up when an "
            "older backup was accepted."
        )
    if all_heads.is_clock_back:
        yield "The signer's clock was set back at times: a checkpoint is dated before an older one."
    absent = guards.missing(DEFAULT_DB_ALIAS)
    if absent:
        yield f"The database does not guard its records: {', '.join(absent)}."


def _notes_on_memory(means: Means, memory: Head | None, last: Checkpoint | None) -> Iterator[str]:
    if means.memory and last and not memory:
        yield "The signer remembers nothing here, although checkpoints were signed."
    if memory and memory.size > (last.size if last else 0):
        yield (
            f"The signer remembers a checkpoint over {memory.size} events that is not in the "
            "database. It was signed just now, the console ended in that moment, or somebody "
            "dropped it."
        )
