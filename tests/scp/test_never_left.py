"""When no byte of the request has left, and how we know."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from images.scp.client import Credentials
from images.scp.connecting import NeverLeft, Target, open_wire
from images.scp.deadlines import Deadline
from images.scp.errors import Busy, Denied, Reason, Refused, ScpError
from tests.scp.clients import QUICK, create, error_in, make_client, seconds_of
from tests.scp.wire import ACCEPTED, SERVER_ID, Peer, answer

INVALID = "https://virtualserver.kr-west1.e.invalid"


def assert_nothing_left(error: ScpError) -> None:
    assert not error.exchange.left_us
    assert (error.exchange.sent_at, error.exchange.status) == (None, None)
    assert error.exchange.clock_skew_seconds is None


@contextlib.contextmanager
def deaf_address() -> Iterator[str]:
    """An address that lets nobody in: its queue of waiting connections is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def closed_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_name_that_does_not_exist() -> None:
    error = error_in(lambda: create(INVALID))
    assert (type(error), error.reason) == (Busy, Reason.DNS)
    assert isinstance(error, Busy)
    assert not error.is_permanent
    assert_nothing_left(error)


def test_a_refused_connection() -> None:
    error = error_in(lambda: create(closed_address()))
    assert (type(error), error.reason) == (Busy, Reason.CONNECT)
    assert_nothing_left(error)


def test_a_connection_that_is_not_accepted_in_time() -> None:
    with deaf_address() as address:
        error = error_in(lambda: create(address))
        took = seconds_of(lambda: create(address))
    assert (type(error), error.reason) == (Busy, Reason.CONNECT)
    assert_nothing_left(error)
    assert QUICK.connect_seconds * 0.9 < took < QUICK.connect_seconds + 0.3
    assert 750 < error.exchange.duration_ms < 1750


def test_reads_that_never_left_are_busy_too() -> None:
    error = error_in(make_client(closed_address()).list_servers)
    assert (type(error), error.reason) == (Busy, Reason.CONNECT)


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: release.wait(5) and [])
    took = seconds_of(lambda: create(INVALID))
    error = error_in(lambda: create(INVALID))
    release.set()
    assert (type(error), error.reason) == (Busy, Reason.DNS)
    assert took < QUICK.read_seconds + 0.3


def test_no_thread_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    error = error_in(lambda: create(INVALID))
    assert (type(error), error.reason) == (Busy, Reason.DNS)


def test_a_deadline_that_is_over_before_the_first_step() -> None:
    target = Target(host="127.0.0.1", port=9, tls=None)
    with pytest.raises(NeverLeft) as caught:
        open_wire(target, deadline=Deadline(0), connect_seconds=1, read_seconds=1)
    assert caught.value.reason is Reason.DNS


def resolve_to(monkeypatch: pytest.MonkeyPatch, *ips: str, port: int = 443) -> None:
    rows = [(socket.AF_INET6 if ":" in ip else socket.AF_INET, 1, 6, "", (ip, port)) for ip in ips]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: rows)


@pytest.mark.parametrize(
    "ip",
    [
        "10.0.0.5",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 (an address to refuse, none to listen on)
        "224.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1%lo",
        "fd00::1",
    ],
)
def test_a_name_that_leads_into_our_own_network(monkeypatch: pytest.MonkeyPatch, ip: str) -> None:
    resolve_to(monkeypatch, "8.8.8.8", ip)
    error = error_in(lambda: create(INVALID))
    assert (type(error), error.reason) == (Refused, Reason.BAD_URL)
    assert_nothing_left(error)


def test_a_name_that_leads_to_loopback_opens_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Peer(answer(202, ACCEPTED)) as peer:
        resolve_to(monkeypatch, "127.0.0.1", port=peer.port)
        error = error_in(lambda: create(INVALID))
        assert (error.reason, peer.connections) == (Reason.BAD_URL, 0)
        # leave for private networks is none for this machine
        error = error_in(lambda: create(INVALID, allow_private=True))
    assert (error.reason, peer.connections) == (Reason.BAD_URL, 0)


def test_loopback_by_name_reaches_only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    with Peer(answer(202, ACCEPTED)) as peer:
        assert create(f"http://localhost:{peer.port}").image_id
        resolve_to(monkeypatch, "8.8.8.8", port=peer.port)
        error = error_in(lambda: create(f"http://localhost:{peer.port}"))
    assert (error.reason, peer.connections) == (Reason.BAD_URL, 1)


def test_the_second_address_is_tried_when_the_first_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Peer(answer(202, ACCEPTED)) as peer:
        resolve_to(monkeypatch, "127.0.0.2", "::1", "127.0.0.1", port=peer.port)
        assert create(f"http://localhost:{peer.port}").exchange.status == 202


@pytest.mark.parametrize(
    "access_key", ["", "with space", "line\r\nX: y", "키", "k" * 300, "\ud800"]
)
def test_a_key_that_no_header_can_carry(access_key: str) -> None:
    with Peer(answer(202, ACCEPTED)) as peer:
        bad = Credentials(access_key, "secret-0001")
        client = make_client(peer, credentials=bad)
        written = error_in(lambda: create(peer, credentials=bad))
        read = error_in(lambda: client.show_server(SERVER_ID))
    for error in (written, read):
        assert (type(error), error.reason) == (Denied, Reason.SIGNATURE)
        assert_nothing_left(error)
        assert not access_key or access_key not in repr(error.exchange)
    assert peer.connections == 0
