"""Which event may follow which, and what the last one says of the row."""

from collections.abc import Iterator, Sequence

from images.models import ExchangeRecord, ImageRequest
from images.vocabulary import State

_BEGINS = frozenset({"sending", "cancelled", "refused"})
_LOOKED_FOR = frozenset({"adopted", "not_made", "ambiguous", "overdue", "settled"})
_LATE = frozenset({"accepted", "refused", "postponed"})
_FOLLOWED = frozenset({"status", "ready", "failed", "gone"})
_NEXT: dict[str, frozenset[str]] = {
    "": frozenset({"recorded"}),
    "recorded": _BEGINS,
    "postponed": _BEGINS,
    "sending": frozenset({"accepted", "refused", "postponed", "unknown"}),
    "unknown": _LOOKED_FOR | _LATE,
    "overdue": _LOOKED_FOR | _LATE,
    "ambiguous": _LOOKED_FOR | _LATE,
    "not_made": frozenset({"accepted"}),
    "settled": _FOLLOWED,
    "accepted": _FOLLOWED,
    "adopted": _FOLLOWED,
    "status": _FOLLOWED,
}
_ASIDE = frozenset({"answered_late", "look_wished"})
_SAYS: dict[str, frozenset[str]] = {
    State.RECORDED: frozenset({"recorded", "postponed"}),
    State.SENDING: frozenset({"sending"}),
    State.ACCEPTED: frozenset({"accepted", "adopted", "settled", "status"}),
    State.UNKNOWN: frozenset({"unknown", "ambiguous", "overdue"}),
    State.NOT_MADE: frozenset({"not_made", "settled"}),
}


def timeline_faults(asked: ImageRequest, path: Sequence[str]) -> Iterator[str]:
    """Yield what does not fit between a row, its events and its calls."""
    last = ""
    for action in path:
        if action in _ASIDE:
            continue
        if action not in _NEXT.get(last, frozenset()):
            yield f"{asked}: {action} after {last or 'nothing'}"
        last = action
    if last not in _SAYS.get(asked.state, frozenset({asked.state})):
        yield f"{asked} is {asked.state}, but its last event is {last}"
    begun = path.count("sending")
    calls = ExchangeRecord.objects.filter(request=asked).count()
    if not begun == calls == asked.attempt:
        yield f"{asked}: {asked.attempt} attempts, {begun} events, {calls} calls recorded"
