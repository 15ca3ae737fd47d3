"""What each call answers to a caller who is known, with a version and a path that are served.

Source: SCP API reference, sections 6 to 9; section 14, points 11 to 18.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from scpconsole.sandbox import errors
from scpconsole.sandbox.answers import Answer, as_json
from scpconsole.sandbox.cloud import Cloud
from scpconsole.sandbox.images import Image
from scpconsole.sandbox.keys import ACTIONS, Key
from scpconsole.sandbox.listing import (
    IMAGE_CHOICES,
    IMAGE_FILTERS,
    SERVER_CHOICES,
    SERVER_FILTERS,
    BadQuery,
    Row,
    Rules,
    page,
)
from scpconsole.sandbox.request import Request, Route
from scpconsole.sandbox.versions import Version

_NAME = re.compile(r"[a-zA-Z0-9\-_ ]{1,255}")


@dataclass(frozen=True)
class Admitted:
    """A call that passed signature, version and path."""

    request: Request
    route: Route
    key: Key
    version: Version

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.number.split("."))


def carry_out(cloud: Cloud, call: Admitted) -> Answer:
    """Do what was asked. Permission comes first, then body, resource and state."""
    action = ACTIONS[call.route.kind]
    if action not in call.key.rights:
        return errors.forbidden(action)
    match call.route.kind:
        case "list_servers":
            return _list_servers(cloud, call)
        case "show_server":
            return _show_server(cloud, call)
        case "list_images":
            return _list_images(cloud, call)
        case "show_image":
            return _show_image(cloud, call)
    return _create_image(cloud, call)


def _list_servers(cloud: Cloud, call: Admitted) -> Answer:
    rows = [one.as_json(call.shape) for one in cloud.visible_servers(call.key.account)]
    limit = cloud.options.server_default_limit
    return _page(cloud, call, "servers", rows, Rules(SERVER_FILTERS, SERVER_CHOICES, limit, None))


def _list_images(cloud: Cloud, call: Admitted) -> Answer:
    now_ms = cloud.clock.now_ms()
    rows = [
        one.as_json(status=_word(cloud, one, now_ms), version=call.shape, is_in_list=True)
        for one in cloud.visible_images(call.key.account)
        if one.is_listed(now_ms)
    ]
    return _page(cloud, call, "images", rows, Rules(IMAGE_FILTERS, IMAGE_CHOICES, 20, 1000))


def _page(cloud: Cloud, call: Admitted, name: str, rows: list[Row], rules: Rules) -> Answer:
    query = call.request.query
    if cloud.options.marker_is_ignored:
        query.pop("marker", None)
    try:
        found = page(rows, query, rules, name_filter=cloud.options.name_filter)
    except BadQuery as odd:
        return _bad_request(cloud, call, f'Field "{odd.field_name}" is invalid.', odd.field_name)
    return as_json(200, {name: found})


def _show_server(cloud: Cloud, call: Admitted) -> Answer:
    for server in cloud.visible_servers(call.key.account):
        if server.id == call.route.resource_id:
            shape = server.as_json(call.shape)
            return as_json(200, {"server": shape} if cloud.options.wrap_server else shape)
    return errors.not_found()


def _show_image(cloud: Cloud, call: Admitted) -> Answer:
    now_ms = cloud.clock.now_ms()
    for image in cloud.visible_images(call.key.account):
        if image.id == call.route.resource_id and image.status(now_ms) is not None:
            word = _word(cloud, image, now_ms)
            return as_json(200, image.as_json(status=word, version=call.shape))
    return errors.not_found()


def _word(cloud: Cloud, image: Image, now_ms: int) -> str:
    word = image.status(now_ms) or ""
    return word.upper() if cloud.options.status_case == "upper" else word


def _create_image(cloud: Cloud, call: Admitted) -> Answer:
    name = _asked_name(call.request.body)
    if name is None:
        return _bad_request(cloud, call, "Field required", "image_name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return _bad_request(cloud, call, errors.NAME_TEXT, "image_name")
    with cloud.lock:  # the check and the making are one step for every other caller
        mine = cloud.visible_servers(call.key.account)
        server = next((one for one in mine if one.id == call.route.resource_id), None)
        if server is None:
            return errors.not_found()
        if not cloud.may_be_imaged(server):
            return errors.conflict()
        image = cloud.make_image(server, name, key=call.key, version=call.version.number)
    return as_json(202, {"image_id": image.id})


def _asked_name(body: bytes) -> object:
    """The `image_name` of the body; None when there is no such object or member.

    A null is a value that is no string, so it is told apart from a missing member.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(asked, dict) or "image_name" not in asked:
        return None
    return "" if asked["image_name"] is None else asked["image_name"]


def _bad_request(cloud: Cloud, call: Admitted, detail: str, field_name: str) -> Answer:
    return errors.bad_request(
        detail,
        field_name=field_name,
        is_korean=call.request.is_korean,
        form=cloud.options.detail_form,
    )
