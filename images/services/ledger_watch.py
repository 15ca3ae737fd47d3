"""Verify the whole history again and again beside the work, and tell what was found in it.

The worker does it at its start and once an hour. A finding is an event, so no restart and no
repair in silence makes it unsaid; pages show it until a later verification is good.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from images.models import AuditEvent
from images.services.verifying import Means, Report, verify

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
_GOOD, _BROKEN = "ledger.verified", "ledger.broken"
# That all is well is told once a day; that something is not, or is again, at once.
_TELL_GOOD_EVERY = timedelta(days=1)


def watch() -> bool:
    """Verify what is there now and record what is new about it; return whether it is good.

    Raises what `verify` raises.
    """
    report = verify(Means(anchors=settings.LEDGER_ANCHOR_DIR, memory=settings.LEDGER_STATE_FILE))
    if report.is_good:
        _tell_good(report)
    else:
        _tell_broken(report)
    return report.is_good


def alarm() -> AuditEvent | None:
    """Return the event of a finding that no good verification came after; None when all is well."""
    broken = _last(_BROKEN)
    if broken is None:
        return None
    good = _last(_GOOD)
    return broken if good is None or good.sequence < broken.sequence else None


def last_good() -> AuditEvent | None:
    """Return the event of the newest good verification."""
    return _last(_GOOD)


def _last(action: str) -> AuditEvent | None:
    return AuditEvent.objects.filter(action=action).order_by("-sequence").first()


def _tell_good(report: Report) -> None:
    last = _last(_GOOD)
    is_due = last is None or timezone.now() - last.at >= _TELL_GOOD_EVERY
    if not report.size or not (is_due or alarm()):
        return
    facts = {"size": report.size, "root": report.root.hex(), "requests": report.requests}
    with AuditEvent.objects.act():
        AuditEvent.objects.append(_GOOD, actor=None, facts=facts)


def _tell_broken(report: Report) -> None:
    listed = report.findings.listed()
    facts = {
        "first_bad": report.first_bad,
        "found": report.findings.total,
        "what": [finding.sentence for finding in listed[:3]],
    }
    logger.critical("the history is not what it was: %s", facts["what"])
    before = alarm()
    if before and all(before.facts.get(name) == value for name, value in facts.items()):
        return  # told already
    with AuditEvent.objects.act():
        AuditEvent.objects.append(_BROKEN, actor=None, facts=facts)
