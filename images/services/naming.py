"""The proposed name of an image: server, time, and the request's short id."""

import re
from uuid import UUID

from django.utils import timezone

from images.models.image_request import short_id

# Source: SCP API reference, section 8.
_ILLEGAL = re.compile(r"[^A-Za-z0-9 _-]+")
_MOST = 255


def proposed_name(server_name: str, token: UUID) -> str:
    """Return `web01-20261123-1650-k7f3ab`: legal, at most 255 characters, exact to look for."""
    when = timezone.localtime().strftime("%Y%m%d-%H%M")
    ending = f"-{when}-{short_id(token)}"
    start = _ILLEGAL.sub("-", server_name).strip(" -")[: _MOST - len(ending)] or "image"
    return f"{start}{ending}"
