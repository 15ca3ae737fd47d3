"""Cases in which a person has to look: several images fit, or one that belongs to another."""

from collections.abc import Iterator
from dataclasses import replace

from images.services.settling import NONE, settle
from images.vocabulary import OwnReason, State
from scpconsole.sandbox.keys import Key
from tests.faults.case import Case
from tests.faults.house import House, require
from tests.people import ACCESS_KEY

ACCEPTED = "recorded sending accepted"
DOUBT = "recorded sending unknown"


def cases() -> Iterator[Case]:
    yield Case("202 with another request's image id", f"{ACCEPTED} | {DOUBT}", 2, _id_of_another)
    yield from _found_two()


def _id_of_another(house: House) -> None:
    first = house.ask(0)
    house.settle()
    first.refresh_from_db()
    house.scp.faults.add("given_image_id", kind="create_image", image_id=first.image_id)
    second = house.ask(1)
    house.settle()
    second.refresh_from_db()
    require(second.needs_person, "nobody is asked to look at it")
    require(second.outcome_reason == OwnReason.IMAGE_OF_ANOTHER, second.outcome_reason)


def _found_two() -> Iterator[Case]:
    rule = {"kind": "create_image", "action": "drop_after"}
    ambiguous = "recorded sending unknown ambiguous"
    yield Case("reconcile finds two", ambiguous, 1, _find_two, rules=[rule], check=_two_shown)  # 44
    yield Case("... and a person picks one", f"{ambiguous} settled", 1, _pick, rules=[rule])
    yield Case(
        "... and a person says: none",
        f"{ambiguous} settled",
        0,
        _pick_none,
        rules=[{**rule, "acts": False}],
    )


def _find_two(house: House, *, others: int = 1) -> None:
    """Somebody outside the console made images of the very same name."""
    house.scp.options.update({"list_lag_seconds": 3600})
    house.ask()
    house.wait_for(State.UNKNOWN)
    stranger = house.scp.add_key("SOMEBODYELSE0001", "a-secret-of-somebody-else")
    for number in range(others):
        _make(house, stranger, number)
    for image in house.scp.images:
        image.life = replace(image.life, list_lag_seconds=0)
    house.settle()


def _make(house: House, stranger: Key, number: int) -> None:
    name = house.request.image_name
    house.scp.make_image(house.server(8 + number), name, key=stranger, version="1.3")


def _two_shown(house: House) -> None:
    shown = {each["id"] for each in house.request.candidates}
    made = {entry.image_id for entry in house.scp.ledger}
    require(shown == made, "a person is not shown the very images that SCP lists")


def _pick(house: House) -> None:
    _find_two(house)
    mine = next(each.image_id for each in house.scp.ledger if each.access_key == ACCESS_KEY)
    actor = house.request.actor
    settle(actor=actor, asked=house.request, image_id=mine, reason="the disk sizes agree")
    require(house.request.image_id == mine, "the choice was not kept")


def _pick_none(house: House) -> None:
    _find_two(house, others=2)
    actor = house.request.actor
    settle(actor=actor, asked=house.request, image_id=NONE, reason="both are from elsewhere")
    require(house.request.state == State.NOT_MADE, "the choice was not kept")
