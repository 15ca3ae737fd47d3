"""Checks who signed a call, on exactly the bytes that came.

Source: SCP API reference, sections 3, 4 and 14 (points 2 to 5).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import quote

from scpconsole.sandbox.keys import Key, Keyring
from scpconsole.sandbox.options import Options
from scpconsole.sandbox.request import Request

CREDENTIALS = ("Scp-Accesskey", "Scp-Signature", "Scp-Timestamp", "Scp-ClientType")


@dataclass(frozen=True)
class Rejected:
    """Why a call was not let in. `why` is for our log only, never for the answer."""

    why: str


def sign(secret_key: str, message: str) -> str:
    """Base64 of HMAC-SHA256. `message` is Latin-1, so raw bytes of a target survive."""
    digest = hmac.digest(secret_key.encode(), message.encode("latin-1"), "sha256")
    return b64encode(digest).decode("ascii")


def is_unsigned(request: Request) -> bool:
    """True when no credential header came at all."""
    return not any(name in request.headers for name in CREDENTIALS)


def check(request: Request, *, keyring: Keyring, options: Options, now_ms: int) -> Key | Rejected:
    """The key that signed, or the reason for a 401. `now_ms` is the gateway's clock."""
    missing = [name for name in CREDENTIALS if not request.header(name)]
    if missing:
        return Rejected(f"credential headers missing or empty: {', '.join(missing)}")
    if request.header("Scp-ClientType") != "Openapi":
        return Rejected(f"client type {request.header('Scp-ClientType')!r}, expected 'Openapi'")
    if "//" in request.path:
        return Rejected(f"empty path segment in {request.path!r}")
    key = keyring.get(request.header("Scp-Accesskey"))
    if key is None or not key.is_enabled:
        state = "unknown" if key is None else "disabled"
        return Rejected(f"access key {request.header('Scp-Accesskey')!r} is {state}")
    late = _clock_complaint(request.header("Scp-Timestamp"), options, now_ms)
    if late:
        return Rejected(late)
    return _compared(request, key, options)


def signed_text(request: Request, *, url: str, timestamp: str = "", account: str = "") -> str:
    """What the caller should have signed for `url`."""
    stamp = timestamp or request.header("Scp-Timestamp")
    who = request.header("Scp-Accesskey") + account
    return f"{request.method}{url}{stamp}{who}{request.header('Scp-ClientType')}"


def base_url(request: Request, options: Options) -> str:
    """Scheme and host as the caller saw them."""
    return options.public_base_url or f"http://{request.header('Host')}"


def _clock_complaint(timestamp: str, options: Options, now_ms: int) -> str:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 18):
        return f"timestamp {timestamp!r} is not decimal milliseconds"
    off_seconds = (int(timestamp) - now_ms) / 1000
    if abs(off_seconds) > options.window_seconds:
        return (
            f"timestamp {timestamp} is {off_seconds:+.3f} s from our clock {now_ms}, "
            f"allowed are {options.window_seconds} s"
        )
    return ""


def _compared(request: Request, key: Key, options: Options) -> Key | Rejected:
    base = base_url(request, options)
    expected = signed_text(request, url=base + request.target)
    came = request.header("Scp-Signature").encode("latin-1", "replace")
    if hmac.compare_digest(came, sign(key.secret_key, expected).encode()):
        return key
    return Rejected(
        f"signature does not fit. Expected text: {expected!r}. {_diagnosis(request, key, base)}"
    )


def _diagnosis(request: Request, key: Key, base: str) -> str:
    """Name the known mistake that gives this signature, if one does."""
    target = request.target
    stamp = request.header("Scp-Timestamp")
    mistakes = {
        "the URL was encoded twice": {"url": base + quote(target, safe="/?&=+:@!$'()*,;~")},
        "an account id was signed too": {"url": base + target, "account": key.account},
        "scheme and host were left out": {"url": target},
        "the query was left out": {"url": base + request.path},
        "the time was signed in seconds": {"url": base + target, "timestamp": stamp[:-3]},
        "another scheme was signed": {"url": base.replace("http://", "https://", 1) + target},
    }
    for mistake, parts in mistakes.items():
        if sign(key.secret_key, signed_text(request, **parts)) == request.header("Scp-Signature"):
            return f"It fits when {mistake}."
    return "No known mistake gives what came; a wrong secret key is likely."
