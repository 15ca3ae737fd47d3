"""Ask for images as a service test does, and move what is due without waiting for it."""

import socket
import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from images.models import AccessKey, ApiHost, AuditEvent, ExchangeRecord, ImageRequest
from images.scp.shapes import Server as ListedServer
from images.scp.shapes import read_server
from images.services.requests import ask
from scpconsole.sandbox import Sandbox

NAME = "web-prod-01-20261123-1650-k7f3ab"


def ask_for(key: AccessKey, scp: Sandbox, *, position: int = 0, **changes: Any) -> ImageRequest:
    """Record that the key's owner wants an image of the stand-in's server at `position`."""
    values: dict[str, Any] = {
        "actor": key.owner,
        "key": key,
        "server": listed(scp, position),
        "image_name": NAME,
        "reason": "before the kernel update",
        "ticket": "CHG-1",
        "token": uuid.uuid4(),
        "language": "en-US",
    }
    return ask(**{**values, **changes}).request


def listed(scp: Sandbox, position: int = 0) -> ListedServer:
    """Return a server of the stand-in as the list shows it."""
    server = read_server(scp.servers[position].as_json((1, 3)))
    assert server is not None
    return server


def make_due(asked: ImageRequest) -> None:
    """Let the request's next act be due now, and let no host want silence any more."""
    end_silence()
    changed = ImageRequest.objects.filter(pk=asked.pk, due_at__isnull=False).update(
        due_at=timezone.now() - timedelta(seconds=1)
    )
    assert changed, "nothing is due any more"


def end_silence() -> None:
    """Let the time be over for which any host wanted no calls."""
    ApiHost.objects.update(silent_until=None)


def fresh(asked: ImageRequest) -> ImageRequest:
    return ImageRequest.objects.get(pk=asked.pk)


def record_of(asked: ImageRequest) -> ExchangeRecord:
    """Return what is kept of the newest attempt."""
    found = ExchangeRecord.objects.filter(request=asked).last()
    assert found is not None
    return found


def actions(asked: ImageRequest) -> list[str]:
    """Return the keys of the request's events, oldest first."""
    found = AuditEvent.objects.filter(request=asked).order_by("sequence")
    return list(found.values_list("action", flat=True))


def last_facts(asked: ImageRequest) -> dict[str, Any]:
    """Return the facts of the request's newest event."""
    found = AuditEvent.objects.filter(request=asked).order_by("sequence").last()
    assert found is not None
    return dict(found.facts)


def posts(scp: Sandbox) -> int:
    return sum(1 for call in scp.journal if call.method == "POST")


def calls(scp: Sandbox, kind: str) -> int:
    return sum(1 for call in scp.journal if call.kind == kind)


def seconds_until_due(asked: ImageRequest) -> float:
    due_at = fresh(asked).due_at
    assert due_at is not None
    return (due_at - timezone.now()).total_seconds()


def closed_port() -> int:
    """Return a port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
