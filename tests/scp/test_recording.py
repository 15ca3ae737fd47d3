"""What is kept of a call, and that no secret is in it."""

import html
import json
import logging
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from images.scp.client import Credentials
from images.scp.errors import Reason
from images.scp.exchange import HIDDEN, find_header
from images.scp.hiding import Hider
from tests.scp.clients import ACCESS_KEY, SECRET_KEY, create, error_in, make_client
from tests.scp.wire import (
    ACCEPTED,
    SERVER_ID,
    Line,
    Peer,
    Request,
    answer,
    answer_json,
    head,
    raw,
    reset,
)


def tell_all(line: Line, request: Request) -> None:
    """Repeat every secret in every spelling, in body and headers."""
    signature = request.headers["scp-signature"]
    secrets = (ACCESS_KEY, SECRET_KEY, signature)
    spelled = [
        spelling
        for secret in secrets
        for spelling in (secret, quote(secret, safe=""), html.escape(secret), secret.lower())
    ]
    detail = [*spelled, "and that was all"]
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in SECRET_KEY)
    body = json.dumps({"errors": [{"code": ACCESS_KEY, "detail": detail, "request_id": signature}]})
    body = body.replace("/", "\\/").replace("and that was all", f"and {escaped} was all")
    lines = [f"X-Echo: {' '.join(spelled)}", f"X-{ACCESS_KEY}: 1", f"Set-Cookie: a={SECRET_KEY}"]
    line.send(head(400, "Content-Type: application/json", *lines) + body.encode())


