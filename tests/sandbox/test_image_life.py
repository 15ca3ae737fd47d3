"""Source: SCP API reference, section 14, points 20 and 21."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scpconsole.sandbox import Sandbox
from tests.sandbox.caller import Caller


def made(scp: Sandbox, caller: Caller) -> str:
    return str(caller.create(scp.servers[0].id, "nightly").json()["image_id"])


def word(caller: Caller, image_id: str) -> Any:
    answer = caller.get(f"/v1/images/{image_id}")
    return answer.json()["status"] if answer.status == 200 else answer.status


def listed(caller: Caller) -> list[str]:
    rows = caller.get("/v1/images?scp_image_type=custom").json()["images"]
    return [row["id"] for row in rows]


def test_an_image_grows_up(scp: Sandbox, caller: Caller) -> None:
    image_id = made(scp, caller)
    assert (word(caller, image_id), listed(caller)) == (404, [])
    seen = []
    for seconds in (3, 4, 10, 10):  # at 3, 7, 17 and 27 s
        scp.clock.advance(seconds)
        seen.append(word(caller, image_id))
    assert seen == ["queued", "importing", "importing", "active"]
    assert listed(caller) == [image_id]


def test_speed_is_one_factor(scp: Sandbox, caller: Caller) -> None:
    scp.options.speed = 0.1
    image_id = made(scp, caller)
    scp.clock.advance(19)
    assert word(caller, image_id) == 404
    scp.clock.advance(2)
    assert word(caller, image_id) == "queued"
    scp.clock.advance(230)
    assert word(caller, image_id) == "active"


def test_the_list_may_lag_behind_show(scp: Sandbox, caller: Caller) -> None:
    scp.options.list_lag_seconds = 30
    image_id = made(scp, caller)
    scp.clock.advance(31)
    assert (word(caller, image_id), listed(caller)) == ("active", [])
    scp.clock.advance(2)
    assert listed(caller) == [image_id]


@pytest.mark.parametrize(("end", "shown"), [("killed", "killed"), ("vanish", 404)])
def test_it_may_end_badly(scp: Sandbox, caller: Caller, end: str, shown: Any) -> None:
    scp.options.image_end = end
    image_id = made(scp, caller)
    scp.clock.advance(10)
    assert word(caller, image_id) == "importing"
    scp.clock.advance(20)
    assert word(caller, image_id) == shown
    assert listed(caller) == ([] if shown == 404 else [image_id])
    assert caller.create(scp.servers[0].id).status == 202  # the server is free again


def test_a_test_may_change_one_life(scp: Sandbox, caller: Caller) -> None:
    image_id = made(scp, caller)
    scp.clock.advance(30)
    assert word(caller, image_id) == "active"
    scp.images[0].life.end = "vanish"
    assert word(caller, image_id) == 404


def test_words_and_case_are_switches(scp: Sandbox, caller: Caller) -> None:
    scp.options.image_word = "saving"
    scp.options.status_case = "upper"
    image_id = made(scp, caller)
    scp.clock.advance(10)
    assert word(caller, image_id) == "SAVING"
    scp.clock.advance(20)
    answer = caller.get(f"/v1/images/{image_id}").json()
    assert answer["status"] == "ACTIVE"
    assert answer["size"] is not None


def test_sizes_are_null_until_active(scp: Sandbox, caller: Caller) -> None:
    unknown = ("size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value")
    image_id = made(scp, caller)
    scp.clock.advance(10)
    young = caller.get(f"/v1/images/{image_id}").json()
    assert [young[name] for name in unknown] == [None] * 5
    scp.clock.advance(20)
    grown = caller.get(f"/v1/images/{image_id}").json()
    assert None not in [grown[name] for name in unknown]
    assert grown["min_disk"] == scp.servers[0].disk_gb
    facts = ("scp_image_type", "scp_original_image_type", "visibility", "protected")
    assert [grown[name] for name in facts] == ["custom", "standard", "private", False]


def test_nothing_leads_back_to_the_server(scp: Sandbox, caller: Caller) -> None:
    image_id = made(scp, caller)
    scp.clock.advance(60)
    raw = caller.get(f"/v1/images/{image_id}").body.decode()
    assert scp.servers[0].id not in raw
    assert scp.servers[0].name not in raw


@pytest.mark.parametrize(("form", "value"), [("null", None), ("empty", ""), ("junk", "[{'tag'")])
def test_volumes_may_be_odd(scp: Sandbox, caller: Caller, form: str, value: str | None) -> None:
    scp.options.image_volumes = form
    image_id = made(scp, caller)
    scp.clock.advance(60)
    volumes = caller.get(f"/v1/images/{image_id}").json()["volumes"]
    assert volumes == value or (value and volumes.startswith(value))


def test_volumes_are_json_in_a_string(scp: Sandbox, caller: Caller) -> None:
    image_id = made(scp, caller)
    scp.clock.advance(60)
    rows = json.loads(caller.get(f"/v1/images/{image_id}").json()["volumes"])
    assert len(rows) == len(scp.servers[0].volume_ids)
    assert rows[0]["boot_index"] == 0
