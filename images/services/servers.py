"""The servers that a key can see: the last good list, read again when it has aged."""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from images.models import AccessKey, ServerListing
from images.scp.endpoints import BadEndpoint
from images.scp.errors import Reason, ScpError
from images.scp.shapes import Server
from images.services import keys, versions
from images.vault import VaultError
from images.vocabulary import OwnReason

logger = logging.getLogger(__name__)

# While SCP is down, not every page waits for it again: only Refresh does at once.
_PAUSE_AFTER_FAILURE = timedelta(seconds=15)
# The call for a list is always the same: what refuses it may be that its version is not served.
_ABOUT_VERSION = frozenset(
    {Reason.VERSION, Reason.BAD_REQUEST, Reason.NOT_FOUND, Reason.WRONG_HOST}
)
_LIST_FIELDS = ("servers", "is_complete", "skipped", "read_at")
_FAILURE_FIELDS = ("failed_at", "failed_reason", "failed_request_ids")
_SPARE = timedelta(seconds=5)  # a read ends within SCP_PAGE_SECONDS; then it is written down


def listing_of(key: AccessKey, *, language: str, force: bool = False) -> ServerListing:
    """Return the key's server list, read from SCP when it has aged or `force` says so.

    A failed read keeps the last good list and notes what went wrong beside it. While somebody
    else reads it (`is_being_read`) it is returned as stored, so that however many people wait
    for a slow SCP, one thread per key does. A disabled or expired key reads nothing: its last
    list stays.
    """
    listing = stored_listing(key)
    if not key.is_usable or (_needs_no_read(listing) and not force):
        return listing
    until = timezone.now() + timedelta(seconds=settings.SCP_PAGE_SECONDS) + _SPARE
    if not _take(listing, until):
        return listing
    try:
        if force or not _needs_no_read(listing):
            _try_to_read(key, listing, language)
    finally:
        ServerListing.objects.filter(pk=listing.pk, reading_until=until).update(reading_until=None)
        listing.reading_until = None
    return listing


def stored_listing(key: AccessKey) -> ServerListing:
    """Return the list as it was read last, without asking SCP; empty when it never was."""
    return ServerListing.objects.get_or_create(key=key)[0]


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


def _take(listing: ServerListing, until: datetime) -> bool:
    """Be the one who reads, until then at most: a process that dies holds nobody up for long."""
    is_free = Q(reading_until=None) | Q(reading_until__lte=timezone.now())
    is_free |= Q(reading_until__gt=until + _SPARE)  # from before our clock was put back
    taken = ServerListing.objects.filter(is_free, pk=listing.pk).update(reading_until=until)
    listing.refresh_from_db()  # somebody may have read it since we looked
    return bool(taken)


def _try_to_read(key: AccessKey, listing: ServerListing, language: str) -> None:
    began = time.monotonic()
    try:
        _read(key, listing, language)
    except ScpError as error:
        _note_failure(listing, error.reason.value, error.exchange.request_ids)
        left_seconds = settings.SCP_PAGE_SECONDS - (time.monotonic() - began)
        if error.reason in _ABOUT_VERSION and left_seconds > 0:
            versions.ask_host(
                environment=key.environment, region=key.region, within_seconds=left_seconds
            )
    except VaultError:
        _note_failure(listing, OwnReason.KEY_UNREADABLE.value, {})
    except BadEndpoint:
        _note_failure(listing, OwnReason.PLACE_UNKNOWN.value, {})


def _read(key: AccessKey, listing: ServerListing, language: str) -> None:
    client = keys.open_key(key, language=language, total_seconds=settings.SCP_PAGE_SECONDS)
    found = client.list_servers()
    listing.servers = [server.as_json() for server in found.rows]
    listing.is_complete, listing.skipped = found.is_complete, found.skipped
    listing.read_at = key.last_used_at = timezone.now()
    listing.failed_at, listing.failed_reason, listing.failed_request_ids = None, "", {}
    listing.save(update_fields=[*_LIST_FIELDS, *_FAILURE_FIELDS])
    key.save(update_fields=["last_used_at"])


def _note_failure(listing: ServerListing, reason: str, request_ids: dict[str, str]) -> None:
    logger.warning("the server list of key %s failed: %s", listing.key_id, reason)
    listing.failed_at, listing.failed_reason = timezone.now(), reason
    listing.failed_request_ids = request_ids
    listing.save(update_fields=_FAILURE_FIELDS)
