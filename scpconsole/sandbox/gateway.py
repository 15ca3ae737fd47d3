"""The way of one call: who is turned away, in which order, and what the others get.

Source: SCP API reference, section 14, point 7: burst, `GET /`, unsigned, signature and clock,
catalog, version, path; then the call itself. Fault rules apply to calls that got so far, so a
fault never hides a bad signature.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import uuid4

from scpconsole.sandbox import errors, signature, versions
from scpconsole.sandbox.answers import Answer, as_json
from scpconsole.sandbox.calls import Admitted, carry_out
from scpconsole.sandbox.clock import iso
from scpconsole.sandbox.cloud import Cloud
from scpconsole.sandbox.distortion import distorted
from scpconsole.sandbox.faults import SILENT, Rule
from scpconsole.sandbox.journal import Call
from scpconsole.sandbox.keys import Key
from scpconsole.sandbox.request import Request, Route, find_route

_log = logging.getLogger("scpconsole.sandbox")


@dataclass(frozen=True)
class Reply:
    """The answer, and the fault rule that says how to deliver it."""

    answer: Answer
    rule: Rule | None = None


def reply(cloud: Cloud, request: Request) -> Reply:
    """Answer one call and enter it in the journal before a byte goes out."""
    route = find_route(request)
    call = _noted(cloud, request, route)
    admitted = _admitted(cloud, request, route)
    if isinstance(admitted, Answer):
        call.status = admitted.status
        return Reply(admitted)
    found = route if route is not None else Route("versions")
    server_id = found.resource_id if found.kind in {"create_image", "show_server"} else ""
    rule = cloud.faults.draw(method=request.method, kind=found.kind, server_id=server_id)
    answer = _answer(cloud, request, admitted, rule)
    if rule is not None:
        call.fault = rule.action
        answer = distorted(rule, answer, is_korean=request.is_korean)
    if rule is None or rule.action not in SILENT:
        call.status = answer.status
    return Reply(answer, rule)


def _answer(cloud: Cloud, request: Request, call: Admitted | None, rule: Rule | None) -> Answer:
    if call is None:
        return versions.listing(host=request.header("Host"), options=cloud.options)
    if rule is not None and call.route.kind == "create_image" and not rule.makes_image:
        return as_json(202, {"image_id": str(uuid4())})  # a lie: no such image is made
    return carry_out(cloud, call)


def _admitted(cloud: Cloud, request: Request, route: Route | None) -> Admitted | Answer | None:
    """The admitted call, a refusal, or None for `GET /`, which nobody signs."""
    turned_away = cloud.bursts.turn_away(cloud.options, cloud.clock.now_ms())
    if turned_away is not None:
        _log.warning("burst: turned away %s %r", request.method, request.target)
        return turned_away
    if request.method == "OPTIONS":
        return Answer(403)  # and no Access-Control-* header
    if route is not None and route.kind == "versions":
        return None
    if signature.is_unsigned(request):
        _log.warning("unsigned: %s %r came without Scp headers", request.method, request.target)
        return errors.not_found_spring(request.path)
    key = _signer(cloud, request)
    if key is None:
        return errors.bad_signature()
    if cloud.options.catalog_is_missing:
        return errors.no_catalog()
    return _routed(cloud, request, route, key)


def _signer(cloud: Cloud, request: Request) -> Key | None:
    now_ms = cloud.clock.now_ms() + round(cloud.options.clock_skew_seconds * 1000)
    found = signature.check(request, keyring=cloud.keyring, options=cloud.options, now_ms=now_ms)
    if isinstance(found, Key) and cloud.options.refuse_replay:
        found = _first_use(cloud, request, found)
    if isinstance(found, signature.Rejected):
        _log.warning("401: %s %r: %s", request.method, request.target, found.why)
        return None
    return found


def _first_use(cloud: Cloud, request: Request, key: Key) -> Key | signature.Rejected:
    with cloud.lock:
        if request.header("Scp-Signature") in cloud.used_signatures:
            return signature.Rejected("this signature was used before")
        cloud.used_signatures.add(request.header("Scp-Signature"))
    return key


def _routed(cloud: Cloud, request: Request, route: Route | None, key: Key) -> Admitted | Answer:
    header = request.header("Scp-Api-Version")
    kind = route.kind if route is not None else ""
    version = versions.served(header, kind=kind, options=cloud.options, today=cloud.today)
    if isinstance(version, versions.NotServed):
        _log.warning("406: %s %r: version header %r", request.method, request.target, header)
        return errors.no_such_version(version.version)
    if route is None:
        return errors.not_found_spring(request.path)
    return Admitted(request, route, key, version)


def _noted(cloud: Cloud, request: Request, route: Route | None) -> Call:
    return cloud.note(
        Call(
            method=request.method,
            target=request.target,
            kind=route.kind if route is not None else "",
            version=request.header("Scp-Api-Version"),
            at=iso(cloud.clock.now_ms()),
            access_key=request.header("Scp-Accesskey"),
            timestamp=request.header("Scp-Timestamp"),
            header_names=list(request.headers.keys()),
        )
    )
