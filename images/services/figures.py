"""How the console stands, in figures, read from the database: every process tells the same.

What one process remembers would be of that process alone, and gone with it. Nothing here is by
person, key or server.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Case, Count, F, IntegerField, Min, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string

from images.models import AuditEvent, Checkpoint, ExchangeRecord, ImageRequest, WorkerPulse
from images.services import health
from images.services.waking import Backlog
from images.vocabulary import SETTLED, State

# Upper bounds of the durations of calls, in milliseconds; one more is without a bound.
BOUNDS_MS = (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 30_000, 60_000)
NO_ANSWER = "none"
SIGN_INS = {
    "session.signed_in": "signed_in",
    "session.failed": "failed",
    "session.limited": "limited",
}
_WAITING = (State.RECORDED, State.ACCEPTED, State.UNKNOWN)


@dataclass
class Durations:
    """Finished create calls of one class of answers: how many up to each bound, and their sum."""

    counts: list[int]
    total_ms: int = 0


@dataclass(frozen=True)
class Figures:
    """The figures at `at`. What there is nothing of yet is None."""

    at: datetime
    requests: dict[str, int]
    outcomes: dict[tuple[str, str], int]
    """By state and reason, of settled requests."""
    calls: dict[str, Durations]
    """By class of the status, such as 2xx; NO_ANSWER where none came."""
    jobs: Backlog
    due: Backlog
    """Requests whose time to be sent, followed or looked for has come."""
    last_pulse: datetime | None
    ledger_size: int
    last_checkpoint: Checkpoint | None
    sign_ins: dict[str, int]
    troubles: frozenset[str]

    def age(self, moment: datetime | None) -> float | None:
        """Return the seconds since then; a clock that was set back makes none negative."""
        return None if moment is None else max(0.0, (self.at - moment).total_seconds())


def read() -> Figures:
    """Return the figures of now. Raises django.db.Error."""
    now = timezone.now()
    pulse = WorkerPulse.last_seen()
    requests, outcomes = _requests()
    return Figures(
        at=now,
        requests=requests,
        outcomes=outcomes,
        calls=_calls(),
        jobs=import_string(settings.QUEUE_BACKLOG)(),
        due=_due(now),
        last_pulse=pulse.seen_at if pulse else None,
        ledger_size=AuditEvent.objects.size(),
        last_checkpoint=Checkpoint.objects.order_by("-id").first(),
        sign_ins=_sign_ins(),
        troubles=frozenset({*health.troubles(), *health.alarms()}),
    )


def _requests() -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    rows = ImageRequest.objects.order_by().values_list("state", "outcome_reason")
    requests: Counter[str] = Counter({state.value: 0 for state in State})
    outcomes: dict[tuple[str, str], int] = {}
    for state, reason, number in rows.annotate(number=Count("pk")):
        requests[state] += number
        if state in SETTLED:
            outcomes[state, reason] = number
    return dict(requests), outcomes


def _calls() -> dict[str, Durations]:
    bounds = [When(duration_ms__lte=most, then=Value(at)) for at, most in enumerate(BOUNDS_MS)]
    bound = Case(*bounds, default=Value(len(BOUNDS_MS)), output_field=IntegerField())
    finished = ExchangeRecord.objects.order_by().filter(duration_ms__isnull=False)
    rows = (
        finished.annotate(hundreds=Coalesce(F("status") / 100, 0), bound=bound)
        .values_list("hundreds", "bound")
        .annotate(number=Count("pk"), total=Sum("duration_ms"))
    )
    calls: dict[str, Durations] = {}
    for hundreds, at, number, total in rows:
        name = f"{hundreds}xx" if hundreds else NO_ANSWER
        durations = calls.setdefault(name, Durations([0] * (len(BOUNDS_MS) + 1)))
        durations.counts[at] += number
        durations.total_ms += total
    return calls


def _due(now: datetime) -> Backlog:
    due = ImageRequest.objects.filter(state__in=_WAITING).due(now)
    since = Min(Coalesce("due_at", "recorded_at"))
    return Backlog(**due.order_by().aggregate(jobs=Count("pk"), since=since))


def _sign_ins() -> dict[str, int]:
    events = AuditEvent.objects.order_by().filter(action__in=SIGN_INS)
    found = dict(events.values_list("action").annotate(number=Count("pk")))
    return {name: found.get(action, 0) for action, name in SIGN_INS.items()}
