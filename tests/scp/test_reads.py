"""Reads: what is tried again, and what each answer means."""

import pytest

from images.scp import transport
from images.scp.calls import Limits
from images.scp.errors import (
    Busy,
    Denied,
    Missing,
    Reason,
    Refused,
    ScpError,
    Unexpected,
)
from tests.scp.clients import error_in, is_signed_right, make_client
from tests.scp.wire import (
    IMAGE_ID,
    SERVER_ID,
    Act,
    Peer,
    answer,
    answer_json,
    hang_up,
    head,
    raw,
    reset,
    reset_after,
    say_nothing,
)

SERVER = {"id": SERVER_ID, "name": "web-01", "state": "ACTIVE"}
SERVERS = answer_json(200, {"servers": [SERVER]})
PAGE = b"<html><title>Sign in</title></html>"


@pytest.mark.parametrize("status", [502, 503, 504])
def test_the_gateway_is_asked_three_times_signed_anew(status: int) -> None:
    with Peer(answer(status), answer(status), SERVERS) as peer:
        listing = make_client(peer).list_servers()
    assert [row.name for row in listing.rows] == ["web-01"]
    assert len({request.headers["scp-timestamp"] for request in peer.requests}) == 3
    assert len({request.headers["scp-signature"] for request in peer.requests}) == 3
    assert all(is_signed_right(request) for request in peer.requests)


@pytest.mark.parametrize(
    "act",
    [hang_up, reset, reset_after(head(200, "Content-Length: 90") + b"{"), say_nothing],
)
def test_a_broken_read_is_tried_again(act: Act) -> None:
    with Peer(act, SERVERS) as peer:
        assert make_client(peer).list_servers().is_complete
    assert peer.connections == 2


ONCE: list[tuple[Act, type[ScpError], Reason]] = [
    (answer(400), Refused, Reason.BAD_REQUEST),
    (answer(401), Denied, Reason.SIGNATURE),
    (answer(403), Denied, Reason.FORBIDDEN),
    (answer(404), Missing, Reason.NOT_FOUND),
    (answer(404, PAGE, kind="text/html"), Missing, Reason.WRONG_HOST),
    (reset_after(head(404, "Content-Length: 90") + b"{"), Missing, Reason.NOT_FOUND),
    (answer(406), Refused, Reason.VERSION),
    (answer(409), Refused, Reason.CONFLICT),
    (answer(417), Busy, Reason.EDGE),
    (answer(429), Busy, Reason.RATE),
    (answer(500), Unexpected, Reason.SERVER_ERROR),
    (answer(302, b"", "Location: /login"), Unexpected, Reason.REDIRECT),
    (answer(204), Unexpected, Reason.UNEXPECTED_STATUS),
    (answer(202), Unexpected, Reason.UNEXPECTED_STATUS),
    (answer(200), Unexpected, Reason.NOT_JSON),
    (answer(200, PAGE, kind="text/html"), Unexpected, Reason.NOT_JSON),
    (answer(200, b"[]"), Unexpected, Reason.NOT_JSON),
    (answer(200, b'{"servers": null}'), Unexpected, Reason.NOT_JSON),
    (answer(200, b'{"servers": NaN}'), Unexpected, Reason.NOT_JSON),
    (answer(200, b" " * 5_000_000), Unexpected, Reason.TOO_LARGE),
    (raw(b"nonsense\r\n\r\n"), Unexpected, Reason.NOT_JSON),
]


@pytest.mark.parametrize(("act", "kind", "reason"), ONCE)
def test_these_answers_are_final(act: Act, kind: type[ScpError], reason: Reason) -> None:
    with Peer(act, SERVERS) as peer:
        error = error_in(make_client(peer).list_servers)
    assert (type(error), error.reason) == (kind, reason)
    assert peer.connections == 1


@pytest.mark.parametrize(
    ("act", "reason"), [(answer(503), Reason.SERVER_ERROR), (reset, Reason.BROKEN_OFF)]
)
def test_the_third_failure_is_the_last(act: Act, reason: Reason) -> None:
    with Peer(act) as peer:
        error = error_in(make_client(peer).list_servers)
    assert (type(error), error.reason, peer.connections) == (Unexpected, reason, 3)


def test_no_second_try_without_time_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSES_SECONDS", (20, 20))  # longer than a call may take
    limits = Limits(connect_seconds=1, read_seconds=1, total_seconds=5)
    with Peer(answer(503)) as peer:
        error = error_in(make_client(peer, limits=limits).list_servers)
    assert (error.reason, peer.connections) == (Reason.SERVER_ERROR, 1)


def test_show_server_takes_both_shapes() -> None:
    with Peer(answer_json(200, SERVER), answer_json(200, {"server": SERVER})) as peer:
        client = make_client(peer)
        assert client.show_server(SERVER_ID) == client.show_server(SERVER_ID.upper())
    assert peer.requests[0].target == f"/v1/servers/{SERVER_ID}"


def test_show_image() -> None:
    row = {"id": IMAGE_ID, "name": "web", "status": "ACTIVE", "size": None}
    with Peer(answer_json(200, row)) as peer:
        image = make_client(peer).show_image(IMAGE_ID)
    assert (image.id, image.status, image.size) == (IMAGE_ID, "ACTIVE", None)
    assert peer.requests[0].target == f"/v1/images/{IMAGE_ID}"


@pytest.mark.parametrize("payload", [{}, [], None, {"id": "7"}, SERVER | {"id": IMAGE_ID}])
def test_an_answer_about_something_else_is_unexpected(payload: object) -> None:
    with Peer(answer_json(200, payload)) as peer:
        error = error_in(lambda: make_client(peer).show_server(SERVER_ID))
    assert (type(error), error.reason) == (Unexpected, Reason.NOT_JSON)


@pytest.mark.parametrize("an_id", ["", "..", "7", "a/b", "%2e%2e", "\ud800", SERVER_ID + " "])
def test_an_id_that_is_no_uuid_makes_no_call(an_id: str) -> None:
    with Peer(SERVERS) as peer:
        client = make_client(peer)
        for show in (client.show_server, client.show_image):
            error = error_in(lambda show=show: show(an_id))  # type: ignore[misc]
            assert (type(error), error.reason) == (Refused, Reason.BAD_URL)
            assert not error.exchange.left_us
    assert peer.connections == 0


def test_versions_are_asked_for_without_the_key() -> None:
    rows = [{"id": "v1.3", "status": "SUPPORTED", "not_before": "2027-01-31"}, {"id": "v1.5"}]
    with Peer(answer_json(200, {"versions": rows})) as peer:
        found = make_client(peer).list_versions()
    assert [version.number for version in found] == ["1.5", "1.3"]
    assert peer.requests[0].target == "/"
    assert not [name for name in peer.requests[0].headers if name.startswith("scp-")]


def test_the_exchange_of_an_unsigned_call_names_no_key_and_no_version() -> None:
    with Peer(answer(404)) as peer:
        kept = error_in(make_client(peer).list_versions).exchange
    assert kept.api_version == ""
    assert not [name for name in kept.request_headers if name.startswith("Scp-")]


@pytest.mark.parametrize("payload", [[], {}, {"versions": {}}, {"versions": None}])
def test_versions_of_another_shape_are_unexpected(payload: object) -> None:
    with Peer(answer_json(200, payload)) as peer:
        error = error_in(make_client(peer).list_versions)
    assert (type(error), error.reason) == (Unexpected, Reason.NOT_JSON)
