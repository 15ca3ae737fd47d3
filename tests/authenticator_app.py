"""An authenticator app of our own, written from RFC 4226 and RFC 6238 alone."""

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the six digits that an app shows now, or so many steps of 30 seconds later."""
    counter = int(time.time()) // 30 + steps
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.digest(key, counter.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


def start_of_a_step() -> datetime:
    """Return when the code of now began to be shown, so that a test does not meet its end."""
    return datetime.fromtimestamp(time.time() // 30 * 30, tz=UTC)
