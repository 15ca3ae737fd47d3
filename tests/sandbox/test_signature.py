"""Who is let in. Source: SCP API reference, section 14, points 2 to 7."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from scpconsole.sandbox import Sandbox, Server
from tests.sandbox.caller import SECRET_KEY, Caller, send

_FILE = Path(__file__).parents[1] / "data" / "signing-vectors.json"
VECTORS = json.loads(_FILE.read_text(encoding="utf-8"))["vectors"]
SPRING = {"timestamp", "path", "status", "error", "requestId"}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"].split()[0])
def test_it_agrees_with_the_signing_vectors(scp: Sandbox, vector: dict[str, Any]) -> None:
    place = urlsplit(vector["url"])
    scp.options.public_base_url = f"{place.scheme}://{place.netloc}"
    scp.clock.set_ms(int(vector["timestamp_ms"]))
    scp.add_server(Server("vector", id="2a9be312-5d4b-4bc8-b2ae-35100fa9241f"))
    headers = {
        "Scp-Accesskey": vector["access_key"],
        "Scp-Signature": vector["signature"],
        "Scp-Timestamp": vector["timestamp_ms"],
        "Scp-ClientType": vector["client_type"],
    }
    target = place.path + (f"?{place.query}" if place.query else "")
    answer = send(scp.url, vector["method"], target, headers, vector.get("body", ""))
    is_right = vector["name"].startswith("V")
    right_status = 202 if vector["method"] == "POST" else 200
    assert answer.status == (right_status if is_right else 401)


def test_an_unsigned_call_gets_the_spring_404(scp: Sandbox) -> None:
    answer = send(scp.url, "GET", "/v1/servers?limit=1", {"Scp-AccountId": ""})
    assert answer.status == 404
    assert set(answer.json()) == SPRING
    assert answer.json()["path"] == "/v1/servers"


@pytest.mark.parametrize(
    "changes",
    [
        {"Scp_Signature": None},
        {"Scp_Accesskey": None},
        {"Scp_Timestamp": None},
        {"Scp_ClientType": None},
        {"Scp_ClientType": "Browser"},
        {"Scp_Accesskey": "SOMEBODYELSE"},
        {"Scp_Signature": "AAAA"},
        {"Scp_Signature": "서명".encode().decode("latin-1")},
        {"Scp_Timestamp": "2026-01-02T03:04:05Z"},
        {"Scp_Timestamp": "1605290625"},
        {"Scp_Timestamp": "-5"},
    ],
)
def test_incomplete_or_wrong_credentials_get_401(
    caller: Caller, changes: dict[str, str | None]
) -> None:
    answer = caller.get("/v1/servers", **changes)
    assert answer.status == 401
    assert answer.json() == {
        "status": "UNAUTHORIZED",
        "name": "Request was rejected by gateway",
        "message": "[HMAC] HMAC valid fail",
    }


def test_a_wrong_secret_gets_401(scp: Sandbox) -> None:
    assert Caller(scp.url, secret_key="guessed").get("/v1/servers").status == 401


def test_a_disabled_key_gets_401(scp: Sandbox) -> None:
    key = scp.add_key("SECONDKEY", "second")
    caller = Caller(scp.url, "SECONDKEY", "second")
    assert caller.get("/v1/servers").status == 200
    key.is_enabled = False
    assert caller.get("/v1/servers").status == 401


@pytest.mark.parametrize(("seconds", "status"), [(899, 200), (901, 401), (-898, 200), (-902, 401)])
def test_the_clock_must_agree_within_15_minutes(
    scp: Sandbox, caller: Caller, seconds: int, status: int
) -> None:
    scp.clock.advance(seconds)
    assert caller.get("/v1/servers").status == status


def test_a_skewed_gateway_says_so_in_date(scp: Sandbox, caller: Caller) -> None:
    scp.options.clock_skew_seconds = 3600 * 24 * 365
    answer = caller.get("/v1/servers")
    assert answer.status == 401
    assert str(scp.clock.now().year + 1) in answer.headers["Date"]


def test_a_replayed_signature_is_refused_when_asked(scp: Sandbox, caller: Caller) -> None:
    headers = caller.headers("GET", "/v1/servers")
    first_two = [send(scp.url, "GET", "/v1/servers", headers).status for _ in range(2)]
    scp.options.refuse_replay = True
    next_two = [send(scp.url, "GET", "/v1/servers", headers).status for _ in range(2)]
    assert (first_two, next_two) == ([200, 200], [200, 401])


def test_the_signature_covers_the_raw_target(scp: Sandbox, caller: Caller) -> None:
    raw = "/v1/servers?sort=name:asc&name=a%20b&limit=5&x=%EA%B0%80~*!()'"
    assert caller.get(raw).status == 200
    headers = caller.headers("GET", raw)
    reordered = "/v1/servers?limit=5&name=a%20b&sort=name:asc&x=%EA%B0%80~*!()'"
    assert send(scp.url, "GET", reordered, headers).status == 401
    assert send(scp.url, "GET", raw.replace("%20", "+"), headers).status == 401


def test_account_id_is_ignored_and_header_names_ignore_case(scp: Sandbox, caller: Caller) -> None:
    headers = caller.headers("GET", "/v1/servers", {"Scp-AccountId": "whatever"})
    shouted = {name.upper(): value for name, value in headers.items()}
    assert send(scp.url, "GET", "/v1/servers", shouted).status == 200


@pytest.mark.parametrize("target", ["//v1/servers", "/v1/servers//images", "/v1//servers?limit=1"])
def test_an_empty_path_segment_gets_401(scp: Sandbox, caller: Caller, target: str) -> None:
    assert caller.get(target).status == 401
    assert scp.journal[-1].target == target  # as it came, not tidied up


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/v1/volumes"), ("DELETE", "/v1/images/x"), ("GET", "/v1/servers/"), ("GET", "/v2")],
)
def test_a_signed_call_elsewhere_gets_the_spring_404(
    caller: Caller, method: str, target: str
) -> None:
    answer = caller.call(method, target, changes={})
    assert answer.status == 404
    assert answer.json()["path"] == target


def test_options_gets_403_without_cors(scp: Sandbox) -> None:
    answer = send(scp.url, "OPTIONS", "/v1/servers", {"Origin": "http://example.invalid"})
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_missing_catalog_gets_401_only_with_a_right_signature(
    scp: Sandbox, caller: Caller
) -> None:
    scp.options.catalog_is_missing = True
    assert "catalog has not target's endpoint" in caller.get("/v1/servers").json()["message"]
    wrong = caller.get("/v1/servers", Scp_Signature="AAAA")
    assert wrong.json()["message"] == "[HMAC] HMAC valid fail"


def test_the_log_explains_a_refusal_without_the_secret(
    scp: Sandbox, caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="scpconsole.sandbox")
    stamp = caller.headers("GET", "/v1/servers")["Scp-Timestamp"]
    path_only = Caller("", caller.access_key, caller.secret_key).sign("GET", "/v1/servers", stamp)
    answer = caller.get("/v1/servers", Scp_Timestamp=stamp, Scp_Signature=path_only)
    assert answer.status == 401
    assert "scheme and host were left out" in caplog.text
    assert scp.url in caplog.text
    assert SECRET_KEY not in caplog.text + answer.body.decode()
    assert path_only not in caplog.text
