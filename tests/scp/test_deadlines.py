"""However a peer spreads its bytes, a call ends within its total time."""

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from images.scp.calls import Limits
from images.scp.errors import OutcomeUnknown, Reason, ScpError, Unexpected
from tests.scp.certificates import make_certificate
from tests.scp.clients import create, error_in, make_client
from tests.scp.wire import Act, Line, Peer, Request, head, say_nothing

TOTAL_SECONDS = 8  # so that five per cent are more than a busy machine's hiccup
LIMITS = Limits(connect_seconds=1, read_seconds=0.8, total_seconds=TOTAL_SECONDS)


def drip(start: bytes, pieces: Callable[[], Iterator[bytes]]) -> Act:
    def act(line: Line, _request: Request) -> None:
        line.send(start)
        line.drip(pieces(), every_seconds=0.1)

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
}


@dataclass(frozen=True)
class Dripped:
    error: ScpError
    took_seconds: float
    connections: int


def drip_on(name: str, folder: Path | None = None) -> Dripped:
    made = make_certificate(folder) if folder else None
    ca_bundle = str(made.cert_file) if made else None
    with Peer(DRIPS[name], tls=made.server_context() if made else None) as peer:
        began = time.monotonic()
        error = error_in(lambda: create(peer, limits=LIMITS, ca_bundle=ca_bundle))
        return Dripped(error, time.monotonic() - began, peer.connections)


@pytest.fixture(scope="module")
def dripped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dripped]:
    """All drips at once, because each takes its whole time."""
    with ThreadPoolExecutor(len(DRIPS) + 1) as pool:
        running = {name: pool.submit(drip_on, name) for name in DRIPS}
        running["body over TLS"] = pool.submit(drip_on, "body", tmp_path_factory.mktemp("tls"))
        return {name: call.result() for name, call in running.items()}


@pytest.mark.parametrize("name", [*DRIPS, "body over TLS"])
def test_a_drip_ends_in_time_and_is_unknown(dripped: dict[str, Dripped], name: str) -> None:
    ended = dripped[name]
    assert (type(ended.error), ended.error.reason) == (OutcomeUnknown, Reason.TIMEOUT)
    assert TOTAL_SECONDS * 0.95 < ended.took_seconds < TOTAL_SECONDS * 1.05
    assert (ended.connections, ended.error.exchange.left_us) == (1, True)


def test_silence_ends_with_the_read_time() -> None:
    limits = Limits(connect_seconds=1, read_seconds=3.2, total_seconds=TOTAL_SECONDS)
    with Peer(say_nothing) as peer:
        began = time.monotonic()
        error = error_in(lambda: create(peer, limits=limits))
        took = time.monotonic() - began
    assert error.reason is Reason.TIMEOUT
    assert 3 < took < 3.8  # the read's time, and by far not the total
    assert 3000 < error.exchange.duration_ms < 3800


def test_the_tries_of_a_read_share_one_total_time() -> None:
    limits = Limits(connect_seconds=1, read_seconds=0.5, total_seconds=TOTAL_SECONDS)
    with Peer(say_nothing) as peer:
        began = time.monotonic()
        error = error_in(make_client(peer, limits=limits).list_servers)
        took = time.monotonic() - began
    assert (type(error), error.reason) == (Unexpected, Reason.TIMEOUT)
    assert took < TOTAL_SECONDS * 1.05
    assert peer.connections in {2, 3}


def test_nonsense_in_gzip_is_not_waited_for() -> None:
    nonsense = drip(head(202, "Content-Encoding: gzip"), lambda: itertools.repeat(b"nonsense"))
    with Peer(nonsense) as peer:
        error = error_in(lambda: create(peer, limits=LIMITS))
    assert (type(error), error.reason) == (OutcomeUnknown, Reason.NOT_JSON)
    assert error.exchange.duration_ms < 2000
