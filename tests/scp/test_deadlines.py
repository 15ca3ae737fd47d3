"""However a peer spreads its bytes, a call ends within its total time."""

import itertools
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from images.scp.errors import OutcomeUnknown, Reason, Unexpected
from images.scp.transport import Limits
from tests.scp.certificates import make_certificate
from tests.scp.clients import create, error_in, make_client
from tests.scp.wire import Act, Line, Peer, Request, head, say_nothing

TOTAL_SECONDS = 1.2
LIMITS = Limits(connect_seconds=1, read_seconds=0.8, total_seconds=TOTAL_SECONDS)


def drip(start: bytes, pieces: Callable[[], Iterator[bytes]]) -> Act:
    def act(line: Line, _request: Request) -> None:
        line.send(start)
        line.drip(pieces(), every_seconds=0.05)

    return act


DRIPS = {
    "status line": drip(b"", lambda: itertools.repeat(b"H")),
    "header name": drip(b"HTTP/1.1 202 OK\r\n", lambda: itertools.repeat(b"x")),
    "header lines": drip(b"HTTP/1.1 202 OK\r\n", lambda: itertools.repeat(b"A: b\r\n")),
    "interim answers": drip(b"", lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")),
    "body": drip(head(202, "Content-Length: 9999"), lambda: itertools.repeat(b" ")),
    "body without length": drip(head(202), lambda: itertools.repeat(b" ")),
    "chunks": drip(
        head(202, "Transfer-Encoding: chunked"), lambda: itertools.repeat(b"1\r\n \r\n")
    ),
    "trailers": drip(
        head(202, "Transfer-Encoding: chunked") + b"0\r\n", lambda: itertools.repeat(b"A: b\r\n")
    ),
    "gzip": drip(head(202, "Content-Encoding: gzip"), lambda: itertools.repeat(b"\x1f\x8b\x08\0")),
}


@pytest.mark.parametrize("name", [name for name in DRIPS if name != "gzip"])
def test_a_drip_ends_in_time_and_is_unknown(name: str) -> None:
    with Peer(DRIPS[name]) as peer:
        began = time.monotonic()
        error = error_in(lambda: create(peer, limits=LIMITS))
        took = time.monotonic() - began
    assert (type(error), error.reason) == (OutcomeUnknown, Reason.TIMEOUT)
    assert took < TOTAL_SECONDS * 1.05
    assert (peer.connections, error.exchange.left_us) == (1, True)


def test_a_drip_over_tls_ends_in_time(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    context: ssl.SSLContext = made.server_context()
    with Peer(DRIPS["body"], tls=context) as peer:
        began = time.monotonic()
        error = error_in(lambda: create(peer, limits=LIMITS, ca_bundle=str(made.cert_file)))
        took = time.monotonic() - began
    assert (type(error), error.reason) == (OutcomeUnknown, Reason.TIMEOUT)
    assert took < TOTAL_SECONDS * 1.05


def test_silence_ends_with_the_read_time() -> None:
    with Peer(say_nothing) as peer:
        began = time.monotonic()
        error = error_in(lambda: create(peer, limits=LIMITS))
        took = time.monotonic() - began
    assert error.reason is Reason.TIMEOUT
    assert 0.75 < took < 0.95
    assert 750 < error.exchange.duration_ms < 950


def test_the_tries_of_a_read_share_one_total_time() -> None:
    limits = Limits(connect_seconds=1, read_seconds=0.5, total_seconds=TOTAL_SECONDS)
    with Peer(say_nothing) as peer:
        began = time.monotonic()
        error = error_in(make_client(peer, limits=limits).list_servers)
        took = time.monotonic() - began
    assert (type(error), error.reason) == (Unexpected, Reason.TIMEOUT)
    assert took < TOTAL_SECONDS * 1.05
    assert peer.connections in {2, 3}


def test_a_drip_of_nonsense_in_gzip_is_not_waited_for() -> None:
    with Peer(DRIPS["gzip"]) as peer:
        error = error_in(lambda: create(peer, limits=LIMITS))
    assert (type(error), error.reason) == (OutcomeUnknown, Reason.NOT_JSON)
