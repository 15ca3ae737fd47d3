"""The servers that a key can see: the last good list, read again when it has aged."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from images.models import AccessKey, ServerListing
from images.scp.endpoints import BadEndpoint
from images.scp.errors import ScpError
from images.scp.shapes import Server
from images.services import keys
from images.vault import VaultError
from images.vocabulary import OwnReason

logger = logging.getLogger(__name__)

# While SCP is down, not every page waits for it again: only Refresh does at once.
_PAUSE_AFTER_FAILURE = timedelta(seconds=15)


def listing_of(key: AccessKey, *, language: str, force: bool = False) -> ServerListing:
    """Return the key's server list, read from SCP when it has aged or `force` says so.

    A failed read keeps the last good list and notes what went wrong beside it. A disabled key
    reads nothing: its last list stays as it was.
    """
    listing = ServerListing.objects.get_or_create(key=key)[0]
    if key.is_disabled or (_needs_no_read(listing) and not force):
        return listing
    try:
        _read(key, listing, language)
    except ScpError as error:
        _note_failure(listing, error.reason.value, error.exchange.request_ids)
    except VaultError:
        _note_failure(listing, OwnReason.KEY_UNREADABLE.value, {})
    except BadEndpoint:
        _note_failure(listing, OwnReason.PLACE_UNKNOWN.value, {})
    return listing


def servers_in(listing: ServerListing) -> list[Server]:
    return [Server.from_json(row) for row in listing.servers]


def find_server(listing: ServerListing, server_id: str) -> Server | None:
    """Return one server of the list; None when it is not in it."""
    wanted = server_id.lower()
    row = next((row for row in listing.servers if row["id"].lower() == wanted), None)
    return Server.from_json(row) if row else None


def _needs_no_read(listing: ServerListing) -> bool:
    if listing.failed_at:
        return _is_younger(listing.failed_at, _PAUSE_AFTER_FAILURE)
    fresh = timedelta(seconds=settings.SCP_LIST_FRESH_SECONDS)
    return listing.read_at is not None and _is_younger(listing.read_at, fresh)


def _is_younger(moment: datetime, age: timedelta) -> bool:
    return timedelta() <= timezone.now() - moment < age


def _read(key: AccessKey, listing: ServerListing, language: str) -> None:
    client = keys.open_key(key, language=language, total_seconds=settings.SCP_PAGE_SECONDS)
    found = client.list_servers()
    listing.servers = [server.as_json() for server in found.rows]
    listing.is_complete, listing.skipped = found.is_complete, found.skipped
    listing.read_at = key.last_used_at = timezone.now()
    listing.failed_at, listing.failed_reason, listing.failed_request_ids = None, "", {}
    listing.save()
    key.save(update_fields=["last_used_at"])


def _note_failure(listing: ServerListing, reason: str, request_ids: dict[str, str]) -> None:
    logger.warning("the server list of key %s failed: %s", listing.key_id, reason)
    listing.failed_at, listing.failed_reason = timezone.now(), reason
    listing.failed_request_ids = request_ids
    listing.save(update_fields=["failed_at", "failed_reason", "failed_request_ids"])
