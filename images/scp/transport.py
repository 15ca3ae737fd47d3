"""Sends one signed call over one fresh connection and reads the answer.

The one file that imports the HTTP library. The library prepares the request, lets the
signature be the last step, and sends; the connection below it is ours, because the library's
own waits per read instead of in all, may send again with an old signature, and cannot say
whether a byte has left.
"""

import http.client
import random
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.auth import AuthBase
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from images.scp.bodies import Body, read_body
from images.scp.calls import Answer, Call, Limits
from images.scp.connecting import NeverLeft, Target, open_wire, tls_context
from images.scp.credentials import Credentials
from images.scp.deadlines import Deadline
from images.scp.errors import Denied, Reason
from images.scp.exchange import Exchange
from images.scp.recording import Recording
from images.scp.signing import CLIENT_TYPE, sign
from images.scp.wire import Wire

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAUSES_SECONDS = (0.2, 0.6)  # so three tries of a GET at most
WORTH_ANOTHER_TRY = frozenset({502, 503, 504})
NETWORK = frozenset({Reason.DNS, Reason.CONNECT, Reason.TIMEOUT, Reason.BROKEN_OFF})


class Signature(AuthBase):
    """Signs the URL as the library has prepared it, byte for byte what goes on the wire."""

    def __init__(self, credentials: Credentials, now: datetime) -> None:
        self._credentials = credentials
        self._timestamp_ms = str((now - EPOCH) // timedelta(milliseconds=1))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Scp-Accesskey"] = self._credentials.access_key
        request.headers["Scp-Timestamp"] = self._timestamp_ms
        request.headers["Scp-ClientType"] = CLIENT_TYPE
        request.headers["Scp-Signature"] = sign(
            method=str(request.method),
            url=str(request.url),
            timestamp_ms=self._timestamp_ms,
            access_key=self._credentials.access_key,
            secret_key=self._credentials.secret_key,
        )
        return request


class OneCallSession(requests.Session):
    """Sends one prepared request over a wire of ours, and nothing of its own account.

    No proxies or netrc from the environment, no redirects (not even a look at where one
    leads, for which the library would read a whole body), no second try.
    """

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        self.mount("https://", WireAdapter(wire))
        self.mount("http://", WireAdapter(wire))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that there is none: the caller judges a 3xx by its status."""


class WireAdapter(BaseAdapter):
    """The library's way to a connection: one that is open already and knows its deadline.

    Raises what http.client raises, so that the transport can tell a timeout from a break.
    """

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def send(
        self,
        request: requests.PreparedRequest,
        *_: object,
        **__: object,
    ) -> requests.Response:
        parts = urlsplit(str(request.url))
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        connection.sock = cast("socket.socket", self._wire)
        body = request.body if isinstance(request.body, bytes) else None
        connection.request(str(request.method), request.path_url, body, dict(request.headers))
        answer = requests.Response()
        answer.raw = connection.getresponse()
        answer.status_code = answer.raw.status
        return answer

    def close(self) -> None:
        """Do nothing: whoever opened the wire hangs up."""


class Transport:
    """Calls to one host with one key. Safe to share between threads."""

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Credentials,
        limits: Limits,
        clock: Callable[[], datetime],
        ca_bundle: str | None = None,
        allow_private: bool = False,
    ) -> None:
        """Raises OSError when `ca_bundle` cannot be read."""
        parts = urlsplit(base_url)
        is_https = parts.scheme == "https"
        self._target = Target(
            host=str(parts.hostname),
            port=parts.port or (443 if is_https else 80),
            tls=tls_context(ca_bundle or DEFAULT_CA_BUNDLE_PATH) if is_https else None,
            allow_private=allow_private,
        )
        self._credentials = credentials
        self._limits = limits
        self._clock = clock

    def check_key(self, call: Call) -> None:
        """Raise Denied, before anything is sent, when no header can carry the access key."""
        if call.is_signed and not self._credentials.fits_a_header:
            raise Denied(self.plan(call), Reason.SIGNATURE)

    def plan(self, call: Call) -> Exchange:
        """Return the call as it will be sent."""
        return self._recording(call).result()[0]

    def read(self, call: Call, *, deadline: Deadline) -> Answer:
        """Send a GET, up to three times within the deadline, signed anew each time."""
        answer = self.send_once(call, deadline=deadline)
        for longest_pause_seconds in PAUSES_SECONDS:
            pause_seconds = longest_pause_seconds * random.uniform(0.5, 1)  # noqa: S311 (jitter)
            if not _is_worth_another_try(answer) or pause_seconds >= deadline.left_seconds:
                break
            time.sleep(pause_seconds)
            answer = self.send_once(call, deadline=deadline)
        return answer

    def send_once(self, call: Call, *, deadline: Deadline) -> Answer:
        """Send one request, once, whatever comes of it."""
        recording = self._recording(call)
        try:
            wire = open_wire(
                self._target,
                deadline=deadline,
                connect_seconds=self._limits.connect_seconds,
                read_seconds=self._limits.read_seconds,
            )
        except NeverLeft as failure:
            recording.end(left_us=False)
            return Answer(*recording.result(), failure=failure.reason)
        try:
            body = self._converse(wire, call, recording)
        finally:
            wire.hang_up()
        recording.end(body, left_us=wire.has_sent)
        return Answer(*recording.result(), bytes(body.content), body.failure)

    def _recording(self, call: Call) -> Recording:
        return Recording(
            call,
            secrets=(self._credentials.access_key, self._credentials.secret_key),
            kept_bytes=self._limits.kept_bytes,
            clock=self._clock,
        )

    def _converse(self, wire: Wire, call: Call, recording: Recording) -> Body:
        request = self._prepare(call, recording)
        try:
            with OneCallSession(wire) as session:
                answer = session.send(request, stream=True, allow_redirects=False)
        except TimeoutError:
            return Body(failure=Reason.TIMEOUT)
        except (OSError, http.client.IncompleteRead):
            return Body(failure=Reason.BROKEN_OFF)
        except http.client.HTTPException:
            return Body(failure=Reason.NOT_JSON)
        with cast("http.client.HTTPResponse", answer.raw) as response:
            recording.keep_head(response.status, response.getheaders())
            return read_body(response, longest=self._limits.list_bytes)

    def _prepare(self, call: Call, recording: Recording) -> requests.PreparedRequest:
        now = self._clock()
        request = requests.PreparedRequest()
        request.prepare(
            method=call.method,
            url=call.url,
            headers=dict(call.headers),
            data=call.body or None,
            auth=Signature(self._credentials, now) if call.is_signed else None,
        )
        # the very host that was signed, not http.client's idea of it
        request.headers["Host"] = urlsplit(str(request.url)).netloc
        recording.keep_request(request.headers, sent_at=now)
        return request


def _is_worth_another_try(answer: Answer) -> bool:
    status = answer.exchange.status
    if status in WORTH_ANOTHER_TRY:
        return True
    return status in {None, 200} and answer.failure in NETWORK
