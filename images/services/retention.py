"""The keeping rule: after RETENTION_YEARS the bytes of events and calls go; the proof stays.

Contract: docs/ledger.md, section 6.
"""

from datetime import datetime

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from images import guards
from images.models import AuditEvent, ExchangeRecord
from images.record_tables import EVENTS

# So many go in one transaction, each with an event of its own: nobody waits long for the ledger.
AT_ONCE = 2_000


def may_apply() -> bool:
    """Whether our role in the database may take bytes. Where it may only add (docs/deploy.md,
    PostgreSQL), the database's owner applies the rule."""
    return guards.may_change(DEFAULT_DB_ALIAS, EVENTS)


def apply() -> int:
    """Remove what is older than the rule allows, and return how many events lost their bytes.

    Each step is an event. Raises django.db.Error; what was done before it stays done.
    """
    before = _years_ago(timezone.now(), settings.RETENTION_YEARS)
    removed = 0
    while step := _step(before):
        removed += step
    return removed


def _step(before: datetime) -> int:
    with AuditEvent.objects.act():
        through = _last_old(before)
        old = AuditEvent.objects.filter(sequence__lte=through, content__isnull=False)
        first = old.order_by("sequence").values_list("sequence", flat=True).first()
        if first is None:
            return 0
        through = min(through, first + AT_ONCE - 1)
        events = old.filter(sequence__lte=through).update(
            action="",
            actor=None,
            address="",
            http_request_id="",
            request=None,
            key=None,
            target="",
            content=None,
        )
        calls = _empty_calls(before)
        AuditEvent.objects.append(
            "retention.applied",
            actor=None,
            facts={"through": through, "events": events, "calls": calls},
        )
    return events


def _last_old(before: datetime) -> int:
    """Return the last sequence before the first event that is to be kept. By sequence, for the
    clock may once have been wrong."""
    kept = AuditEvent.objects.filter(at__gte=before).order_by("sequence")
    first_kept = kept.values_list("sequence", flat=True).first()
    return AuditEvent.objects.size() if first_kept is None else first_kept - 1


def _empty_calls(before: datetime) -> int:
    """Take the bytes of old calls and answers; their hashes and SCP's status stay."""
    old = ExchangeRecord.objects.filter(prepared_at__lt=before).exclude(request_body="")
    return old.update(request_headers={}, request_body="", headers={}, body=b"", request_ids={})


def _years_ago(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # the 29th of February
        return now.replace(year=now.year - years, day=28)
