"""Source: SCP API reference, section 2, and section 14, points 8 to 11."""

from __future__ import annotations

import pytest

from scpconsole.sandbox import Sandbox
from tests.sandbox.caller import Caller, send


def listed(scp: Sandbox) -> dict[str, tuple[str, str]]:
    rows = send(scp.url, "GET", "/").json()["versions"]
    return {row["id"]: (row["status"], row["not_before"]) for row in rows}


def test_the_root_lists_the_seed_table_unsigned(scp: Sandbox) -> None:
    assert listed(scp) == {
        "v1.3": ("CURRENT", "-"),
        "v1.2": ("SUPPORTED", "2026-08-31"),
        "v1.1": ("DEPRECATED", "2026-05-31"),
        "v1.0": ("DEPRECATED", "2025-12-31"),
    }


def test_the_root_lists_the_autumn_table(scp: Sandbox) -> None:
    scp.options.version_table = "2026-09"
    scp.options.planned_version = "1.6"
    found = listed(scp)
    assert found["v1.5"][0] == "CURRENT"
    assert found["v1.3"][0] == "SUPPORTED"
    assert found["v1.6"][0] == "PLANNED"
    assert len(found) == 7


@pytest.mark.parametrize(
    ("form", "written"),
    [("iso", "2026-08-31"), ("compact", "20260831"), ("dash", "-"), ("empty", ""), ("null", None)],
)
def test_the_date_has_a_chosen_form(scp: Sandbox, form: str, written: str | None) -> None:
    scp.options.date_form = form
    assert listed(scp)["v1.2"][1] == written


@pytest.mark.parametrize(("way", "status"), [(404, 404), (503, 503), ("html", 200)])
def test_the_root_may_fail(scp: Sandbox, way: int | str, status: int) -> None:
    scp.options.versions_fail = way
    answer = send(scp.url, "GET", "/")
    assert answer.status == status
    assert b'"versions"' not in answer.body


@pytest.mark.parametrize("number", ["1.0", "1.1", "1.2", "1.3"])
def test_versions_of_the_table_are_served(caller: Caller, number: str) -> None:
    assert caller.get("/v1/servers", Scp_Api_Version=f"virtualserver {number}").status == 200


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("virtualserver 9.9", "9.9"),
        ("virtualserver 1.5", "1.5"),
        ("vpc 1.3", "1.3"),
        ("virtualserver v1.3", "v1.3"),
        ("1.3", "1.3"),
    ],
)
def test_other_versions_get_406(caller: Caller, header: str, named: str) -> None:
    answer = caller.get("/v1/servers", Scp_Api_Version=header)
    assert answer.status == 406
    assert answer.error["code"] == "NoSuchVersion"
    assert answer.error["detail"] == f"API version {named} is not supported on this method"


def test_two_spaces_are_not_one(caller: Caller) -> None:
    assert caller.get("/v1/servers", Scp_Api_Version="virtualserver  1.3").status == 406


def test_planned_is_not_served(scp: Sandbox, caller: Caller) -> None:
    scp.options.planned_version = "1.4"
    assert caller.get("/v1/servers", Scp_Api_Version="virtualserver 1.4").status == 406


def test_without_a_header_the_current_one_answers(scp: Sandbox, caller: Caller) -> None:
    scp.options.version_table = "2026-09"
    assert "zone" in caller.get("/v1/servers", Scp_Api_Version=None).json()["servers"][0]
    assert "zone" not in caller.get("/v1/servers").json()["servers"][0]


def test_expired_versions_may_be_refused(scp: Sandbox, caller: Caller) -> None:
    scp.options.expired_versions = "refuse"
    asked = {"Scp_Api_Version": "virtualserver 1.1"}
    scp.options.today = "2026-05-30"
    assert caller.get("/v1/servers", **asked).status == 200
    scp.options.today = "2026-05-31"
    assert caller.get("/v1/servers", **asked).status == 406
    scp.options.today = "2026-11-23"
    supported = caller.get("/v1/servers", Scp_Api_Version="virtualserver 1.2")
    assert supported.status == 200  # only DEPRECATED ones end


def test_one_method_may_refuse_a_version(scp: Sandbox, caller: Caller) -> None:
    scp.options.refused_versions = {"create_image": ["1.3"]}
    assert caller.get("/v1/servers").status == 200
    assert caller.create(scp.servers[0].id).status == 406
    assert scp.images == []


def test_shapes_differ_by_version(scp: Sandbox, caller: Caller) -> None:
    def first(target: str, number: str) -> set[str]:
        answer = caller.get(target, Scp_Api_Version=f"virtualserver {number}").json()
        return set(next(iter(answer.values()))[0])

    assert first("/v1/servers", "1.1") - first("/v1/servers", "1.0") == {"partition_number"}
    assert first("/v1/images", "1.2") - first("/v1/images", "1.1") == {"scp_gpu_driver"}
    assert first("/v1/images", "1.3") - first("/v1/images", "1.2") == {"scp_supported_class_types"}
    image_id = scp.public_images[0].id
    assert "scp_supported_class_types" not in caller.get(f"/v1/images/{image_id}").json()
    assert "x_not_in_the_documents" in first("/v1/servers", "1.0") & first("/v1/images", "1.0")
