"""Read what happened: the list of requests with its filters, and the timeline of one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.event_sentences import event_sentence, said_by_scp
from images.filters import Filters
from images.models import AuditEvent, ImageRequest, User
from images.stamps import stamp_text
from images.vocabulary import State


@dataclass(frozen=True)
class Step:
    """One line of a request's timeline, in words for people."""

    at: datetime
    gap_seconds: float | None
    who: str
    sentence: str
    tone: str
    fold: str = ""


_STEP_TONE = {
    "request.ready": "good",
    "request.failed": "bad",
    "request.refused": "bad",
    "request.not_made": "bad",
    "request.unknown": "watch",
    "request.ambiguous": "watch",
    "request.gone": "watch",
    "request.postponed": "watch",
}


def requests_for(person: User, filters: Filters) -> QuerySet[ImageRequest]:
    """Return the requests that `person` may read, newest first, narrowed by `filters`."""
    found = ImageRequest.objects.visible_to(person)
    if filters.text:
        found = found.filter(_mentions(filters.text))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.person:
        found = found.filter(actor_name__icontains=filters.person)
    if filters.alias:
        found = found.filter(key_alias__icontains=filters.alias)
    if filters.since:
        found = found.filter(recorded_at__gte=_midnight(filters.since))
    if filters.until:
        found = found.filter(recorded_at__lt=_midnight(filters.until + timedelta(days=1)))
    return found.order_by("-recorded_at", "-id")


def timeline(asked: ImageRequest) -> list[Step]:
    """Return what happened to one request, oldest first."""
    steps: list[Step] = []
    before: datetime | None = None
    for event in AuditEvent.objects.filter(request=asked).order_by("sequence"):
        gap = (event.at - before).total_seconds() if before else None
        steps.append(_step(event, gap))
        before = event.at
    fold = _looks_sentence(asked)
    if steps and fold and asked.last_look_at:
        gap = (asked.last_look_at - before).total_seconds() if before else None
        if asked.state in (State.ACCEPTED, State.UNKNOWN):
            steps.append(Step(asked.last_look_at, gap, _("Console"), fold, "work"))
        else:
            steps[-1] = _with_fold(steps[-1], fold)
    return steps


def _step(event: AuditEvent, gap: float | None) -> Step:
    who = event.actor_name or ("SCP" if said_by_scp(event) else _("Console"))
    tone = _STEP_TONE.get(event.action, "work")
    return Step(event.at, gap, who, event_sentence(event), tone)


def _with_fold(step: Step, fold: str) -> Step:
    return Step(step.at, step.gap_seconds, step.who, step.sentence, step.tone, fold)


def _looks_sentence(asked: ImageRequest) -> str:
    if not asked.looks:
        return ""
    if asked.state == State.UNKNOWN:
        sentence = ngettext(
            "Looked for the image once, at {time}.",
            "Looked for the image {count} times, last at {time}.",
            asked.looks,
        )
    else:
        sentence = ngettext(
            "Checked once, at {time}.", "Checked {count} times, last at {time}.", asked.looks
        )
    return sentence.format(count=asked.looks, time=stamp_text(asked.last_look_at))


def _mentions(text: str) -> Q:
    return (
        Q(server_name__icontains=text)
        | Q(server_id__istartswith=text)
        | Q(image_name__icontains=text)
        | Q(image_id__istartswith=text)
        | Q(reason__icontains=text)
        | Q(ticket__icontains=text)
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
