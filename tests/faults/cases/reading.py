"""Cases about lists that are too long or lie, looks that fail, and hosts that want silence."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from images.models import ApiHost, ImageRequest
from images.vocabulary import State
from scpconsole.sandbox.servers import Server
from tests.faults.case import Case, Play
from tests.faults.house import House, require
from tests.faults.installing import TOTAL_SECONDS
from tests.faults.stopwatch import ALLOWED
from tests.faults.web import Page, WebServer

AGAIN = "recorded sending postponed sending accepted"
ACCEPTED = "recorded sending accepted"
_LONGEST_WAIT = timedelta(hours=1)
_PAGE_SECONDS = 20  # the stand-in needs about one for a page of so long a list
_DRAW_SECONDS = 0.3
_START_SECONDS = 6  # of a web server, and of reading that many rows back


def cases() -> Iterator[Case]:
    yield Case("list with 50,000 servers", ACCEPTED, 0, _fifty_thousand)  # 43
    yield Case("repeated page marker", ACCEPTED, 0, _repeated_marker)
    yield Case(
        "every look fails",
        "recorded sending unknown overdue",
        1,
        rules=[
            {"kind": "create_image", "action": "drop_after"},
            {"kind": "list_images", "action": "status", "status": 503, "times": None},
        ],
    )
    yield Case(
        "the first looks fail",
        "recorded sending unknown adopted",
        1,
        rules=[
            {"kind": "create_image", "action": "drop_after"},
            {"kind": "list_images", "action": "status", "status": 500, "times": 2},
            {"kind": "list_images", "action": "half_json", "times": 1},
            {"kind": "list_images", "action": "hang", "times": 1},
        ],
        look_for_seconds=20,
    )
    yield Case(
        "looks that are silent or drip",
        "recorded sending unknown adopted",
        1,
        _to_the_end,
        rules=[{"kind": "create_image", "action": "drop_after"}, *_slow_looks()],
        look_for_seconds=60,
    )
    for action, parts in _SLOW.items():
        yield Case(f"server list that {action}", ACCEPTED, 0, _slow_page(parts))
    yield Case("429 quiets the whole host", f"{AGAIN} | {ACCEPTED}", 3, _quiet_host)  # 28
    yield Case("Retry-After of eleven days", AGAIN, 1, _capped)


_SLOW: dict[str, dict[str, Any]] = {
    "never comes": {"action": "hang"},
    "drips from its head on": {"action": "drip", "seconds": 0.2, "part": "headers"},
    "drips from its body on": {"action": "drip", "seconds": 0.2, "part": "body"},
}


def _slow_looks() -> Iterator[dict[str, Any]]:
    for kind in ("list_images", "show_image"):
        for rule in _SLOW.values():
            yield {"kind": kind, **rule}


def _to_the_end(house: House) -> None:
    house.ask()
    house.wait(lambda: house.request.state == State.READY, within=60)


def _slow_page(rule: dict[str, Any]) -> Play:
    """A page waits for SCP as long as a call may take, and is drawn like any other page."""

    def play(house: House) -> None:
        with WebServer(house) as web:
            alice = web.visitor("alice")
            name = house.server(0).name
            url = f"/servers/?key={house.key_of().pk}"
            require(name in alice.get(url).text, "the list was never good")
            drawn = _seconds(lambda: alice.get(url))  # a list this young is not read again
            house.scp.faults.add(**rule, kind="list_servers", times=None)
            fields = {"key": str(house.key_of().pk)}
            took = _seconds(lambda: alice.post("/servers/refresh/", fields))
            page = alice.get(url)
        require(took >= TOTAL_SECONDS * 0.9, f"the page did not wait: {took:.2f} s")
        most = TOTAL_SECONDS * ALLOWED + 2 * drawn + _DRAW_SECONDS
        require(took <= most, f"the page took {took:.2f} s")
        require("No newer list could be read" in page.text, "the page does not say that it is old")
        require(name in page.text, "the last good list is gone")

    return play


def _seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _fifty_thousand(house: House) -> None:
    for number in range(50_000):
        house.scp.add_server(Server(name=f"many-{number}"))
    began = time.monotonic()
    page = _server_page(house, page_seconds=_PAGE_SECONDS)
    require("not complete" in page.text, "the page does not say that the list is cut")
    took = time.monotonic() - began
    require(took < _PAGE_SECONDS * ALLOWED + _START_SECONDS, f"the page took {took:.0f} s")


def _repeated_marker(house: House) -> None:
    house.scp.options.update({"marker_is_ignored": True})
    for number in range(1500):
        house.scp.add_server(Server(name=f"many-{number}"))
    page = _server_page(house)
    require("not complete" in page.text, "the page does not say that the list is cut")
    calls = sum(1 for call in house.scp.journal if call.kind == "list_servers")
    require(calls <= 3, f"{calls} calls for a marker that leads nowhere")


def _server_page(house: House, *, page_seconds: int = TOTAL_SECONDS) -> Page:
    with WebServer(house, page_seconds=page_seconds) as web:
        alice = web.visitor("alice")
        page = alice.get(f"/servers/?key={house.key_of().pk}")
        require(page.status == 200, f"the server page answers {page.status}")
        return page


def _quiet_host(house: House) -> None:
    headers = {"Retry-After": "2"}
    house.scp.faults.add("status", kind="create_image", status=429, headers=headers)
    house.ask(0)
    house.wait(lambda: "postponed" in house.path(house.request))
    house.ask(1)
    house.ask(2)
    house.settle()
    calls = [call for call in house.scp.journal if call.kind in ("create_image", "list_images")]
    at_ms = sorted(int(call.timestamp) for call in calls)
    gap_ms = at_ms[1] - at_ms[0]
    require(gap_ms >= 1900, f"another call came {gap_ms} ms after a 429 that asked for 2 s")


def _capped(house: House) -> None:
    headers = {"Retry-After": "950400"}
    house.scp.faults.add("status", kind="create_image", status=429, headers=headers)
    house.ask()
    house.wait(lambda: ApiHost.objects.filter(silent_until__isnull=False).exists())
    due_at = house.request.due_at
    require(due_at is not None, "it is never sent again")
    require(due_at is None or due_at <= timezone.now() + _LONGEST_WAIT, "it waits over an hour")
    # the hour is over
    ApiHost.objects.update(silent_until=None)
    ImageRequest.objects.update(due_at=timezone.now())
    house.settle()
