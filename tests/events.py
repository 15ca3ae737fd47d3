"""Events as they are written, at any time and from a page or from the worker."""

import uuid
from datetime import datetime
from typing import Any

import time_machine
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.origin import Origin, current_origin, set_origin


def make_event(
    action: str = "request.recorded",
    *,
    actor: User | None = None,
    request: ImageRequest | None = None,
    key: AccessKey | None = None,
    target: str = "",
    at: datetime | None = None,
    by_page: bool | None = None,
    **facts: Any,
) -> AuditEvent:
    """Append one event. It came by a page unless nobody acted; `by_page` says otherwise."""
    is_page = actor is not None if by_page is None else by_page
    before = current_origin()
    set_origin(Origin("192.0.2.7", str(uuid.uuid4())) if is_page else Origin())
    try:
        with time_machine.travel(at or timezone.now(), tick=False), AuditEvent.objects.act():
            return AuditEvent.objects.append(
                action, actor=actor, request=request, key=key, target=target, facts=facts
            )
    finally:
        set_origin(before)


def make_acts(count: int, actor: User, **facts: Any) -> list[AuditEvent]:
    """Append so many acts of one person."""
    return [make_event("session.signed_in", actor=actor, **facts) for _ in range(count)]
