"""Every kind of trouble once. Source: SCP API reference, section 14, points 19 and 23."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
import zlib
from typing import Any
from uuid import uuid4

import pytest

from scpconsole.sandbox import Sandbox
from scpconsole.sandbox.faults import REDIRECTS, STATUSES, BadRule
from tests.sandbox.caller import Caller, open_call, read_all

BODY = '{"image_name": "nightly"}'


def post(scp: Sandbox, caller: Caller) -> socket.socket:
    return open_call(caller, "POST", f"/v1/servers/{scp.servers[0].id}/images", BODY)


@pytest.mark.parametrize("status", STATUSES)
def test_any_status_and_no_image(scp: Sandbox, caller: Caller, status: int) -> None:
    scp.faults.add("status", status=status, kind="create_image")
    answer = caller.create(scp.servers[0].id)
    assert answer.status == status
    is_html = status in {417, 502, 503, 504}
    assert answer.headers["Content-Type"].startswith("text/html" if is_html else "application/json")
    assert scp.images == []
    assert caller.create(scp.servers[0].id).status == 202  # once only


def test_a_500_may_hide_a_made_image(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("status", status=500, kind="create_image", acts=True)
    answer = caller.create(scp.servers[0].id)
    assert answer.error["code"] == "ContactAdminForAssistance"
    assert len(scp.images) == 1


def test_a_body_of_ones_own(scp: Sandbox, caller: Caller) -> None:
    headers = {"Retry-After": "7"}
    scp.faults.add("status", status=429, body={"odd": 1}, headers=headers, content_type="a/b")
    answer = caller.get("/v1/servers")
    assert (answer.status, answer.json(), answer.headers["Retry-After"]) == (429, {"odd": 1}, "7")
    assert answer.headers["Content-Type"].startswith("a/b")
    scp.faults.add("status", status=299, body="plain")
    assert caller.get("/v1/servers").body == b"plain"
    scp.faults.add("status", status=503, headers=headers)
    assert caller.get("/v1/servers").headers["Retry-After"] == "7"


@pytest.mark.parametrize("status", REDIRECTS)
def test_redirects(scp: Sandbox, caller: Caller, status: int) -> None:
    scp.faults.add("redirect", status=status, location="http://127.0.0.1:1/elsewhere")
    answer = caller.create(scp.servers[0].id)
    assert (answer.status, answer.headers["Location"]) == (status, "http://127.0.0.1:1/elsewhere")
    assert scp.images == []


@pytest.mark.parametrize(
    ("rule", "status", "body", "images"),
    [
        ({"action": "no_image_id"}, 202, b"{}", 1),
        ({"action": "no_image_id", "acts": False}, 202, b"{}", 0),
        ({"action": "bad_image_id"}, 202, b'{"image_id":"image-17"}', 1),
        ({"action": "given_image_id", "image_id": "abc"}, 202, b'{"image_id":"abc"}', 1),
        ({"action": "empty"}, 202, b"", 1),
        ({"action": "html200"}, 200, None, 0),
        ({"action": "wrong_host"}, 404, None, 0),
        ({"action": "no_catalog"}, 401, None, 0),
        ({"action": "detail", "form": "printed"}, 400, None, 0),
    ],
)
def test_odd_answers(
    scp: Sandbox,
    caller: Caller,
    rule: dict[str, Any],
    status: int,
    body: bytes | None,
    images: int,
) -> None:
    scp.faults.replace([rule])
    answer = caller.create(scp.servers[0].id)
    assert answer.status == status
    assert body is None or answer.body == body
    assert len(scp.images) == images


def test_a_right_body_in_a_wrong_frame(scp: Sandbox, caller: Caller) -> None:
    servers = iter(scp.servers)

    def made_with(action: str, **parts: Any) -> tuple[Any, bytes]:
        scp.faults.add(action, **parts)
        answer = caller.create(next(servers).id)
        right = json.dumps({"image_id": scp.images[-1].id}, separators=(",", ":")).encode()
        return answer, right

    answer, right = made_with("status200")
    assert (answer.status, answer.body) == (200, right)
    answer, right = made_with("half_json")
    assert answer.body == right[: len(right) // 2]
    answer, right = made_with("wrong_content_type")
    assert (answer.body, answer.headers.get_content_type()) == (right, "text/html")
    answer, right = made_with("gzip")
    assert gzip.decompress(answer.body) == right
    answer, right = made_with("oversized", size=100_000)
    assert (len(answer.body), answer.body.rstrip()) == (100_000, right)


def test_without_acting_an_id_is_a_lie(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("slow", acts=False)
    assert caller.create(scp.servers[0].id).status == 202
    assert scp.images == []


def test_slow_waits_before_answering(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("slow", seconds=0.2)
    started = time.monotonic()
    assert caller.get("/v1/servers").status == 200
    assert time.monotonic() - started >= 0.2


def test_hang_never_answers_and_ends_with_the_caller(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("hang")
    with post(scp, caller) as connection:
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert len(scp.images) == 1
    assert scp.journal[-1].status is None


def test_a_stop_ends_what_hangs(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("hang", acts=False)
    with post(scp, caller) as connection:
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        started = time.monotonic()
        scp.stop()
        assert time.monotonic() - started < 2
        connection.settimeout(2)
        assert connection.recv(1) == b""


def test_a_stop_closes_idle_connections_too(scp: Sandbox, caller: Caller) -> None:
    before = threading.active_count()
    with open_call(caller, "GET", "/") as connection:
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
        scp.stop()
        connection.settimeout(2)
        assert connection.recv(1) == b""
    assert threading.active_count() < before  # the serving thread ended as well


def test_drip_of_headers_and_of_the_body(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("drip", seconds=0.02)
    with post(scp, caller) as connection:
        assert connection.recv(1000) == b"H"
    scp.faults.add("drip", seconds=0.02, part="body")
    with open_call(caller, "GET", "/v1/servers") as connection:
        first = connection.recv(10_000)
        while b"\r\n\r\n" not in first:
            first += connection.recv(10_000)
        assert len(first.partition(b"\r\n\r\n")[2]) <= 1
        assert connection.recv(1000) in first[-1:] + b'{"'
    assert len(scp.images) == 1


@pytest.mark.parametrize(("action", "images"), [("drop_before", 0), ("drop_after", 1)])
def test_drops_close_without_an_answer(
    scp: Sandbox, caller: Caller, action: str, images: int
) -> None:
    scp.faults.add(action)
    with pytest.raises(http.client.RemoteDisconnected):
        caller.create(scp.servers[0].id)
    assert len(scp.images) == images


@pytest.mark.parametrize("acts", [True, False])
def test_reset_sends_rst(scp: Sandbox, caller: Caller, acts: bool) -> None:
    scp.faults.add("reset", acts=acts)
    with post(scp, caller) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert len(scp.images) == int(acts)


def test_cut_promises_more_than_it_sends(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("cut", size=5)
    with pytest.raises(http.client.IncompleteRead) as odd:
        caller.create(scp.servers[0].id)
    assert odd.value.partial == b'{"ima'
    assert len(scp.images) == 1


def test_a_gzip_bomb_is_small_on_the_wire(scp: Sandbox, caller: Caller) -> None:
    decoded_bytes = 16 * 2**20
    scp.faults.add("gzip_bomb", size=decoded_bytes)
    with post(scp, caller) as connection:
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert len(body) < decoded_bytes / 500
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    seen = len(unpacker.decompress(body, 2**20))
    while unpacker.unconsumed_tail:
        seen += len(unpacker.decompress(unpacker.unconsumed_tail, 2**22))
    assert (seen, unpacker.eof) == (decoded_bytes, True)


def test_an_endless_body_goes_on(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("endless")
    with post(scp, caller) as connection:
        seen = 0
        while seen < 4_000_000:
            part = connection.recv(65_536)
            assert part
            seen += len(part)
    assert len(scp.images) == 1


def test_rules_choose_by_kind_method_server_and_count(scp: Sandbox, caller: Caller) -> None:
    one, other = scp.servers[0].id, scp.servers[1].id
    rule = scp.faults.add("status", status=500, server_id=one, method="POST", times=2, after=1)
    assert caller.get(f"/v1/servers/{one}").status == 200
    assert caller.create(other).status == 202
    assert caller.create(one).status == 202  # skipped by `after`
    assert [caller.create(one).status for _ in range(3)] == [500, 500, 409]
    assert (rule.seen, rule.used) == (3, 2)
    scp.faults.add("status", status=503, kind="list_servers", times=None)
    assert [caller.get("/v1/servers").status for _ in range(3)] == [503] * 3
    assert caller.get("/v1/images").status == 200
    scp.faults.clear()
    assert caller.get("/v1/servers").status == 200


def test_a_fault_never_hides_a_bad_signature(scp: Sandbox, caller: Caller) -> None:
    rule = scp.faults.add("status", status=503)
    assert caller.get("/v1/servers", Scp_Signature="AAAA").status == 401
    assert rule.used == 0


def test_a_fault_that_acts_makes_nothing_for_an_unknown_server(
    scp: Sandbox, caller: Caller
) -> None:
    scp.faults.add("drop_after")
    with pytest.raises(http.client.RemoteDisconnected):
        caller.create(str(uuid4()))
    assert scp.images == []


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "explode"},
        {"action": "slow", "kind": "delete_image"},
        {"action": "slow", "seconds": -1},
        {"action": "status", "status": 418},
        {"action": "redirect", "status": 200},
        {"action": "drip", "part": "tail"},
        {"action": "slow", "wait": 1},
        {"action": "slow", "seconds": "soon"},
        {"action": "slow", "times": True},
        {"kind": "any"},
        "slow",
    ],
)
def test_odd_rules_are_refused_and_change_nothing(scp: Sandbox, rule: Any) -> None:
    scp.faults.add("slow")
    with pytest.raises(BadRule):
        scp.faults.replace([rule])
    assert [one["action"] for one in scp.faults.as_json()] == ["slow"]


def test_an_idle_connection_is_closed_when_asked(scp: Sandbox, caller: Caller) -> None:
    scp.options.idle_seconds = 0.1
    with open_call(caller, "GET", "/") as connection:
        assert read_all(connection).startswith(b"HTTP/1.1 200")  # ends: the server hung up
