"""Source: SCP API reference, section 8, and section 14, points 15 to 18."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from scpconsole.sandbox import ALL_RIGHTS, Sandbox, Server
from tests.sandbox.caller import Caller


def test_it_answers_202_with_nothing_but_an_id(scp: Sandbox, caller: Caller) -> None:
    server = scp.servers[0]
    before = caller.get(f"/v1/servers/{server.id}").json()
    answer = caller.create(server.id, "web-01 2026-01-02")
    assert answer.status == 202
    assert answer.headers["Content-Type"] == "application/json"
    assert "Location" not in answer.headers
    assert list(answer.json()) == ["image_id"]
    assert UUID(answer.json()["image_id"]).version == 4
    assert [image.id for image in scp.images] == [answer.json()["image_id"]]
    assert caller.get(f"/v1/servers/{server.id}").json() == before


def test_equal_posts_make_two_images(scp: Sandbox, caller: Caller) -> None:
    ids = {caller.create(server.id, "same").json()["image_id"] for server in scp.servers[:2]}
    scp.clock.advance(60)
    ids.add(caller.create(scp.servers[0].id, "same").json()["image_id"])
    assert len(ids) == len(scp.images) == 3


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "{}", '{"name": "x"}', "[" * 9999])
def test_a_body_without_a_name_gets_field_required(scp: Sandbox, caller: Caller, body: str) -> None:
    answer = caller.post(scp.servers[0].id, body)
    assert answer.status == 400
    assert answer.error["code"] == "ValidationError"
    assert answer.error["detail"] == ["Field required"]
    assert scp.images == []


@pytest.mark.parametrize("name", [None, 5, "", "a" * 256, "웹", "a.b", "12:30", "a\n", ["a"]])
def test_a_bad_name_gets_400(scp: Sandbox, caller: Caller, name: object) -> None:
    answer = caller.post(scp.servers[0].id, json.dumps({"image_name": name}))
    assert answer.status == 400
    assert answer.error["detail"][0].startswith('Field "image_name" is invalid.')
    assert scp.images == []


@pytest.mark.parametrize("name", ["a", "a" * 255, "A-Z_09 x"])
def test_a_good_name_is_taken_and_other_fields_are_ignored(
    scp: Sandbox, caller: Caller, name: str
) -> None:
    body = json.dumps({"image_name": name, "tags": ["x"]})
    assert caller.post(scp.servers[0].id, body).status == 202
    assert scp.images[0].name == name


def test_only_the_text_turns_korean(scp: Sandbox, caller: Caller) -> None:
    answer = caller.create(scp.servers[0].id, "", Accept_Language="ko-KR")
    assert answer.error["code"] == "ValidationError"
    assert answer.error["detail"] == ['"image_name" 값이 유효하지 않습니다.']
    query = caller.get("/v1/servers?limit=0", Accept_Language="ko-KR")
    assert query.error["detail"] == ['"limit" 값이 유효하지 않습니다.']


def test_detail_has_other_forms(scp: Sandbox, caller: Caller) -> None:
    def detail_in(form: str) -> object:
        scp.options.detail_form = form
        return caller.post(scp.servers[0].id, "{}").json()

    def entries(form: str) -> list[dict[str, object]]:
        body = detail_in(form)
        assert isinstance(body, dict)
        return list(body["errors"])

    assert entries("string")[0]["detail"] == "Field required"
    assert entries("printed")[0]["detail"] == "['Field required']"
    assert len(entries("several")) == 2
    assert detail_in("locations") == [
        {"ctx": {}, "loc": ["body"], "msg": "Field required", "type_": "value_error"}
    ]


def test_a_key_without_the_right_gets_403(scp: Sandbox) -> None:
    right = "virtualserver:CreateVirtualServerImage"
    scp.add_key("READER", "reader-secret", rights=ALL_RIGHTS - {right})
    reader = Caller(scp.url, "READER", "reader-secret")
    assert reader.get("/v1/servers").status == 200
    answer = reader.post("not-an-id", "{")  # permission comes before body and resource
    assert answer.status == 403
    assert answer.error["code"] == "Forbidden"
    assert answer.error["response"]["action_name"] == right
    assert "related_resources" not in answer.error
    assert scp.images == []


def test_each_call_needs_its_own_right(scp: Sandbox) -> None:
    scp.add_key("NOTHING", "secret", rights=[])
    nobody = Caller(scp.url, "NOTHING", "secret")
    for target in ("/v1/servers", "/v1/servers/x", "/v1/images", "/v1/images/x"):
        assert nobody.get(target).status == 403, target


def test_an_unknown_right_is_a_mistake_of_the_test(scp: Sandbox) -> None:
    with pytest.raises(ValueError, match="ListEverything"):
        scp.add_key("K", "S", rights=["virtualserver:ListEverything"])


@pytest.mark.parametrize("one", ["2a9be312-5d4b-4bc8-b2ae-35100fa9241f", "not-an-id"])
def test_an_unknown_server_gets_404(scp: Sandbox, caller: Caller, one: str) -> None:
    answer = caller.create(one)
    assert answer.status == 404
    assert answer.error["code"] == "NotFound"
    assert caller.post(one, "{}").status == 400  # the body comes before the resource


@pytest.mark.parametrize("state", ["BUILD", "RESIZE", "reboot"])
def test_a_server_in_transition_gets_409(scp: Sandbox, caller: Caller, state: str) -> None:
    scp.servers[0].state = state
    answer = caller.create(scp.servers[0].id)
    assert answer.status == 409
    assert answer.error["code"] == "VirtualServer.CreateImage.Conflict"
    assert scp.images == []


@pytest.mark.parametrize("state", ["ACTIVE", "SHUTOFF", "ERROR", "SOMETHING_NEW"])
def test_other_states_are_taken(scp: Sandbox, caller: Caller, state: str) -> None:
    scp.servers[0].state = state
    assert caller.create(scp.servers[0].id).status == 202


def test_one_image_at_a_time_per_server(scp: Sandbox, caller: Caller) -> None:
    one, other = scp.servers[0].id, scp.servers[1].id
    assert [caller.create(one).status, caller.create(one).status] == [202, 409]
    assert caller.create(other).status == 202
    scp.clock.advance(26)
    assert caller.create(one).status == 202


def test_of_many_posts_at_once_one_wins(
    scp: Sandbox, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_id = scp.servers[0].id
    usual = scp.may_be_imaged

    def slowly(server: Server) -> bool:
        found = usual(server)
        time.sleep(0.02)  # the others come in between check and making, if they can
        return found

    monkeypatch.setattr(scp, "may_be_imaged", slowly)
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda _: caller.create(server_id).status, range(6)))
    assert sorted(statuses) == [202] + [409] * 5
    assert len(scp.ledger) == 1


def test_locks_and_refusals_are_switches(scp: Sandbox, caller: Caller) -> None:
    locked, refusing = scp.servers[0], scp.servers[1]
    locked.locked = True
    refusing.refuses_images = True
    assert caller.create(refusing.id).status == 409
    assert caller.create(locked.id).status == 202
    scp.clock.advance(60)
    scp.options.locked_servers = "refuse"
    assert caller.create(locked.id).status == 409


def test_a_deleted_server_is_gone(scp: Sandbox, caller: Caller) -> None:
    server = scp.servers.pop(0)
    assert caller.create(server.id).status == 404
