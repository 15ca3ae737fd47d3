"""Made-up people, keys and requests; every argument has a default."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client as Browser
from django.utils import timezone

from images.models import AccessKey, ExchangeRecord, Export, ImageRequest, User
from images.services import sessions
from images.vocabulary import ExportKind, Role

ACCESS_KEY = "TESTACCESSKEY0001"
SECRET_KEY = "test-secret-key-of-alice-0001"
PASSWORD = "a long enough password"

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0"

Browse = Callable[[User], Browser]
Work = Callable[[], None]


def make_person(name: str, role: Role) -> User:
    return User.objects.create_user(name, password=PASSWORD, role=role)


def make_key(owner: User, **changes: Any) -> AccessKey:
    """Store a key of `owner` as it stands; nobody checks it and no SCP knows it."""
    values: dict[str, Any] = {
        "alias": f"key-{uuid.uuid4().hex[:6]}",
        "environment": "e",
        "region": "kr-west1",
        "api_version": "1.3",
    }
    halves = {
        "access_key": changes.pop("access_key", uuid.uuid4().hex),
        "secret_key": changes.pop("secret_key", uuid.uuid4().hex),
    }
    key = AccessKey(owner=owner, **{**values, **changes})
    key.seal(**halves)
    key.save()
    return key


def make_request(key: AccessKey, **changes: Any) -> ImageRequest:
    """Store a request as it stands, without its events; for pages and rules that read it."""
    values: dict[str, Any] = {
        "form_token": uuid.uuid4(),
        "actor": key.owner,
        "actor_name": key.owner.display_name,
        "key": key,
        "key_alias": key.alias,
        "key_fingerprint": key.fingerprint,
        "environment": key.environment,
        "region": key.region,
        "api_version": key.api_version,
        "server_id": str(uuid.uuid4()),
        "server_name": "web01",
        "image_name": f"web01-{uuid.uuid4().hex[:6]}",
        "reason": "before an update",
        "due_at": timezone.now(),
    }
    return ImageRequest.objects.create(**{**values, **changes})


def make_call(asked: ImageRequest, **changes: Any) -> ExchangeRecord:
    """Store one answered call as it stands, without its events."""
    body = b'{"image_id": "c1b0a7de-1111-4222-8333-444455556666"}'
    values: dict[str, Any] = {
        "attempt": 1,
        "method": "POST",
        "url": "https://scp.example/v1/servers/1/images",
        "api_version": "1.3",
        "request_headers": {"Host": "scp.example"},
        "request_body": '{"image_name": "web01"}',
        "request_sha256": hashlib.sha256(b'{"image_name": "web01"}').hexdigest(),
        "is_finished": True,
        "sent_at": timezone.now(),
        "duration_ms": 7,
        "status": 202,
        "headers": {"Content-Type": "application/json"},
        "body": body,
        "body_length": len(body),
    }
    return ExchangeRecord.objects.create(request=asked, **{**values, **changes})


def make_export(maker: User, **changes: Any) -> Export:
    """Store an export of nothing as it stands, without its event and checkpoint."""
    values: dict[str, Any] = {
        "form_token": uuid.uuid4(),
        "covers_all_people": False,
        "kind": ExportKind.CSV,
        "filter": "show=people",
        "time_zone": "Asia/Seoul",
        "language": "en",
        "size": 0,
        "root": hashlib.sha256().digest(),
        "checkpoint": "console.example/history\n0\n",
        "verifier_key": "console.example/history+00000000+AA==",
        "count": 0,
        "expired": 0,
    }
    return Export.objects.create(maker=maker, **{**values, **changes})


def make_session(person: User) -> UserSession:
    """Store a session of `person` that began just now in some other browser."""
    store = SessionStore()
    store.create()
    sessions.begin(person=person, session_key=store.session_key or "", browser=FIREFOX)
    return UserSession.objects.get(session_key=store.session_key)
