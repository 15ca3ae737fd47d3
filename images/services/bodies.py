"""Read the whole body of a call or of its answer. That somebody did is an event."""

from dataclasses import dataclass
from typing import Literal, TypeGuard

from images.models import AuditEvent, ExchangeRecord, User

What = Literal["request", "response"]


def is_what(text: str) -> TypeGuard[What]:
    return text in ("request", "response")


@dataclass(frozen=True)
class Body:
    """A body as it is kept, and the event that tells of its reading."""

    text: str
    event: AuditEvent


def read_body(*, actor: User, call: ExchangeRecord, what: What) -> Body:
    """Record that `actor` reads this body, then return it.

    Raises django.db.Error when the reading cannot be recorded; then nobody reads anything.
    """
    with AuditEvent.objects.act():
        event = AuditEvent.objects.append(
            "body.read",
            actor=actor,
            request=call.request,
            target=call.request.image_name,
            facts={"what": what, "attempt": call.attempt},
        )
    return Body(call.request_body if what == "request" else call.body_text, event)


def has_body(call: ExchangeRecord, what: What) -> bool:
    """Whether anything is kept that could be read."""
    return bool(call.request_body if what == "request" else call.body)
