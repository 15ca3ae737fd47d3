"""Made-up people, keys and requests; every argument has a default."""

import uuid
from collections.abc import Callable
from typing import Any

from django.test import Client as Browser
from django.utils import timezone

from images.models import AccessKey, ImageRequest, User
from images.vocabulary import Role

ACCESS_KEY = "TESTACCESSKEY0001"
SECRET_KEY = "test-secret-key-of-alice-0001"
PASSWORD = "a long enough password"

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
