"""The proposed name of an image: server, time, and the request's short id."""

from uuid import UUID

from django.utils import timezone

from images.image_names import ILLEGAL, LONGEST
from images.models.image_request import short_id


def proposed_name(server_name: str, token: UUID) -> str:
    """Return `web01-20261123-1650-k7f3ab`: legal, at most 255 characters, exact to look for."""
    when = timezone.localtime().strftime("%Y%m%d-%H%M")
    ending = f"-{when}-{short_id(token)}"
    start = ILLEGAL.sub("-", server_name).strip(" -")[: LONGEST - len(ending)] or "image"
    return f"{start}{ending}"
