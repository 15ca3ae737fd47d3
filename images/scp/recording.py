"""Gathers an Exchange while a call runs, and takes the secrets out."""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit

from images.scp.bodies import Body
from images.scp.envelopes import Envelope, read_envelope
from images.scp.exchange import HIDDEN, WHEN_SENT, Exchange, find_header
from images.scp.hiding import Hider
from images.scp.signing import CLIENT_TYPE
from images.scp.times import read_http_date
from images.scp.words import clean

SHOWN_REQUEST_HEADERS = (
    "Host",
    "Scp-Timestamp",
    "Scp-ClientType",
    "Scp-Api-Version",
    "Accept-Language",
    "Accept",
    "Accept-Encoding",
    "Connection",
    "Content-Type",
    "Content-Length",
    "User-Agent",
)
SECRET_REQUEST_HEADERS = ("Scp-Accesskey", "Scp-Signature")
SECRET_ANSWER_HEADER = re.compile(
    r"cookie|authori[sz]ation|authenticat|token|secret|passw|credential|signature"
    r"|access-?key|api-?key",
    re.IGNORECASE,
)
MOST_HEADERS = 64
LONGEST_HEADER = 2048
LONGEST_SPELLING = 4096  # more than any secret, percent-encoded


class Sendable(Protocol):
    """What a recording needs to know of a call."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def api_version(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def is_signed(self) -> bool: ...


class Recording:
    """One call, from the first step to the last byte read."""

    def __init__(
        self,
        call: Sendable,
        *,
        secrets: tuple[str, ...],
        kept_bytes: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._call = call
        self._secrets = secrets
        self._kept_bytes = kept_bytes
        self._clock = clock
        self._began = time.monotonic()
        self._duration_ms = 0
        self._request_headers = _planned_headers(call)
        self._sent_at: datetime | None = None
        self._status: int | None = None
        self._headers: dict[str, str] = {}
        self._answered_at: datetime | None = None
        self._body = Body()
        self._left_us = False

    def keep_request(self, headers: Mapping[str, str], *, sent_at: datetime) -> None:
        """Keep the headers as sent. The signature counts as a secret from here on."""
        if self._call.is_signed:
            self._secrets += (headers["Scp-Signature"],)
        self._request_headers = _shown_headers(headers)
        self._sent_at = sent_at.astimezone(UTC)

    def keep_head(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        self._answered_at = self._clock()
        self._status = status
        for name, value in list(headers)[:MOST_HEADERS]:
            joined = f"{self._headers[name]}, {value}" if name in self._headers else value
            self._headers[name] = joined

    def end(self, body: Body | None = None, *, left_us: bool) -> None:
        self._body = body or self._body
        self._left_us = left_us
        self._duration_ms = round((time.monotonic() - self._began) * 1000)

    def result(self) -> tuple[Exchange, Envelope]:
        """Return what is known by now, and what an error body says, without secrets."""
        hider = Hider(*self._secrets)
        kept, is_cut = self._kept_body(hider)
        told = self._told(kept, hider)
        call = self._call
        exchange = Exchange(
            method=call.method,
            url=hider.text(call.url),
            api_version=call.api_version,
            request_headers={k: hider.text(v) for k, v in self._request_headers.items()},
            request_body=hider.text(call.body.decode("utf-8", "replace")),
            request_sha256=hashlib.sha256(call.body).hexdigest() if call.body else "",
            sent_at=self._sent_at if self._left_us else None,
            duration_ms=self._duration_ms,
            status=self._status,
            headers=_answer_headers(self._headers, hider),
            body=kept,
            body_length=len(self._body.content),
            is_truncated=is_cut or self._body.failure is not None,
            request_ids=told.request_ids,
            clock_skew_seconds=self._skew_seconds(),
            left_us=self._left_us,
        )
        return exchange, told

    def _kept_body(self, hider: Hider) -> tuple[bytes, bool]:
        """Hide first, cut afterwards: a secret across the cut would keep its first half."""
        content = bytes(self._body.content[: self._kept_bytes + LONGEST_SPELLING])
        hidden = hider.content(content)
        if len(content) < len(self._body.content):
            hidden = hidden[:-LONGEST_SPELLING]
        is_cut = len(content) < len(self._body.content) or len(hidden) > self._kept_bytes
        return hidden[: self._kept_bytes], is_cut

    def _told(self, kept: bytes, hider: Hider) -> Envelope:
        if self._status is None or self._status < 300:
            return Envelope()
        told = read_envelope(kept, find_header(self._headers, "Content-Type"))
        # once more: decoding the JSON may have brought a secret to light
        ids = {name: hider.text(value) for name, value in told.request_ids.items()}
        return Envelope(told.kind, hider.text(told.code), hider.text(told.detail), ids)

    def _skew_seconds(self) -> float | None:
        theirs = read_http_date(find_header(self._headers, "Date"))
        if self._answered_at is None or theirs is None:
            return None
        return round((self._answered_at - theirs).total_seconds(), 3)


def _planned_headers(call: Sendable) -> dict[str, str]:
    planned = {**call.headers, "Host": urlsplit(call.url).netloc}
    if call.body:
        planned["Content-Length"] = str(len(call.body))
    if call.is_signed:
        planned |= dict.fromkeys(SECRET_REQUEST_HEADERS, HIDDEN)
        planned |= {"Scp-Timestamp": WHEN_SENT, "Scp-ClientType": CLIENT_TYPE}
    return _shown_headers(planned)


def _shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    shown = {name: headers[name] for name in SHOWN_REQUEST_HEADERS if name in headers}
    shown |= {name: HIDDEN for name in SECRET_REQUEST_HEADERS if name in headers}
    return shown


def _answer_headers(headers: Mapping[str, str], hider: Hider) -> dict[str, str]:
    return {
        clean(hider.text(name), longest=LONGEST_HEADER): HIDDEN
        if SECRET_ANSWER_HEADER.search(name)
        else clean(hider.text(value), longest=LONGEST_HEADER)
        for name, value in headers.items()
    }
