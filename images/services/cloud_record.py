"""What SCP says of a request's image at this moment: one live read for the person who owns it.

Only for the owner, and only with a usable key of the owner's; nothing is recorded or changed by it.
Everybody else reads what the console itself saw last.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from images.models import AccessKey, ImageRequest, User
from images.scp.client import Client
from images.scp.endpoints import BadEndpoint
from images.scp.errors import Denied, Missing, Reason, ScpError
from images.scp.shapes import Image
from images.services import hosts, keys
from images.services.looking import heed
from images.services.reconciling import CLOCK_ALLOWANCE
from images.vault import VaultError
from images.vocabulary import IMAGE_GONE, OwnReason, State

# Without an image id there may be an image all the same; in other states there is certainly none.
_MAY_BE_THERE = frozenset({State.UNKNOWN, State.NOT_MADE})

_asking: set[UUID] = set()
_lock = threading.Lock()


class Finding(StrEnum):
    """What the look came to."""

    MATCHED = "matched"
    NOT_FOUND = "not_found"
    DIFFERS = "differs"
    NOT_PERMITTED = "not_permitted"
    NOT_REACHED = "not_reached"


class NoLook(StrEnum):
    """Why no live look is made for this person."""

    NOTHING_THERE = "nothing_there"  # no image was accepted, so there is none to look at
    NOT_OWNER = "not_owner"
    NO_KEY = "no_key"


@dataclass(frozen=True)
class Sight:
    """What one look showed."""

    finding: Finding
    key: AccessKey
    at: datetime
    image: Image | None = None
    namesakes: tuple[Image, ...] = ()
    """Images of the wanted name that no request owns, where the image's id is not known."""
    differing: frozenset[str] = frozenset()
    """Of id, name, status, created: what is not as the record says."""
    reason: str = ""
    status: int | None = None
    silent_until: datetime | None = None
    request_ids: dict[str, str] = field(default_factory=dict)


def look_now(*, person: User, asked: ImageRequest, language: str) -> Sight | NoLook:
    """Ask SCP once, and compare with the record. A person waits, so it ends soon, and one person
    waits for one look at a time."""
    if not asked.image_id and asked.state not in _MAY_BE_THERE:
        return NoLook.NOTHING_THERE
    if asked.actor_id != person.pk or not person.may_ask:
        return NoLook.NOT_OWNER
    key = _usable_key(person, asked)
    if key is None:
        return NoLook.NO_KEY
    silence = hosts.silent_until(environment=asked.environment, region=asked.region)
    if silence:
        return _not_reached(key, Reason.RATE, silent_until=silence)
    with _turn(person) as is_mine:
        return _look(asked, key, language) if is_mine else _not_reached(key, "")


def _usable_key(person: User, asked: ImageRequest) -> AccessKey | None:
    """Return the request's own key, else the newest other one of the same person and place."""
    found = AccessKey.objects.filter(
        owner=person, environment=asked.environment, region=asked.region, disabled_at=None
    )
    usable = [key for key in found.order_by("-created_at") if key.is_usable]
    own = [key for key in usable if key.pk == asked.key_id]
    return next(iter(own + usable), None)


@contextmanager
def _turn(person: User) -> Iterator[bool]:
    """Let one look of a person be under way: many open tabs must not hold every thread."""
    with _lock:
        is_mine = person.pk not in _asking
        _asking.add(person.pk)
    try:
        yield is_mine
    finally:
        if is_mine:
            with _lock:
                _asking.discard(person.pk)


def _look(asked: ImageRequest, key: AccessKey, language: str) -> Sight:
    try:
        client = keys.open_key(
            key,
            language=language,
            api_version=asked.api_version,
            total_seconds=settings.SCP_PAGE_SECONDS,
        )
        sight = _ask(client, asked, key)
    except VaultError:
        return _not_reached(key, OwnReason.KEY_UNREADABLE)
    except BadEndpoint:
        return _not_reached(key, OwnReason.PLACE_UNKNOWN)
    except ScpError as error:
        heed(asked, error)
        return _failed(asked, key, error)
    AccessKey.objects.filter(pk=key.pk).update(last_used_at=sight.at)
    return sight


def _ask(client: Client, asked: ImageRequest, key: AccessKey) -> Sight:
    if asked.image_id:
        return _compare(asked, key, client.show_image(asked.image_id))
    found = client.list_images(name=asked.image_name, most_pages=1)
    ids = [image.id for image in found.rows]
    owned = ImageRequest.objects.filter(image_id__in=ids).values_list("image_id", flat=True)
    taken = set(owned)
    namesakes = tuple(image for image in found.rows if image.id not in taken)
    if namesakes:
        finding = Finding.DIFFERS
    elif asked.state == State.NOT_MADE and found.is_complete:
        finding = Finding.MATCHED
    else:
        finding = Finding.NOT_FOUND
    return Sight(finding, key, timezone.now(), namesakes=namesakes)


def _compare(asked: ImageRequest, key: AccessKey, image: Image) -> Sight:
    differing = set()
    if image.id != asked.image_id.lower():
        differing.add("id")
    if image.name != asked.image_name:
        differing.add("name")
    if _is_other_status(asked, image.status.lower()):
        differing.add("status")
    begun_at = asked.sent_at or asked.recorded_at
    if image.created_at and image.created_at < begun_at - CLOCK_ALLOWANCE:
        differing.add("created")
    finding = Finding.DIFFERS if differing else Finding.MATCHED
    return Sight(finding, key, timezone.now(), image=image, differing=frozenset(differing))


def _is_other_status(asked: ImageRequest, word: str) -> bool:
    """Whether SCP's word is another one than at our last look. Before that look we know none; an
    image that we called gone is there again."""
    if asked.state == State.GONE:
        return word not in IMAGE_GONE
    return bool(asked.scp_status) and word[:60] != asked.scp_status.lower()


def _failed(asked: ImageRequest, key: AccessKey, error: ScpError) -> Sight:
    if isinstance(error, Missing) and error.reason is Reason.NOT_FOUND:
        is_known = asked.state == State.GONE and key.pk == asked.key_id
        finding = Finding.MATCHED if is_known else Finding.NOT_FOUND
    elif isinstance(error, Denied):
        finding = Finding.NOT_PERMITTED
    else:
        finding = Finding.NOT_REACHED
    return Sight(
        finding,
        key,
        timezone.now(),
        reason=error.reason.value,
        status=error.exchange.status,
        request_ids=error.exchange.request_ids,
    )


def _not_reached(key: AccessKey, reason: str, *, silent_until: datetime | None = None) -> Sight:
    return Sight(Finding.NOT_REACHED, key, timezone.now(), reason=reason, silent_until=silent_until)
