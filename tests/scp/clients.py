"""Clients that call a peer on loopback, and what one asks of them."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable

import pytest

from images.scp.client import Client, Created, Credentials, Limits
from images.scp.errors import ScpError
from tests.scp.wire import SERVER_ID, Peer, Request

ACCESS_KEY = "EXAMPLEACCESSKEY0001"
SECRET_KEY = "example/secret+key-0001"
QUICK = Limits(connect_seconds=1, read_seconds=1, total_seconds=3)


def make_client(peer: Peer | str, **changes: object) -> Client:
    """Return a client of this peer (or address); any argument of Client may be changed."""
    arguments: dict[str, object] = {
        "base_url": peer if isinstance(peer, str) else peer.base_url,
        "credentials": Credentials(ACCESS_KEY, SECRET_KEY),
        "api_version": "1.3",
        "limits": QUICK,
    }
    return Client(**(arguments | changes))  # type: ignore[arg-type]


def create(peer: Peer | str, **changes: object) -> Created:
    """Ask for one image."""
    client = make_client(peer, **changes)
    return client.create_image(client.prepare_image(server_id=SERVER_ID, image_name="web-01"))


def error_in(call: Callable[[], object]) -> ScpError:
    """Return the ScpError that the call raises."""
    with pytest.raises(ScpError) as caught:
        call()
    return caught.value


def seconds_of(call: Callable[[], object]) -> float:
    """Return how long the call takes until it raises ScpError."""
    began = time.monotonic()
    error_in(call)
    return time.monotonic() - began


def is_signed_right(request: Request) -> bool:
    """Check the signature by the raw bytes alone."""
    url = f"http://{request.headers['host']}{request.target}"
    message = request.method + url + request.headers["scp-timestamp"] + ACCESS_KEY + "Openapi"
    digest = hmac.digest(SECRET_KEY.encode(), message.encode(), hashlib.sha256)
    return request.headers["scp-signature"] == base64.b64encode(digest).decode()