def test_no_secret_is_kept_shown_or_traced(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Peer(tell_all) as peer:
        client = make_client(peer)
        call = client.prepare_image(server_id=SERVER_ID, image_name=f"a {ACCESS_KEY}")
        error = error_in(lambda: client.create_image(call))
        signature = peer.requests[0].headers["scp-signature"]
        assert ACCESS_KEY.encode() in peer.requests[0].body  # sent as it was typed
    trace = "".join(
        traceback.TracebackException.from_exception(error, capture_locals=True).format()
    )
    told = [repr(error.exchange), error.detail, error.code, repr(error.args), str(error), trace]
    told += [error.exchange.body.decode(), repr(call.planned), caplog.text, repr(client)]
    for text in told:
        for secret in (ACCESS_KEY, SECRET_KEY, signature):
            assert secret.lower() not in text.lower()
            assert quote(secret, safe="").lower() not in text.lower()
            assert secret.replace("/", "\\/") not in text
    assert "was all" in error.detail
    assert error.exchange.headers["Set-Cookie"] == HIDDEN
    assert error.exchange.request_ids == {"request_id": HIDDEN}


def by_number(letter: str) -> str:
    return f"\\u{ord(letter):04x}"


@pytest.mark.parametrize(
    "spell",
    [
        by_number,
        lambda letter: f"\\u{ord(letter):04X}",
        lambda letter: letter if letter.isalnum() else by_number(letter),
        lambda letter: letter if letter.isalnum() else f"\\{letter}",
        lambda letter: f"\\\\{by_number(letter)}",  # JSON inside JSON inside JSON
        lambda letter: f"%{ord(letter):02X}",
        lambda letter: letter if letter.isalnum() else f"%{ord(letter):02x}",
        lambda letter: f"&#{ord(letter)};",
        lambda letter: f"&#X{ord(letter):04x};",
        lambda letter: by_number(letter.swapcase()),
        lambda letter: f"%{ord(letter):02x}" if letter in "aA+" else html.escape(letter),
    ],
)
def test_every_spelling_of_a_secret_is_hidden(spell: Callable[[str], str]) -> None:
    secret = "aA0+/=\"'&<~zZ9=="
    spelled = "".join(map(spell, secret))
    hider = Hider(ACCESS_KEY, secret)
    assert hider.text(f"«{spelled}»") == f"«{HIDDEN}»"
    assert hider.content(f"«{spelled}»".encode()) == f"«{HIDDEN}»".encode()
    another = "".join(map(spell, secret.replace("z", "y")))
    assert hider.text(another) == another


def test_a_signature_that_is_echoed_by_numbers_is_not_kept() -> None:
    def echo(line: Line, request: Request) -> None:
        signature = request.headers["scp-signature"]
        told = "".join(each if each.isalnum() else by_number(each) for each in signature)
        body = f'{{"errors": [{{"code": "x", "detail": "got {told} here"}}]}}'
        line.send(head(401, "Content-Type: application/json") + body.encode())

    with Peer(echo) as peer:
        error = error_in(lambda: create(peer))
    assert json.loads(error.exchange.body)["errors"][0]["detail"] == f"got {HIDDEN} here"
    assert error.detail == f"got {HIDDEN} here"


def test_a_long_row_of_escapes_costs_no_squares() -> None:
    hider = Hider(ACCESS_KEY, "\\/+=" * 20)
    began = time.monotonic()
    for row in (b"\\", b"%", b"&#x0", b"\\u00", b"\\/+"):
        hider.content(row * (65536 // len(row)))
    assert time.monotonic() - began < 5


def test_credentials_hide_themselves() -> None:
    pair = Credentials(ACCESS_KEY, SECRET_KEY)
    assert ACCESS_KEY not in f"{pair!r} {pair!s} {[pair]}"
    assert SECRET_KEY not in f"{pair!r} {pair!s} {[pair]}"


@pytest.mark.parametrize("at", [65536 - 10, 65536, 65536 + 4096 - 5])
def test_a_secret_across_the_cut_is_not_kept_in_half(at: int) -> None:
    body = b"x" * at + SECRET_KEY.encode() + b"y" * 9000
    with Peer(answer(400, body)) as peer:
        kept = error_in(lambda: create(peer)).exchange
    assert SECRET_KEY[:8].encode() not in kept.body
    assert 65500 < len(kept.body) <= 65536
    assert (kept.body_length, kept.is_truncated) == (len(body), True)


def test_a_body_full_of_secrets_shrinks_without_showing_its_tail() -> None:
    long_secret = "s3" * 200
    body = long_secret.encode() * 400
    with Peer(answer(400, body)) as peer:
        pair = Credentials(ACCESS_KEY, long_secret)
        kept = error_in(lambda: create(peer, credentials=pair)).exchange
    assert b"s3" not in kept.body
    assert kept.is_truncated


def test_short_or_empty_secrets_hide_nothing() -> None:
    assert Hider("", "a", "abc").text("a cab, abc") == "a cab, abc"
    assert Hider("키키키키").text("a 키키키키 b") == f"a {HIDDEN} b"
    assert Hider("키키키키").content("키키키키".encode()) == HIDDEN.encode()
    assert Hider("a.b*").text("aXbb a.b*") == f"aXbb {HIDDEN}"
    assert Hider("\ud800abc").text("x") == "x"


@pytest.mark.parametrize(
    "name",
    ["Set-Cookie", "set-cookie2", "Authorization", "WWW-Authenticate", "X-Auth-Token"]
    + ["X-Subject-Token", "Scp-Signature", "Scp-AccessKey", "X-Api-Key", "X-Client-Secret"],
)
def test_headers_that_may_be_secret_are_hidden(name: str) -> None:
    with Peer(answer(202, ACCEPTED, f"{name}: value-1", "X-Request-Id: r-1")) as peer:
        headers = create(peer).exchange.headers
    assert headers[name] == HIDDEN
    assert headers["X-Request-Id"] == "r-1"


def test_control_characters_of_a_header_are_made_visible() -> None:
    with Peer(raw(head(202, "X-Odd: a\x00b\x1b\xff") + ACCEPTED)) as peer:
        assert create(peer).exchange.headers["X-Odd"] == "a\ufffdb\ufffd\xff"


def test_the_clock_skew_is_ours_minus_theirs() -> None:
    seoul = timezone(timedelta(hours=9))
    now = datetime(2026, 11, 23, 18, 1, 40, tzinfo=seoul)
    date = "date: Mon, 23 Nov 2026 09:00:00 GMT"
    with Peer(answer(401, b"", date)) as peer:
        error = error_in(lambda: create(peer, clock=lambda: now))
    assert (error.exchange.clock_skew_seconds, error.reason) == (100.0, Reason.CLOCK)
    assert error.exchange.sent_at == now
    assert error.exchange.sent_at.tzinfo is UTC


@pytest.mark.parametrize("seconds", [-61, -60, 0, 60, 61])
def test_a_401_blames_the_clock_beyond_a_minute(seconds: int) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + timedelta(seconds=seconds)
    with Peer(answer(401, b"", "Date: Mon, 23 Nov 2026 09:00:00 GMT")) as peer:
        error = error_in(lambda: create(peer, clock=lambda: now))
    assert error.reason is (Reason.CLOCK if abs(seconds) > 60 else Reason.SIGNATURE)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 09:00:00 GMT", "9" * 400])
def test_a_date_that_is_none(date: str) -> None:
    with Peer(answer(401, b"", f"Date: {date}")) as peer:
        error = error_in(lambda: create(peer))
    assert (error.exchange.clock_skew_seconds, error.reason) == (None, Reason.SIGNATURE)


def test_the_request_ids_of_each_envelope() -> None:
    with Peer(
        answer_json(409, {"errors": [{"request_id": "r-1", "global_request_id": "g-1"}]}),
        answer_json(404, {"error": "Not Found", "requestId": "0a-1"}),
        answer(417, b"<html>Support ID: 1000000001", kind="text/html"),
        reset,
    ) as peer:
        found = [error_in(lambda: create(peer)).exchange.request_ids for _ in range(4)]
    assert found == [
        {"request_id": "r-1", "global_request_id": "g-1"},
        {"requestId": "0a-1"},
        {"support_id": "1000000001"},
        {},
    ]


def test_an_error_says_its_reason_and_status() -> None:
    with Peer(answer(409), reset) as peer:
        assert str(error_in(lambda: create(peer))) == "conflict (HTTP 409)"
        assert str(error_in(lambda: create(peer))) == "broken_off (no answer)"


def test_a_header_is_found_in_any_case() -> None:
    assert find_header({"CONTENT-type": "a"}, "Content-Type") == "a"
    assert find_header({}, "Content-Type") == ""
