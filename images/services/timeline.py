"""The timeline of one request."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.event_sentences import event_sentence, event_who
from images.models import AuditEvent, ImageRequest
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


def timeline(asked: ImageRequest) -> list[Step]:
    """Return what happened to one request, oldest first."""
    steps: list[Step] = []
    before: datetime | None = None
    events = AuditEvent.objects.filter(request=asked).select_related("actor")
    for event in events.order_by("sequence"):
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
    tone = _STEP_TONE.get(event.action, "work")
    return Step(event.at, gap, event_who(event), event_sentence(event), tone)


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
