"""TLS: always verified, 1.2 or newer, and a failed handshake means that nothing left."""

import ssl
import warnings
from pathlib import Path

import pytest

from images.scp.client import BadEndpoint
from images.scp.errors import Busy, OutcomeUnknown, Reason
from tests.scp.certificates import make_certificate
from tests.scp.clients import QUICK, create, error_in, make_client, seconds_of
from tests.scp.wire import (
    ACCEPTED,
    Act,
    Line,
    Peer,
    Request,
    answer,
    hang_up,
    raw,
    reset,
    say_nothing,
)


def test_a_certificate_of_our_own_authority_is_accepted(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    with Peer(answer(202, ACCEPTED), tls=made.server_context()) as peer:
        created = create(peer, ca_bundle=str(made.cert_file))
    assert created.exchange.url.startswith("https://127.0.0.1:")


@pytest.mark.parametrize(
    ("host", "valid_days", "is_trusted"),
    [
        ("127.0.0.1", (-1, 1), False),
        ("127.0.0.1", (-3, -2), True),
        ("127.0.0.1", (2, 3), True),
        ("other.example", (-1, 1), True),
    ],
    ids=["self-signed", "expired", "not yet valid", "wrong name"],
)
def test_a_bad_certificate(
    tmp_path: Path, host: str, valid_days: tuple[int, int], is_trusted: bool
) -> None:
    made = make_certificate(tmp_path, host=host, valid_days=valid_days)
    ca_bundle = str(made.cert_file) if is_trusted else None
    with Peer(answer(202, ACCEPTED), tls=made.server_context()) as peer:
        error = error_in(lambda: create(peer, ca_bundle=ca_bundle))
    assert isinstance(error, Busy)
    assert (error.reason, error.is_permanent, error.exchange.left_us) == (Reason.TLS, True, False)
    assert peer.requests == []


def test_a_failed_check_is_not_tried_again_for_reads(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    with Peer(answer(200), tls=made.server_context()) as peer:
        error = error_in(make_client(peer).list_servers)
    assert (type(error), error.reason, peer.connections) == (Busy, Reason.TLS, 1)


def test_tls_1_1_is_too_old(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    context = made.server_context()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Peer(answer(202, ACCEPTED), tls=context) as peer:
        error = error_in(lambda: create(peer, ca_bundle=str(made.cert_file)))
    assert (type(error), error.reason) == (Busy, Reason.TLS)


def leave_politely(line: Line, _request: Request) -> None:
    """Take the greeting, so that closing is an end and not a reset."""
    line.sock.recv(65536)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (leave_politely, Reason.CONNECT),
        (raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Reason.TLS),
        (hang_up, Reason.CONNECT),
        (reset, Reason.CONNECT),
        (say_nothing, Reason.CONNECT),
    ],
)
def test_a_peer_that_does_not_shake_hands(act: Act, reason: Reason) -> None:
    with Peer(act, reads=False) as peer:
        address = f"https://127.0.0.1:{peer.port}"
        error = error_in(lambda: create(address))
        took = seconds_of(lambda: create(address))
    assert (type(error), error.reason, error.exchange.left_us) == (Busy, reason, False)
    assert took < QUICK.connect_seconds + 0.3


@pytest.mark.parametrize("act", [hang_up, reset])
def test_a_break_after_the_handshake_is_unknown(tmp_path: Path, act: Act) -> None:
    made = make_certificate(tmp_path)
    with Peer(act, tls=made.server_context()) as peer:
        error = error_in(lambda: create(peer, ca_bundle=str(made.cert_file)))
    assert (type(error), error.reason) == (OutcomeUnknown, Reason.BROKEN_OFF)
    assert error.exchange.left_us


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_authorities_that_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="ascii")
    with pytest.raises(BadEndpoint):
        make_client("https://scp.example", ca_bundle=str(file))
