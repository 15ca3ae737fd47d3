"""Ask for an image as the form does, and count what reached SCP."""

import uuid
from typing import Any

from django.urls import reverse

from images.models import AccessKey
from images.services.servers import listing_of, servers_in
from scpconsole.sandbox import Sandbox


def url_of(key: AccessKey, server_id: str | None = None) -> str:
    """Return the address of the form; without an id that of the first running server."""
    if server_id is None:
        listing = listing_of(key, language="en-US")
        server_id = next(each.id for each in servers_in(listing) if each.state == "ACTIVE")
    return reverse("request-new", args=[key.pk, server_id])


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "image_name": "web01-20261123-abcdef",
        "reason": "before the kernel update",
        "ticket": "CHG-1",
        "form_token": str(uuid.uuid4()),
        **changes,
    }


def posts(scp: Sandbox) -> int:
    return sum(1 for call in scp.journal if call.method == "POST")
