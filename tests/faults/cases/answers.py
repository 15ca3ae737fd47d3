"""Cases about what SCP answers. Numbers are those of the fault list in the design."""

import json
from collections.abc import Iterator
from typing import Any

from images.models import ExchangeRecord
from tests.faults.case import Case, Play
from tests.faults.house import House, require

SENT = "recorded sending"
ADOPTED = f"{SENT} unknown adopted"
NOT_MADE = f"{SENT} unknown not_made"
REFUSED = f"{SENT} refused"


def cases() -> Iterator[Case]:
    yield Case("a plain request", f"{SENT} accepted", 1)
    yield from _refusals()
    yield from _turned_away()
    yield from _server_errors()
    yield from _odd_acceptances()


def _refusals() -> Iterator[Case]:
    for status in (400, 401, 403, 404, 406, 409):  # 26, 27
        rule = _status(status)
        yield Case(f"status {status}", REFUSED, 0, rules=[rule], check=_status_is(status))


def _turned_away() -> Iterator[Case]:
    again = f"{SENT} postponed sending accepted"
    for status in (417, 429):  # 28
        for name, headers in _RETRY_AFTER.items():
            rule = _status(status, headers=headers)
            yield Case(f"status {status}, Retry-After {name}", again, 1, rules=[rule])
    for status in (417, 429):
        rule = _status(status, times=None)
        tries = " ".join(["sending postponed"] * 4)
        yield Case(
            f"status {status} for ever", f"recorded {tries} sending refused", 0, rules=[rule]
        )


_RETRY_AFTER: dict[str, dict[str, str]] = {
    "missing": {},
    "2 s": {"Retry-After": "2"},
    "junk": {"Retry-After": "soon; maybe"},
}


def _server_errors() -> Iterator[Case]:
    for status in (500, 502, 503, 504):  # 29
        for acts, says in ((True, ADOPTED), (False, NOT_MADE)):
            rule = _status(status, acts=acts)
            name = f"status {status}, image {'made' if acts else 'not made'}"
            yield Case(name, says, int(acts), rules=[rule], check=_status_is(status))


def _odd_acceptances() -> Iterator[Case]:
    for name, rule in _ODD.items():
        acts = bool(rule.get("acts", True))
        says = ADOPTED if acts else NOT_MADE
        yield Case(
            name, says, int(acts), rules=[{"kind": "create_image", **rule}], check=_keeps_body
        )


_ODD: dict[str, dict[str, object]] = {
    "202 with cut JSON": {"action": "half_json"},  # 22
    "202 that breaks off (Content-Length unmet)": {"action": "cut", "size": 12},  # 17
    "202 without an image id": {"action": "no_image_id"},  # 23
    "202 with an id that is no UUID": {"action": "bad_image_id"},
    "202 without a body": {"action": "empty"},
    "202 as text/html": {"action": "status", "status": 202, "acts": True, "body": "<p>ok</p>",
                         "content_type": "text/html"},
    "200 with the right body": {"action": "status200"},
    "200 HTML, image not made": {"action": "html200"},  # 25
    "200 HTML, image made": {"action": "html200", "acts": True},
}  # fmt: skip
_ODD["200 HTML, image not made"]["acts"] = False


def _status(status: int, **parts: Any) -> dict[str, Any]:
    return {"kind": "create_image", "action": "status", "status": status, **parts}


def _status_is(status: int) -> Play:
    def check(house: House) -> None:
        kept = [record.status for record in ExchangeRecord.objects.all()]
        require(kept == [status], f"the kept statuses are {kept}")

    return check


def _keeps_body(house: House) -> None:
    record = ExchangeRecord.objects.get()
    require(record.status is not None, "the status was not kept")
    require(record.body_length == len(bytes(record.body)), "not the whole body was kept")
    require(bool(json.dumps(record.headers)), "no headers were kept")
