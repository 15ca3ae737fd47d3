"""The ticker's work: wake what is due, give up leases that ran out, say that we live."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from images import jobs
from images.models import AuditEvent, ImageRequest, WorkerPulse
from images.services.reconciling import FIRST_SEARCH
from images.vocabulary import OwnReason, State

_JOBS = {
    State.RECORDED: jobs.send,
    State.ACCEPTED: jobs.follow,
    State.UNKNOWN: jobs.reconcile,
}
# A wake-up may be lost with its worker; whatever is still due after this is woken again.
_WAKE_AGAIN = timedelta(seconds=30)
_AT_ONCE = 200


class Ticker:
    """Remembers what it woke, so that a tick does not flood the queue. One per process."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._woken: dict[str, datetime] = {}

    def tick(self) -> None:
        """Do one round. Several tickers at once do no harm: the rows decide."""
        now = timezone.now()
        give_up_dead_leases(now)
        self._wake_due(now)
        WorkerPulse.objects.update_or_create(worker=self._worker, defaults={"seen_at": now})

    def _wake_due(self, now: datetime) -> None:
        self._woken = {
            pk: woken_at for pk, woken_at in self._woken.items() if now - woken_at < _WAKE_AGAIN
        }
        due = ImageRequest.objects.filter(state__in=list(_JOBS), due_at__lte=now)
        rows = due.order_by("due_at").values_list("pk", "state", "due_at")[:_AT_ONCE]
        for pk, state, due_at in rows:
            mark = f"{pk} {due_at}"
            if mark not in self._woken:
                _JOBS[State(state)].enqueue(str(pk))
                self._woken[mark] = now


def give_up_dead_leases(now: datetime) -> None:
    """A send whose lease ran out lost its worker: its outcome is unknown, and looked for."""
    dead = ImageRequest.objects.filter(state=State.SENDING, lease_until__lt=now)
    for asked in dead:
        with transaction.atomic():
            mine = dead.filter(pk=asked.pk, attempt=asked.attempt)
            if mine.update(
                state=State.UNKNOWN,
                lease_until=None,
                outcome_reason=OwnReason.WORKER_DIED,
                outcome_code="",
                outcome_detail="",
                outcome_request_ids={},
                due_at=now + FIRST_SEARCH,
                looks=0,
            ):
                AuditEvent.objects.append(
                    "request.unknown",
                    actor=None,
                    request=asked,
                    target=asked.image_name,
                    facts={"reason": OwnReason.WORKER_DIED.value},
                )
