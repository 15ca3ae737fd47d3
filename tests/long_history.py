"""A long history made quickly, with real leaves, for tests and measures of the pages over it."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from images.ledger import merkle
from images.ledger.canonical import canonical
from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.vocabulary import State
from tests.people import make_key, make_request

_AT_ONCE = 2_000
# What one request leaves behind; the first is the person's, the others the console's own.
_LIFE = ("request.recorded", "request.sending", "request.accepted", "request.ready")
_ACTS = ("session.signed_in", "key.tested")
_EACH = timedelta(seconds=10)


def fill(people: list[User], events: int, *, until: datetime) -> None:
    """Write a history of `events` events that ends at `until`, one every ten seconds.

    Two in three are the machine's, as with requests that go well.
    """
    tree = merkle.Frontier()
    made = _events(people, until - events * _EACH)
    while tree.size < events:
        with transaction.atomic():
            batch = list(islice(made, min(_AT_ONCE, events - tree.size)))
            for event in batch:
                _seal(event, tree)
            AuditEvent.objects.bulk_create(batch)


def _events(people: list[User], start: datetime) -> Iterator[AuditEvent]:
    keys = [make_key(person, alias=f"key of {person}") for person in people]
    sequence = 0
    while True:
        key = keys[(sequence // 7) % len(keys)]
        asked = _request(key, sequence, start + sequence * _EACH)
        for action in (*_ACTS, *_LIFE):
            sequence += 1
            yield _event(sequence, action, key, asked, at=start + sequence * _EACH)


def _event(
    sequence: int, action: str, key: AccessKey, asked: ImageRequest, *, at: datetime
) -> AuditEvent:
    is_person = action in (*_ACTS, _LIFE[0])
    is_about_request = action in _LIFE
    return AuditEvent(
        sequence=sequence,
        at=at,
        action=action,
        actor=key.owner if is_person else None,
        address="192.0.2.7" if is_person else "",
        http_request_id=str(uuid.uuid4()) if is_person else "",
        request=asked if is_about_request else None,
        key=key if action.startswith("key.") else None,
        target=asked.image_name if is_about_request else "",
    )


def _request(key: AccessKey, number: int, at: datetime) -> ImageRequest:
    server = number // 7 % 300
    is_bad = number % 9 == 0
    return make_request(
        key,
        state=State.REFUSED if is_bad else State.READY,
        server_name=f"web{server:03d}",
        server_id=str(uuid.UUID(int=server)),
        image_name=f"web{server:03d}-{number}",
        image_id=str(uuid.uuid4()),
        reason=f"before update {number}",
        ticket=f"CHG-{number // 70}",
        recorded_at=at,
        settled_at=at if is_bad else at + timedelta(minutes=12 + number % 7),
        due_at=None,
    )


def _seal(event: AuditEvent, tree: merkle.Frontier) -> None:
    event.content = canonical(event.members({}))
    event.leaf_hash = merkle.leaf_hash(event.content)
    event.subtrees = b"".join(tree.add(event.leaf_hash))
