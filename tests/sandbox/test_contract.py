"""Answers against the official OpenAPI file for 1.0.

Its `example` blocks are generated and partly wrong, so only the schemas are used.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator

from scpconsole.sandbox import Sandbox
from scpconsole.sandbox.seed import seeded_servers
from tests.sandbox.caller import Caller

CONTRACT = Path(__file__).parents[3] / "shared" / "virtualserver-openapi-1.0.yaml"
pytestmark = pytest.mark.skipif(
    not CONTRACT.exists(), reason="the OpenAPI file is not beside the project"
)
NUMBERS = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]


@cache
def contract() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(
        CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return {"components": {"schemas": as_json_schema(loaded["components"]["schemas"])}}


def as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a list of types."""
    if isinstance(value, list):
        return [as_json_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    shape = {name: as_json_schema(one) for name, one in value.items() if name != "example"}
    if shape.pop("nullable", False) is True and isinstance(shape.get("type"), str):
        shape["type"] = [shape["type"], "null"]
    return shape


def complaints(schema: str, value: Any) -> list[str]:
    root = {"$ref": f"#/components/schemas/{schema}", **contract()}
    found = Draft4Validator(root).iter_errors(value)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in found]


def test_the_check_itself_sees_a_wrong_answer() -> None:
    assert complaints("ServerCreateImageResponse", {"image_id": None})
    assert complaints("ServerListResponse", {"servers": [{"id": "x"}]})
    assert complaints("ImageShowResponse", {})


@pytest.mark.parametrize("number", NUMBERS)
def test_answers_fit_the_contract(scp: Sandbox, caller: Caller, number: str) -> None:
    scp.options.version_table = "2026-09"
    scp.servers[:] = seeded_servers(120)
    asked = {"Scp_Api_Version": f"virtualserver {number}"}
    created = caller.create(scp.servers[0].id, **asked).json()
    server = caller.get(f"/v1/servers/{scp.servers[0].id}", **asked).json()
    servers = caller.get("/v1/servers?limit=1000", **asked).json()
    assert len(servers["servers"]) == 120
    assert complaints("ServerCreateImageResponse", created) == []
    assert complaints("ServerShowResponse", server) == []
    assert complaints("ServerListResponse", servers) == []


@pytest.mark.parametrize("seconds", [3, 10, 60])
def test_images_fit_the_contract_at_every_age(scp: Sandbox, caller: Caller, seconds: int) -> None:
    image_id = caller.create(scp.servers[0].id).json()["image_id"]
    scp.clock.advance(seconds)
    shown = caller.get(f"/v1/images/{image_id}").json()
    listed = caller.get("/v1/images?limit=1000").json()
    assert len(listed["images"]) == 26
    assert complaints("ImageShowResponse", shown) == []
    assert complaints("ImageListResponse", listed) == []
