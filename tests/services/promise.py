"""The promise of the product, checked by comparing our rows with the stand-in's own ledger."""

from collections.abc import Sequence

from images.models import AuditEvent, ExchangeRecord, ImageRequest
from images.vocabulary import State
from scpconsole.sandbox import Call, LedgerEntry, Sandbox
from tests.services.asking import fresh

NOTHING_MADE = frozenset({State.REFUSED, State.NOT_MADE, State.CANCELLED})
TURNED_AWAY = frozenset({417, 429})
_TELLS = {
    "request.recorded": State.RECORDED,
    "request.postponed": State.RECORDED,
    "request.sending": State.SENDING,
    "request.accepted": State.ACCEPTED,
    "request.adopted": State.ACCEPTED,
    "request.status": State.ACCEPTED,
    "request.unknown": State.UNKNOWN,
    "request.ambiguous": State.UNKNOWN,
    "request.overdue": State.UNKNOWN,
    "request.ready": State.READY,
    "request.failed": State.FAILED,
    "request.gone": State.GONE,
    "request.refused": State.REFUSED,
    "request.not_made": State.NOT_MADE,
    "request.cancelled": State.CANCELLED,
}


def arrived(scp: Sandbox, server_id: str) -> list[Call]:
    """Return the create calls for a server that may have arrived behind the edge."""
    return [
        call
        for call in scp.journal
        if call.kind == "create_image"
        and server_id in call.target
        and call.status not in TURNED_AWAY
    ]


def made(scp: Sandbox, asked: ImageRequest) -> list[LedgerEntry]:
    return [entry for entry in scp.ledger if entry.image_name == asked.image_name]


def assert_kept(asked: ImageRequest, *, sent: int, images: Sequence[LedgerEntry]) -> None:
    """Assert what holds at every moment. `sent` counts the calls that may have arrived."""
    now = fresh(asked)
    assert sent <= 1, "a call that may have arrived was sent again"
    assert len(images) <= sent, "more images than calls"
    if images:
        assert ExchangeRecord.objects.filter(request=now).exists(), "an image without a row"
        assert now.state not in NOTHING_MADE, "a false word"
    assert told_state(now) == now.state, "a change without its event"


def assert_settled(asked: ImageRequest, images: Sequence[LedgerEntry]) -> None:
    """Assert what holds once time has passed and nothing is broken any more."""
    now = fresh(asked)
    assert now.is_settled or now.needs_person, f"stuck as {now.state}"
    if not now.needs_person:
        assert now.image_id == (images[0].image_id if images else ""), "an answer was lost"
        assert bool(images) == (now.state not in NOTHING_MADE), "an image that nobody made"


def told_state(asked: ImageRequest) -> str:
    """Return the state that the request's events end with."""
    state = ""
    for event in AuditEvent.objects.filter(request=asked).order_by("sequence"):
        if event.action == "request.settled":
            state = State.ACCEPTED if event.facts["image_id"] else State.NOT_MADE
        else:
            state = _TELLS.get(event.action, state)
    return state
