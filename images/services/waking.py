"""The ticker's work: wake what is due, give up leases that ran out, say that we live."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from images import jobs
from images.models import ApiHost, AuditEvent, ImageRequest, WorkerPulse
from images.models.image_request import ImageRequestQuerySet
from images.services import spill
from images.services.reconciling import FIRST_SEARCH
from images.vocabulary import OPEN, OwnReason, State

_JOBS = {
    State.RECORDED: jobs.send,
    State.ACCEPTED: jobs.follow,
    State.UNKNOWN: jobs.reconcile,
}
# A wake-up may be lost with its worker. What is still due is woken again, once the queue has come
# to jobs that were put in so much later; before that its job may still wait, and a second one
# would only make the queue longer.
_WAKE_AGAIN = timedelta(seconds=30)
# This keeps every hand busy until the next tick; a person's new wish waits behind no more.
_MOST_WAITING = 200
_AT_ONCE = 100  # in one transaction, for which SQLite lets nobody else write
# Nobody waits longer: a send an hour (Retry-After is capped there), a look five minutes.
_LONGEST_WAIT = {
    State.RECORDED: timedelta(minutes=65),
    State.ACCEPTED: timedelta(minutes=10),
    State.UNKNOWN: timedelta(minutes=10),
}


@dataclass(frozen=True)
class Backlog:
    """The jobs that nobody has taken yet: how many, and when the oldest was put in."""

    jobs: int = 0
    since: datetime | None = None


EMPTY = Backlog()


class Ticker:
    """What a worker process does once a second. The rows remember what was woken, and when."""

    def __init__(self, worker: str) -> None:
        self._worker = worker

    def tick(self, backlog: Backlog = EMPTY) -> None:
        """Do one round; `backlog` is what the queue already holds.

        Several tickers at once do no harm, and wake each row once: the rows decide.
        """
        now = timezone.now()
        if spill.is_waiting():
            spill.replay()
        mend_clock(now)
        give_up_dead_leases(now)
        wake_due(now, backlog)
        WorkerPulse.objects.update_or_create(worker=self._worker, defaults={"seen_at": now})


def wake_due(now: datetime, backlog: Backlog) -> None:
    """Put a job into the queue for each row that is due, the most overdue first.

    The rows are locked while they are marked, and those that another ticker holds are left to it.
    """
    most = min(_AT_ONCE, _MOST_WAITING - backlog.jobs)
    if most <= 0:
        return
    with transaction.atomic():  # the mark without the job would be a lost wake-up
        unwoken = _unwoken(now, backlog).order_by("due_at").select_for_update(skip_locked=True)
        rows = list(unwoken.values_list("pk", "state")[:most])
        mine = ImageRequest.objects.filter(pk__in=[pk for pk, _ in rows])
        mine.update(woken_for=F("due_at"), woken_at=timezone.now())
        for pk, state in rows:
            _JOBS[State(state)].enqueue(str(pk))


def _unwoken(now: datetime, backlog: Backlog) -> ImageRequestQuerySet:
    """Rows that are due and whose wake-up for it was lost, or never came.

    Jobs are taken in the order in which they were put in, so a job may still wait as long as
    those that wait are not all much younger. A wake-up in the near future is of a ticker whose
    clock is ahead of ours; one in the far future, of a clock that was set back.
    """
    reached = min(backlog.since or now, now)
    return (
        ImageRequest.objects.filter(state__in=list(_JOBS))
        .due(now)
        .exclude(
            woken_for=F("due_at"),
            woken_at__gt=reached - _WAKE_AGAIN,
            woken_at__lt=now + _WAKE_AGAIN,
        )
    )


def mend_clock(now: datetime) -> None:
    """Bring back what a clock that was set back has left too far ahead.

    A time beyond the longest wait, or a lease beyond its setting, is one that the clock made.
    """
    for state, longest in _LONGEST_WAIT.items():
        far = ImageRequest.objects.filter(state=state, due_at__gt=now + longest)
        far.update(due_at=now)
    for name in ("lost_at", "answered_at"):  # or a search, or "not visible yet", would not end
        ahead = ImageRequest.objects.filter(state__in=OPEN, **{f"{name}__gt": now})
        ahead.update(**{name: now})
    longest_silence = _LONGEST_WAIT[State.RECORDED]
    ApiHost.objects.filter(silent_until__gt=now + longest_silence).update(silent_until=now)
    lease = timedelta(seconds=settings.SEND_LEASE_SECONDS)
    sending = ImageRequest.objects.filter(state=State.SENDING, lease_until__gt=now + 2 * lease)
    sending.update(lease_until=now + lease)


def give_up_dead_leases(now: datetime) -> None:
    """A send whose lease ran out lost its worker: its outcome is unknown, and looked for."""
    dead = ImageRequest.objects.filter(state=State.SENDING, lease_until__lt=now)
    for asked in dead:
        with AuditEvent.objects.act():
            mine = dead.filter(pk=asked.pk, attempt=asked.attempt)
            if mine.update(
                state=State.UNKNOWN,
                lease_until=None,
                outcome_reason=OwnReason.WORKER_DIED,
                outcome_code="",
                outcome_detail="",
                outcome_request_ids={},
                lost_at=now,
                due_at=now + FIRST_SEARCH,
                looks=0,
                misses=0,
            ):
                AuditEvent.objects.append(
                    "request.unknown",
                    actor=None,
                    request=asked,
                    target=asked.image_name,
                    facts={"reason": OwnReason.WORKER_DIED.value},
                )
