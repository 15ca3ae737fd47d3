"""Cases about an API version that SCP serves no more: for one method, or on every call; 39."""

from collections.abc import Iterator

from images.scp.errors import Reason
from tests.faults.case import Case, Play, ask_and_settle
from tests.faults.house import House, require
from tests.faults.web import Visitor, WebServer

REFUSED = "recorded sending refused"
_SAID = {
    400: "Perhaps it does not serve this version any more",
    404: "Perhaps it does not serve this version any more",
    406: "SCP does not serve API version 1.3 any more",
    410: "SCP does not serve API version 1.3 any more",
}
_BODY = {"errors": [{"code": "Retired", "detail": "API version 1.3 is retired"}]}


def cases() -> Iterator[Case]:
    yield Case("version retired for one method", REFUSED, 0, _for_one_method)
    for status in _SAID:
        yield Case(f"version retired, {status} on all calls", REFUSED, 0, _on_all_calls(status))


def _for_one_method(house: House) -> None:
    house.scp.options.update({"refused_versions": {"create_image": ["1.3"]}})
    ask_and_settle(house)
    require(house.request.outcome_reason == Reason.VERSION, house.request.outcome_reason)


def _on_all_calls(status: int) -> Play:
    def play(house: House) -> None:
        name = house.server(0).name
        with WebServer(house) as web:
            alice = web.visitor("alice")
            require(name in _list(house, alice), "the list was never good")
            house.scp.faults.add("status", kind="any", status=status, body=_BODY, times=None)
            alice.post("/servers/refresh/", {"key": str(house.key_of().pk)})
            told = _list(house, alice)
            require(_SAID[status] in told, "the list page does not name the version")
            require("API version 1.3" in told, "the list page does not say which version")
            require(f"/keys/{house.key_of().pk}/edit/" in told, "no way to another version")
            require("As of " in told, "the list page does not say how old it is")
            require(name in told, "the last good list is gone")
        ask_and_settle(house)

    return play


def _list(house: House, visitor: Visitor) -> str:
    page = visitor.get(f"/servers/?key={house.key_of().pk}")
    require(page.status == 200, f"the list page answers {page.status}")
    return page.text
