"""Source: SCP API reference, section 14, point 22."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from scpconsole.sandbox import Sandbox
from tests.sandbox.caller import Caller, send


def test_the_81st_call_in_a_minute_is_turned_away_for_a_while(scp: Sandbox, caller: Caller) -> None:
    statuses = [send(scp.url, "GET", "/").status for _ in range(81)]
    assert statuses == [200] * 80 + [417]
    answer = caller.create(scp.servers[0].id)
    assert answer.status == 417
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"Request Rejected" in answer.body
    assert b"Support ID" in answer.body
    assert scp.images == []
    scp.clock.advance(61)
    assert caller.create(scp.servers[0].id).status == 202


def test_calls_spread_over_time_pass(scp: Sandbox) -> None:
    scp.options.burst_calls = 2
    statuses = []
    for _ in range(4):
        statuses += [send(scp.url, "GET", "/").status for _ in range(2)]
        scp.clock.advance(61)
    assert statuses == [200] * 8


def test_the_limit_can_be_off_and_control_calls_do_not_count(scp: Sandbox) -> None:
    scp.options.burst_calls = 1
    assert {send(scp.url, "GET", "/_ledger").status for _ in range(3)} == {200}
    scp.options.burst_calls = None
    assert {send(scp.url, "GET", "/").status for _ in range(5)} == {200}


@pytest.mark.parametrize("form", ["none", "seconds", "date", "junk"])
def test_429_says_when_in_several_ways(scp: Sandbox, form: str) -> None:
    scp.options.update({"burst_calls": 1, "burst_status": 429, "retry_after": form})
    send(scp.url, "GET", "/")
    answer = send(scp.url, "GET", "/")
    said = answer.headers.get("Retry-After")
    assert answer.status == 429
    match form:
        case "none":
            assert said is None
        case "seconds":
            assert said == "60"
        case "date":
            gap = parsedate_to_datetime(said or "") - scp.clock.now()
            assert 57 < gap.total_seconds() <= 60
        case "junk":
            assert said is not None
            assert not said.isdigit()
