"""Whether the rows of requests are what their events say: what was asked for, where it stands."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from images.models import AuditEvent, ExchangeRecord, ImageRequest
from images.models.audit_event import instant
from images.services.telling import LONGEST_WORDS, TOLD
from images.services.verifying import calls, replay
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.past import Removed
from images.services.verifying.replay import Told
from images.vocabulary import State

CHUNK = 200


def chunks() -> Iterator[list[UUID]]:
    """Yield the ids of all requests, a chunk at a time."""
    after = UUID(int=0)
    while True:
        rows = ImageRequest.objects.filter(pk__gt=after).order_by("pk")
        chunk = list(rows.values_list("pk", flat=True)[:CHUNK])
        if not chunk:
            return
        yield chunk
        after = chunk[-1]


def faults_of(ids: list[UUID]) -> Iterator[Finding]:
    """Yield what is wrong with these requests and their calls.

    Whatever looks wrong is read again while no act can come between: a request may have moved
    from one of our looks to the next.
    """
    for pk in dict.fromkeys(pk for pk, _finding in _faults_now(ids)):
        with AuditEvent.objects.act():
            found = [finding for _pk, finding in _faults_now([pk])]
        yield from found


def _faults_now(ids: list[UUID]) -> Iterator[tuple[UUID, Finding]]:
    removed = Removed.now()
    rows = ImageRequest.objects.in_bulk(ids)
    kept = defaultdict(list)
    for call in ExchangeRecord.objects.filter(request_id__in=ids).order_by("attempt"):
        kept[call.request_id].append(call)
    told = defaultdict(list)
    events = AuditEvent.objects.filter(request_id__in=ids, content__isnull=False)
    for event in events.order_by("sequence"):
        told[event.request_id].append(Told.of(event))
    for pk in ids:
        if pk in rows:
            for finding in _faults(rows[pk], told[pk], kept[pk], removed):
                yield pk, finding


def _faults(
    asked: ImageRequest, told: list[Told], kept: list[ExchangeRecord], removed: Removed
) -> Iterator[Finding]:
    first = next((each for each in told if each.action == "request.recorded"), None)
    if first:
        yield from _as_asked(asked, first)
    elif not removed.covers(asked.recorded_at):
        words = f"No event records the request {asked.pk} for {asked.image_name}."
        yield Finding(Kind.REQUEST, By.DATA, words)
        return
    yield from _as_told(asked, told, is_whole=first is not None)
    yield from calls.faults_of(kept, told, removed)


def _as_asked(asked: ImageRequest, first: Told) -> Iterator[Finding]:
    """Compare what was asked for with the first event; an event from before a fact was kept
    says nothing of it."""
    row = {name: getattr(asked, name) for name in TOLD} | {
        "actor": str(asked.actor_id),
        "access_key": str(asked.key_id),
        "recorded_at": instant(asked.recorded_at),
        "previous": str(asked.previous_id) if asked.previous_id else None,
    }
    event: dict[str, Any] = {"previous": None, **first.facts, "actor": first.actor}
    wrong = [name for name, value in row.items() if event.get(name, value) != value]
    if wrong:
        words = f"The request {asked.pk} is not what event {first.sequence} recorded: "
        yield _finding(first, words + f"{', '.join(wrong)}.")


def _as_told(asked: ImageRequest, told: list[Told], *, is_whole: bool) -> Iterator[Finding]:
    now = replay.replayed(told)
    shown: dict[str, Any] = {"state": asked.state, "attempt": asked.attempt}
    if is_whole or now.image_ids:
        shown["image_id"] = asked.image_id
    if asked.state == State.REFUSED:
        shown["outcome_reason"] = asked.outcome_reason
        shown["outcome_words"] = asked.outcome_detail[:LONGEST_WORDS]
    wrong = [name for name, value in shown.items() if not now.allows(name, value)]
    if wrong and told:
        last = told[-1]
        words = f"The request {asked.pk} is not where its events until {last.sequence} brought it: "
        yield _finding(last, words + f"{', '.join(wrong)}.")


def _finding(event: Told, words: str) -> Finding:
    return Finding(Kind.REQUEST, By.DATA, words, event.sequence, event.sequence)
