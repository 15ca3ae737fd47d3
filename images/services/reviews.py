"""The review of a month: what happened in it, and an auditor's sign-off, which is an event."""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db.models import Count, Exists, QuerySet
from django.utils.translation import gettext as _

from images.ledger.heads import BadMemory
from images.models import AuditEvent, Checkpoint, ImageRequest, User
from images.months import Month
from images.services import checkpoints
from images.services.refusal import NotAllowed
from images.services.review_exceptions import Exceptions, exceptions_in
from images.vocabulary import State

logger = logging.getLogger(__name__)

SIGNED = "review.signed"


@dataclass(frozen=True)
class Counts:
    """What happened in the month, counted. `requests` are those recorded in it, by their state
    now; all else counts the month's events."""

    events: int
    requests: dict[str, int]
    images_made: int
    people: int
    sign_ins: int
    failed_sign_ins: int
    key_changes: int
    exports: int
    role_changes: int

    @property
    def requests_in_all(self) -> int:
        return sum(self.requests.values())


@dataclass(frozen=True)
class Report:
    """What a sign-off rests on."""

    month: Month
    counts: Counts
    exceptions: Exceptions


@dataclass(frozen=True)
class SignOff:
    """The event, and whether this very call wrote it."""

    event: AuditEvent
    is_first: bool


def span() -> tuple[Month, Month] | None:
    """Return the months of the earliest and the latest event; None without any."""
    times = AuditEvent.objects.order_by("at").values_list("at", flat=True)
    first, last = times.first(), times.last()
    return (Month.of(first), Month.of(last)) if first and last else None


def with_events(months: Iterable[Month]) -> list[Month]:
    """Return those of the months in which anything happened. One query, by index alone."""
    wanted = {f"month_{place}": month for place, month in enumerate(months)}
    happened = {name: Exists(events_in(month)) for name, month in wanted.items()}
    row = AuditEvent.objects.annotate(**happened).order_by("sequence").values(*wanted).first()
    return [month for name, month in wanted.items() if row and row[name]]


def events_in(month: Month) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(at__gte=month.start, at__lt=month.end)


def happened_since(month: Month, through: int) -> int:
    """Return how many events of the month came after the event `through`, sign-offs aside."""
    return events_in(month).filter(sequence__gt=through).exclude(action=SIGNED).count()


def sign_offs(months: Iterable[Month]) -> QuerySet[AuditEvent]:
    """Return the sign-offs of the months, newest first."""
    targets = [str(month) for month in months]
    found = AuditEvent.objects.filter(action=SIGNED, target__in=targets)
    return found.select_related("actor").order_by("-sequence")


def report_of(month: Month, *, through: int | None = None) -> Report:
    """Return what happened in the month, up to the event `through`."""
    events = events_in(month)
    if through is not None:
        events = events.filter(sequence__lte=through)
    return Report(month, _counts(month, events), exceptions_in(events))


def sign(*, actor: User, month: Month, comment: str, token: UUID) -> SignOff:
    """Sign off the month as far as it has come, over a checkpoint that is made for it.

    One event per token: a second call returns the first. Raises NotAllowed when no checkpoint
    can be signed, for then the sign-off would rest on nothing.
    """
    first = _signed_with(actor, month, token)
    if first:
        return SignOff(first, is_first=False)
    checkpoint = _checkpoint()
    report = report_of(month, through=checkpoint.size)
    facts = {
        "month": str(month),
        "through": checkpoint.size,
        "root": checkpoint.root_hex,
        "counts": asdict(report.counts),
        "exceptions": report.exceptions.as_json(),
        "comment": comment,
        "token": str(token),
    }
    with AuditEvent.objects.act():
        first = _signed_with(actor, month, token)
        if first:
            return SignOff(first, is_first=False)
        event = AuditEvent.objects.append(SIGNED, actor=actor, target=str(month), facts=facts)
    return SignOff(event, is_first=True)


def _checkpoint() -> Checkpoint:
    try:
        return checkpoints.publish()
    except (checkpoints.RolledBack, BadMemory, OSError, KeyError) as error:
        logger.exception("no checkpoint for a sign-off")
        raise NotAllowed(
            _(
                "No checkpoint could be signed, so nothing was signed off. Tell an administrator "
                "to look at the console's log and to have the ledger verified."
            )
        ) from error


def _signed_with(actor: User, month: Month, token: UUID) -> AuditEvent | None:
    signed = sign_offs([month]).filter(actor=actor, content__isnull=False)
    return next((each for each in signed if each.facts.get("token") == str(token)), None)


def _counts(month: Month, events: QuerySet[AuditEvent]) -> Counts:
    found = dict(events.values_list("action").annotate(Count("sequence")).order_by())
    people = events.aggregate(people=Count("actor", distinct=True))["people"]
    recorded = ImageRequest.objects.filter(recorded_at__gte=month.start, recorded_at__lt=month.end)
    by_state = dict(recorded.values_list("state").annotate(Count("pk")).order_by())
    ready = events.filter(action="request.ready").aggregate(images=Count("request", distinct=True))
    key_changes = sum(
        count
        for action, count in found.items()
        if action.startswith("key.") and action != "key.tested"
    )
    return Counts(
        events=sum(found.values()),
        requests={state: by_state[state] for state in State.values if state in by_state},
        images_made=ready["images"],
        people=people,
        sign_ins=found.get("session.signed_in", 0),
        failed_sign_ins=found.get("session.failed", 0),
        key_changes=key_changes,
        exports=found.get("export.made", 0),
        role_changes=sum(
            found.get(action, 0) for action in ("person.added", "person.role_changed")
        ),
    )
