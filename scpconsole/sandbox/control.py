"""The addresses outside /v1 that tests and the demo use: unsigned, loopback only, no burst.

GET /_ledger, /_journal, /_servers, /_faults, /_options; POST /_faults (a list of rules replaces
the rules), /_clock ({"advance": seconds}), /_options ({switch: value}).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from scpconsole.sandbox.answers import Answer, as_json
from scpconsole.sandbox.cloud import Cloud
from scpconsole.sandbox.faults import BadRule
from scpconsole.sandbox.options import BadOption
from scpconsole.sandbox.request import Request


class BadControl(ValueError):
    """A control call that cannot be carried out; the text says why."""


def is_control(request: Request) -> bool:
    return request.target.startswith("/_")


def control(cloud: Cloud, request: Request) -> Answer:
    """Answer a control call: 200 with what is now in force, 400 or 404 with a sentence."""
    work = _WORK.get((request.method, request.path))
    if work is None:
        return as_json(404, {"error": f"No control address {request.method} {request.path}."})
    try:
        return as_json(200, work(cloud, _body(request)))
    except (BadControl, BadRule, BadOption) as odd:
        return as_json(400, {"error": str(odd)})


def _body(request: Request) -> Any:
    if request.method == "GET":
        return None
    try:
        return json.loads(request.body)
    except ValueError as odd:
        raise BadControl(f"The body is not JSON: {odd}") from odd


def _ledger(cloud: Cloud, _: Any) -> Any:
    return [asdict(entry) for entry in cloud.ledger]


def _journal(cloud: Cloud, _: Any) -> Any:
    return [asdict(call) for call in cloud.journal]


def _servers(cloud: Cloud, _: Any) -> Any:
    return [asdict(server) for server in list(cloud.servers)]


def _faults(cloud: Cloud, _: Any) -> Any:
    return cloud.faults.as_json()


def _set_faults(cloud: Cloud, body: Any) -> Any:
    if not isinstance(body, list):
        raise BadControl("Fault rules come as a list.")
    cloud.faults.replace(body)
    return cloud.faults.as_json()


def _set_clock(cloud: Cloud, body: Any) -> Any:
    seconds = body.get("advance") if isinstance(body, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise BadControl('The clock takes {"advance": seconds}.')
    cloud.clock.advance(seconds)
    return {"now": cloud.clock.now().isoformat()}


def _options(cloud: Cloud, _: Any) -> Any:
    return cloud.options.as_json()


def _set_options(cloud: Cloud, body: Any) -> Any:
    if not isinstance(body, dict):
        raise BadControl("Switches come as an object.")
    cloud.options.update(body)
    return cloud.options.as_json()


_WORK: dict[tuple[str, str], Callable[[Cloud, Any], Any]] = {
    ("GET", "/_ledger"): _ledger,
    ("GET", "/_journal"): _journal,
    ("GET", "/_servers"): _servers,
    ("GET", "/_faults"): _faults,
    ("POST", "/_faults"): _set_faults,
    ("POST", "/_clock"): _set_clock,
    ("GET", "/_options"): _options,
    ("POST", "/_options"): _set_options,
}
