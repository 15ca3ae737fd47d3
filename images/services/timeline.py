"""The timeline of one request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.event_sentences import event_sentence, event_who
from images.models import AuditEvent, ImageRequest
from images.stamps import shown_seconds, stamp_text
from images.vocabulary import State


@dataclass(frozen=True)
class Step:
    """One line of a request's timeline, in words for people."""

    at: datetime
    who: str
    sentence: str
    tone: str
    fold: str = ""
    gap_seconds: int | None = None


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


# What a look brings at once: the line of the looks stands under it.
_BROUGHT_BY_A_LOOK = {"request.ready", "request.failed", "request.gone", "request.not_made"}


def timeline(asked: ImageRequest) -> list[Step]:
    """Return what happened to one request, oldest first.

    Events stand in the order of the record, which a clock that is set back does not change; the
    line of the looks stands where the last of them belongs.
    """
    found = AuditEvent.objects.filter(request=asked).select_related("actor")
    events = list(found.order_by("sequence"))
    steps = [_step(event) for event in events]
    fold = _looks_sentence(asked)
    if events and fold and asked.last_look_at:
        place = _place(events, asked.last_look_at)
        if place < len(events) and events[place].action in _BROUGHT_BY_A_LOOK:
            steps[place] = replace(steps[place], fold=fold)
        else:
            steps.insert(place, Step(asked.last_look_at, _("Console"), fold, "work"))
    return _with_gaps(steps)


def _step(event: AuditEvent) -> Step:
    tone = _STEP_TONE.get(event.action, "work")
    return Step(event.at, event_who(event), event_sentence(event), tone)


def _place(events: Sequence[AuditEvent], looked_at: datetime) -> int:
    """Return how many events were before the look; all, where only a clock set back denies it."""
    before = (count for count, event in enumerate(events, start=1) if event.at < looked_at)
    return max(before, default=len(events))


def _with_gaps(steps: Sequence[Step]) -> list[Step]:
    pairs = zip(steps, steps[1:], strict=False)
    later = [replace(step, gap_seconds=shown_seconds(last.at, step.at)) for last, step in pairs]
    return [*steps[:1], *later]


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
