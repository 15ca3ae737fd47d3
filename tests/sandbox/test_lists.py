"""Source: SCP API reference, sections 6 and 9, and section 14, points 12 to 14."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from scpconsole.sandbox import OTHER_ACCOUNT, Sandbox, Server
from scpconsole.sandbox.seed import seeded_servers
from tests.sandbox.caller import Caller


def names(caller: Caller, **query: str) -> list[str]:
    answer = caller.get("/v1/servers?" + urlencode(query))
    assert answer.status == 200
    return [row["name"] for row in answer.json()["servers"]]


def test_the_seed_is_the_same_every_time_and_has_exactly_n() -> None:
    assert seeded_servers(120) == seeded_servers(120)
    assert [len(seeded_servers(wanted)) for wanted in (0, 1, 5, 120)] == [0, 1, 5, 120]
    assert seeded_servers(7) == seeded_servers(120)[:7]


def test_the_seed_is_believable() -> None:
    servers = seeded_servers(120)
    assert all(re.fullmatch(r"[A-Za-z0-9\-_ ]{1,63}", one.name) for one in servers)
    assert len({one.name for one in servers}) == len({one.id for one in servers}) == 120
    assert {"ACTIVE", "SHUTOFF", "ERROR", "SHELVED_OFFLOADED"} <= {one.state for one in servers}
    assert any(one.locked for one in servers)
    assert any(len(one.name) == 63 for one in servers)
    assert any(one.product_offering == "k8s_vm" for one in servers)
    assert any(not one.created_at.endswith("Z") for one in servers)
    assert any(one.addresses is None for one in servers)
    assert any("<script>" in str(one.metadata) for one in servers)
    assert any("보안그룹" in str(one.security_groups) for one in servers)


def test_servers_have_no_maximum_but_a_default_of_20(caller: Caller, scp: Sandbox) -> None:
    scp.servers[:] = seeded_servers(120)
    assert set(caller.get("/v1/servers").json()) == {"servers"}
    assert len(names(caller)) == 20
    assert len(names(caller, limit="2147483647")) == 120
    scp.options.server_default_limit = 50
    assert len(names(caller)) == 50


def test_the_marker_walks_through_all_of_them(caller: Caller, scp: Sandbox) -> None:
    scp.servers[:] = seeded_servers(45)
    found: list[str] = []
    query = {"limit": "20"}
    while page := caller.get("/v1/servers?" + urlencode(query)).json()["servers"]:
        found += [row["id"] for row in page]
        query["marker"] = found[-1]
    assert len(found) == 45
    assert set(found) == {one.id for one in scp.servers}


def test_the_same_page_may_come_for_ever(caller: Caller, scp: Sandbox) -> None:
    scp.options.marker_is_ignored = True
    first = caller.get("/v1/servers?limit=5").json()
    marker = first["servers"][-1]["id"]
    assert caller.get(f"/v1/servers?limit=5&marker={marker}").json() == first


def test_the_newest_come_first_unless_asked(caller: Caller, scp: Sandbox) -> None:
    rows = caller.get("/v1/servers?limit=100").json()["servers"]
    made = [row["created_at"] for row in rows]
    assert made == sorted(made, reverse=True)
    assert names(caller, sort="name:asc") == sorted(one.name for one in scp.servers)
    by_state = caller.get("/v1/servers?sort=state%3Adesc,name%3Adesc").json()["servers"]
    pairs = [(row["state"], row["name"]) for row in by_state]
    by_name = sorted(pairs, key=lambda pair: pair[1], reverse=True)
    assert pairs == sorted(by_name, key=lambda pair: pair[0], reverse=True)


@pytest.mark.parametrize(
    "query",
    ["marker=unknown", "limit=0", "limit=-1", "limit=many", "sort=nothing", "sort=name:up"],
)
def test_an_odd_query_gets_400(caller: Caller, query: str) -> None:
    answer = caller.get(f"/v1/servers?{query}")
    assert answer.status == 400
    assert answer.error["code"] == "ValidationError"


def test_unknown_parameters_are_ignored(caller: Caller) -> None:
    assert len(names(caller, page="3", size="1", offset="19")) == 20


def test_filters_of_servers(caller: Caller, scp: Sandbox) -> None:
    assert names(caller, name="web-prod-01") == ["web-prod-01"]
    assert names(caller, name="web-prod") == []
    assert names(caller, state="SHELVED_OFFLOADED") == ["report_dev_05"]
    assert names(caller, product_offering="k8s_vm") == ["k8s-prod-node-01", "k8s-prod-node-02"]
    ip = scp.servers[3].ip_addresses[0]
    assert names(caller, ip=ip) == [scp.servers[3].name]
    assert names(caller, server_type_id="g1v16m240") == ["gpu-train-13"]
    both = caller.get("/v1/servers?product_offering=k8s_vm&product_offering=gpu_server").json()
    assert len(both["servers"]) == 3
    assert caller.get("/v1/servers?product_category=pizza").status == 400
    scp.options.name_filter = "partial"
    assert "web-prod-01" in names(caller, name="web-prod")


def test_show_is_flat_unless_wrapped(caller: Caller, scp: Sandbox) -> None:
    server = scp.servers[0]
    flat = caller.get(f"/v1/servers/{server.id}").json()
    assert (flat["id"], flat["server_type"]["name"]) == (server.id, server.type_name)
    scp.options.wrap_server = True
    assert caller.get(f"/v1/servers/{server.id}").json() == {"server": flat}


@pytest.mark.parametrize("resource", ["servers", "images"])
@pytest.mark.parametrize("one", ["2a9be312-5d4b-4bc8-b2ae-35100fa9241f", "not-an-id"])
def test_unknown_and_malformed_ids_get_404(caller: Caller, resource: str, one: str) -> None:
    answer = caller.get(f"/v1/{resource}/{one}")
    assert answer.status == 404
    assert answer.error["code"] == "NotFound"


def test_images_come_20_at_a_time(caller: Caller, scp: Sandbox) -> None:
    rows = caller.get("/v1/images").json()["images"]
    rest = caller.get(f"/v1/images?marker={rows[-1]['id']}").json()["images"]
    assert (len(rows), len(rest)) == (20, 5)
    assert {row["visibility"] for row in rows} == {"public"}
    assert len(caller.get("/v1/images?limit=1000").json()["images"]) == 25
    assert caller.get("/v1/images?limit=1001").status == 400
    assert caller.get("/v1/images?limit=0").status == 400
    assert caller.get("/v1/images?visibility=secret").status == 400


def test_custom_images_can_be_told_apart(caller: Caller, scp: Sandbox) -> None:
    made = caller.create(scp.servers[0].id, "nightly").json()["image_id"]
    scp.clock.advance(3)
    for query in ("scp_image_type=custom", "name=nightly", "visibility=private", "status=queued"):
        rows = caller.get(f"/v1/images?{query}").json()["images"]
        assert [row["id"] for row in rows] == [made], query


def test_other_accounts_see_nothing_of_it(caller: Caller, scp: Sandbox) -> None:
    scp.add_key("THEIRS", "their-secret", account=OTHER_ACCOUNT)
    theirs = Caller(scp.url, "THEIRS", "their-secret")
    server = scp.add_server(Server("their-server", account=OTHER_ACCOUNT))
    image_id = caller.create(scp.servers[0].id).json()["image_id"]
    scp.clock.advance(60)
    assert names(theirs) == ["their-server"]
    assert "their-server" not in names(caller, limit="100")
    assert caller.get(f"/v1/servers/{server.id}").status == 404
    assert theirs.get(f"/v1/images/{image_id}").status == 404
    assert theirs.get("/v1/images?scp_image_type=custom").json() == {"images": []}
    assert caller.create(server.id).status == 404
    assert theirs.create(scp.servers[0].id).status == 404
    assert len(scp.images) == 1
    assert caller.get(f"/v1/images/{image_id}").status == 200
