"""The create call: certainly made, certainly not made, and not known."""

import json
import threading

import pytest

from images.scp.errors import (
    Busy,
    Denied,
    Missing,
    OutcomeUnknown,
    Reason,
    Refused,
    ScpError,
)
from tests.scp.clients import create, error_in, make_client
from tests.scp.wire import (
    ACCEPTED,
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

CATALOG = {
    "status": "UNAUTHORIZED",
    "name": "Request was rejected by gateway",
    "message": "Service Account catalog has not target's endpoint. target : x",
}
SPRING = {"timestamp": "t", "path": "/v1", "status": 404, "error": "Not Found", "requestId": "0a-1"}
PAGE = b"<!DOCTYPE html>\n<html><head><title>Samsung Cloud Platform</title></head></html>"
LATE = "Date: Mon, 01 Jan 2001 00:00:00 GMT"

CERTAIN: list[tuple[Act, type[ScpError], Reason]] = [
    (answer(400), Refused, Reason.BAD_REQUEST),
    (answer(401), Denied, Reason.SIGNATURE),
    (answer(401, b"{}", LATE), Denied, Reason.CLOCK),
    (answer_json(401, CATALOG), Denied, Reason.CATALOG),
    (answer_json(401, CATALOG, LATE), Denied, Reason.CATALOG),
    (answer(403), Denied, Reason.FORBIDDEN),
    (answer(404), Missing, Reason.NOT_FOUND),
    (answer_json(404, {"errors": [{"code": "NotFound"}]}), Missing, Reason.NOT_FOUND),
    (answer_json(404, SPRING), Missing, Reason.WRONG_HOST),
    (answer(404, PAGE, kind="text/html"), Missing, Reason.WRONG_HOST),
    (answer(406), Refused, Reason.VERSION),
    (answer(409), Refused, Reason.CONFLICT),
    (answer(410), Refused, Reason.VERSION),
    (answer(417, PAGE, kind="text/html"), Busy, Reason.EDGE),
    (answer(429), Busy, Reason.RATE),
    # the status line is enough: these say that nothing was done, even when cut off
    (reset_after(head(409, "Content-Length: 100") + b'{"err'), Refused, Reason.CONFLICT),
    (raw(head(429, "Content-Length: 100")), Busy, Reason.RATE),
]

UNKNOWN: list[tuple[Act, Reason]] = [
    *[(answer(status), Reason.SERVER_ERROR) for status in (500, 501, 502, 503, 504, 599)],
    *[
        (answer(s, b"", "Location: http://127.0.0.1:9/"), Reason.REDIRECT)
        for s in (301, 302, 303, 307, 308)
    ],
    *[(answer(s, ACCEPTED), Reason.UNEXPECTED_STATUS) for s in (200, 201, 204, 402, 405, 422)],
    (answer(200, PAGE, kind="text/html"), Reason.UNEXPECTED_STATUS),
    (raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" + head(202) + ACCEPTED), Reason.UNEXPECTED_STATUS),
    (answer(202), Reason.NOT_JSON),
    (answer(202, PAGE, kind="text/html"), Reason.NOT_JSON),
    (answer(202, ACCEPTED[:-1]), Reason.NOT_JSON),
    (answer(202, b'{"image_id": "a", "image_id": "b"}'), Reason.NOT_JSON),
    (answer(202, b"\xff\xfe"), Reason.NOT_JSON),
    (answer(202, b"{}"), Reason.NO_IMAGE_ID),
    (answer(202, b"[]"), Reason.NO_IMAGE_ID),
    (answer(202, b'{"image_id": null}'), Reason.NO_IMAGE_ID),
    (answer(202, b'{"image_id": 7}'), Reason.BAD_IMAGE_ID),
    (answer(202, b'{"image_id": ""}'), Reason.BAD_IMAGE_ID),
    (answer_json(202, {"image_id": IMAGE_ID + "\n"}), Reason.BAD_IMAGE_ID),
    (answer_json(202, {"image_id": "70a599e031e749b7b260868f441e862b"}), Reason.BAD_IMAGE_ID),
    (hang_up, Reason.BROKEN_OFF),
    (reset, Reason.BROKEN_OFF),
    (reset_after(head(202)[:-2]), Reason.BROKEN_OFF),
    (reset_after(head(202, "Content-Length: 80") + ACCEPTED[:20]), Reason.BROKEN_OFF),
    (raw(head(202, "Content-Length: 80") + ACCEPTED[:20]), Reason.BROKEN_OFF),
    (raw(head(202, "Transfer-Encoding: chunked") + b"8\r\n{}"), Reason.BROKEN_OFF),
    (raw(head(202, "Transfer-Encoding: chunked") + b"what\r\n{}"), Reason.BROKEN_OFF),
    (say_nothing, Reason.TIMEOUT),
    (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), Reason.NOT_JSON),
    (raw(b"HTTP/2.0 202 Accepted\r\n\r\n"), Reason.NOT_JSON),
    (raw(head(202, *[f"H{n}: 1" for n in range(200)])), Reason.NOT_JSON),
    (raw(head(202, "H: " + "x" * 70_000)), Reason.NOT_JSON),
]


@pytest.mark.parametrize(("act", "kind", "reason"), CERTAIN)
def test_certainly_nothing_was_made(act: Act, kind: type[ScpError], reason: Reason) -> None:
    with Peer(act) as peer:
        error = error_in(lambda: create(peer))
    assert (type(error), error.reason) == (kind, reason)
    assert error.exchange.left_us
    assert peer.connections == 1


@pytest.mark.parametrize(("act", "reason"), UNKNOWN)
def test_the_outcome_is_unknown_and_nothing_is_sent_again(act: Act, reason: Reason) -> None:
    with Peer(act, answer(202, ACCEPTED)) as peer:
        error = error_in(lambda: create(peer))
    assert (type(error), error.reason) == (OutcomeUnknown, reason)
    assert error.exchange.left_us
    assert error.exchange.sent_at is not None
    assert (peer.connections, len(peer.requests)) == (1, 1)


@pytest.mark.parametrize(
    "act",
    [
        answer(202, ACCEPTED),
        answer(202, ACCEPTED, kind="text/plain"),
        answer_json(202, {"image_id": IMAGE_ID, "later": [1, {"a": None}]}),
        raw(b"HTTP/1.0 202 OK\r\n\r\n" + ACCEPTED),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n" + head(202) + ACCEPTED),
        raw(
            head(202, "Transfer-Encoding: chunked")
            + b"%x\r\n%b\r\n0\r\n\r\n" % (len(ACCEPTED), ACCEPTED)
        ),
    ],
)
def test_a_202_with_an_image_id_is_accepted(act: Act) -> None:
    with Peer(act) as peer:
        created = create(peer)
    assert created.image_id == IMAGE_ID
    assert json.loads(created.exchange.body)["image_id"] == IMAGE_ID
    assert created.exchange.status == 202


def test_a_cut_body_is_kept_as_far_as_it_came() -> None:
    with Peer(reset_after(head(202, "Content-Length: 80", "X-A: b") + ACCEPTED[:20])) as peer:
        kept = error_in(lambda: create(peer)).exchange
    assert (kept.status, kept.body, kept.body_length) == (202, ACCEPTED[:20], 20)
    assert kept.is_truncated
    assert kept.headers["X-A"] == "b"


def test_a_redirect_is_stored_and_never_followed() -> None:
    with Peer(answer(202, ACCEPTED)) as other:
        to_other = answer(307, b"", f"Location: {other.base_url}/v1/servers")
        with Peer(to_other) as peer:
            error = error_in(lambda: create(peer))
        assert other.connections == 0
    assert error.exchange.headers["Location"] == f"{other.base_url}/v1/servers"


def test_a_call_can_be_sent_once_only() -> None:
    with Peer(answer(500)) as peer:
        client = make_client(peer)
        call = client.prepare_image(server_id=SERVER_ID, image_name="a")
        error_in(lambda: client.create_image(call))
        with pytest.raises(RuntimeError):
            client.create_image(call)
    assert peer.connections == 1


def test_of_many_threads_one_sends() -> None:
    refusals: list[RuntimeError] = []
    with Peer(answer(202, ACCEPTED)) as peer:
        client = make_client(peer)
        call = client.prepare_image(server_id=SERVER_ID, image_name="a")

        def send() -> None:
            try:
                client.create_image(call)
            except RuntimeError as refusal:
                refusals.append(refusal)

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (peer.connections, len(refusals)) == (1, 7)


@pytest.mark.parametrize(
    "server_id",
    [
        "",
        ".",
        "..",
        "a/b",
        "../images",
        SERVER_ID + "\n",
        SERVER_ID + "/",
        "{" + SERVER_ID,
        "\ud800",
    ],
)
def test_an_id_that_is_no_uuid_is_refused_without_a_call(server_id: str) -> None:
    with Peer(answer(202, ACCEPTED)) as peer:
        client = make_client(peer)
        error = error_in(lambda: client.prepare_image(server_id=server_id, image_name="a"))
    assert (type(error), error.reason, peer.connections) == (Refused, Reason.BAD_URL, 0)
    assert not error.exchange.left_us


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Retry-After: 7", 7),
        ("retry-after: 0", 0),
        ("Retry-After: 999999999999", 3600),
        ("Retry-After: Mon, 01 Jan 2001 00:02:00 GMT", 120),
        ("Retry-After: Mon, 01 Jan 2001 09:00:00 GMT", 3600),
        ("Retry-After: Mon, 01 Jan 2001 00:00:00 -0000", 0),
        ("Retry-After: Fri, 01 Jan 1999 00:00:00 GMT", 0),
        ("Retry-After: -5", None),
        ("Retry-After: soon", None),
        ("Retry-After: " + "9" * 500, None),
        ("Retry-After: Mon, 99 Jan 2001 00:00:00 GMT", None),
        ("X-Other: 1", None),
    ],
)
def test_retry_after(line: str, seconds: int | None) -> None:
    with Peer(answer(429, b"", LATE, line)) as peer:
        error = error_in(lambda: create(peer))
    assert isinstance(error, Busy)
    assert error.retry_after_seconds == seconds
    assert not error.is_permanent


def test_retry_after_as_a_date_without_a_date_of_the_answer_uses_our_clock() -> None:
    with Peer(answer(429, b"", "Retry-After: Fri, 01 Jan 1999 00:00:00 GMT")) as peer:
        error = error_in(lambda: create(peer))
    assert isinstance(error, Busy)
    assert error.retry_after_seconds == 0
