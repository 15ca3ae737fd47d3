"""Server lists as they are stored, for pages that need no SCP."""

import uuid
from typing import Any

from django.utils import timezone

from images.models import AccessKey, ServerListing


def row(name: str, **changes: Any) -> dict[str, Any]:
    """Return one server as a stored list holds it."""
    return {
        "id": str(uuid.uuid4()),
        "name": name,
        "state": "ACTIVE",
        "type_name": "s1v2m4",
        "addresses": ["10.0.0.7"],
        "volume_ids": [str(uuid.uuid4())],
        "created_at": "2026-01-02T03:04:05+00:00",
        **changes,
    }


def keep(key: AccessKey, *rows: dict[str, Any], **changes: Any) -> ServerListing:
    """Store a list that was read just now."""
    values = {"servers": list(rows), "read_at": timezone.now(), **changes}
    return ServerListing.objects.update_or_create(key=key, defaults=values)[0]
