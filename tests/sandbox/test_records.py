"""Ledger, journal and control addresses. Source: SCP API reference, section 14, point 25."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from scpconsole.sandbox import OTHER_ACCOUNT, Sandbox
from tests.sandbox.caller import ACCESS_KEY, SECRET_KEY, Caller, Response, send


def post(scp: Sandbox, address: str, value: Any) -> Response:
    return send(scp.url, "POST", address, {}, json.dumps(value))


def test_the_ledger_tells_every_image_made(scp: Sandbox, caller: Caller) -> None:
    server = scp.servers[0]
    image_id = caller.create(server.id, "nightly", Scp_Api_Version="virtualserver 1.2").json()[
        "image_id"
    ]
    caller.create(server.id)  # 409
    (row,) = send(scp.url, "GET", "/_ledger").json()
    made_at = datetime.fromisoformat(row.pop("made_at"))
    assert abs(scp.clock.now() - made_at) < timedelta(seconds=10)
    assert row == {
        "image_id": image_id,
        "server_id": server.id,
        "server_name": server.name,
        "image_name": "nightly",
        "access_key": ACCESS_KEY,
        "api_version": "1.2",
    }
    assert [entry.image_id for entry in scp.ledger] == [image_id]


def test_the_ledger_knows_the_version_that_answered_without_a_header(
    scp: Sandbox, caller: Caller
) -> None:
    caller.create(scp.servers[0].id, Scp_Api_Version=None)
    assert scp.ledger[0].api_version == "1.3"


def test_the_ledger_is_about_all_accounts(scp: Sandbox, caller: Caller) -> None:
    scp.add_key("THEIRS", "their-secret", account=OTHER_ACCOUNT)
    scp.servers[1].account = OTHER_ACCOUNT
    caller.create(scp.servers[0].id)
    Caller(scp.url, "THEIRS", "their-secret").create(scp.servers[1].id)
    assert [entry.access_key for entry in scp.ledger] == [ACCESS_KEY, "THEIRS"]


def test_the_journal_tells_every_call_and_no_secret(scp: Sandbox, caller: Caller) -> None:
    caller.get("/v1/servers?limit=1&name=a%20b")
    send(scp.url, "GET", "/v1/servers")
    scp.faults.add("status", status=503)
    caller.create(scp.servers[0].id)
    raw = send(scp.url, "GET", "/_journal")
    rows = raw.json()
    assert [(row["method"], row["target"], row["status"], row["fault"]) for row in rows] == [
        ("GET", "/v1/servers?limit=1&name=a%20b", 200, None),
        ("GET", "/v1/servers", 404, None),
        ("POST", f"/v1/servers/{scp.servers[0].id}/images", 503, "status"),
    ]
    assert [row["version"] for row in rows] == ["virtualserver 1.3", "", "virtualserver 1.3"]
    assert "Scp-Signature" in rows[0]["header_names"]
    stamp = rows[0]["timestamp"]
    text = raw.body.decode()
    assert caller.sign("GET", "/v1/servers?limit=1&name=a%20b", stamp) not in text
    assert SECRET_KEY not in text
    assert [call.kind for call in scp.journal] == ["list_servers", "list_servers", "create_image"]


def test_servers_can_be_seen_whole(scp: Sandbox) -> None:
    rows = send(scp.url, "GET", "/_servers").json()
    assert [row["id"] for row in rows] == [server.id for server in scp.servers]


def test_faults_can_be_set_over_the_wire(scp: Sandbox, caller: Caller) -> None:
    scp.faults.add("hang")
    answer = post(scp, "/_faults", [{"action": "status", "status": 502, "kind": "list_servers"}])
    assert answer.status == 200
    assert [caller.get("/v1/servers").status for _ in range(2)] == [502, 200]
    assert send(scp.url, "GET", "/_faults").json()[0]["used"] == 1


def test_the_clock_can_be_stepped_over_the_wire(scp: Sandbox, caller: Caller) -> None:
    image_id = caller.create(scp.servers[0].id).json()["image_id"]
    assert post(scp, "/_clock", {"advance": 30}).status == 200
    assert caller.get(f"/v1/images/{image_id}").json()["status"] == "active"


def test_switches_can_be_set_over_the_wire(scp: Sandbox, caller: Caller) -> None:
    answer = post(scp, "/_options", {"server_default_limit": 3, "burst_calls": None})
    assert answer.json()["server_default_limit"] == 3
    assert len(caller.get("/v1/servers").json()["servers"]) == 3
    assert send(scp.url, "GET", "/_options").json()["burst_calls"] is None


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("/_faults", {"action": "slow"}),
        ("/_faults", [{"action": "explode"}]),
        ("/_faults", ["slow"]),
        ("/_clock", {"advance": "a day"}),
        ("/_clock", {"advance": True}),
        ("/_clock", []),
        ("/_options", []),
        ("/_options", {"no_such_switch": 1}),
        ("/_options", {"image_end": "explosion"}),
        ("/_options", {"speed": 0}),
        ("/_options", {"today": "tomorrow"}),
        ("/_options", {"burst_calls": -1}),
        ("/_options", {"wrap_server": 1}),
        ("/_options", {"window_seconds": -1}),
        ("/_options", {"refused_versions": []}),
        ("/_options", {"server_default_limit": 3, "image_end": "explosion"}),
    ],
)
def test_odd_control_calls_get_400_and_change_nothing(
    scp: Sandbox, address: str, value: Any
) -> None:
    before = (scp.options.as_json(), scp.faults.as_json())
    answer = post(scp, address, value)
    assert answer.status == 400
    assert answer.json()["error"]
    assert (scp.options.as_json(), scp.faults.as_json()) == before


def test_control_calls_want_json_and_a_known_address(scp: Sandbox) -> None:
    assert send(scp.url, "POST", "/_faults", {}, "{").status == 400
    assert send(scp.url, "GET", "/_secrets").status == 404
    assert scp.journal == []


def test_switches_are_checked_in_python_too(scp: Sandbox) -> None:
    scp.options.update({"today": "2026-01-01", "clock_skew_seconds": -30, "public_base_url": None})
    assert scp.today.isoformat() == "2026-01-01"
    assert scp.options.clock_skew_seconds == -30


def test_every_answer_has_a_date(scp: Sandbox, caller: Caller) -> None:
    for answer in (caller.get("/v1/servers"), caller.get("/nowhere"), caller.create("x")):
        assert answer.headers["Date"].endswith("GMT")


@pytest.mark.parametrize(
    "headers", [{"Transfer-Encoding": "chunked"}, {"Content-Length": "99999999"}]
)
def test_bodies_without_a_modest_length_are_not_read(scp: Sandbox, headers: dict[str, str]) -> None:
    assert send(scp.url, "POST", "/v1/servers/x/images", headers).status == 400


def test_a_line_without_end_gets_414(scp: Sandbox) -> None:
    assert send(scp.url, "GET", "/" + "a" * 66_000).status == 414


def test_servers_can_be_found_by_name(scp: Sandbox) -> None:
    assert scp.server("web-prod-01") is scp.servers[0]
    with pytest.raises(KeyError):
        scp.server("nobody")
