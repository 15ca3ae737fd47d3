"""Cases about the console's clock jumping while a request is under way. Number 13."""

from collections.abc import Iterator

from images.models import ExchangeRecord
from images.scp.errors import Reason
from images.vocabulary import State
from tests.faults.case import Case, Play, ask_and_settle
from tests.faults.house import House, require

BACK, FORWARD = -3600, 600
ACCEPTED = "recorded sending accepted"
ADOPTED = "recorded sending unknown adopted"
_LOST = {"kind": "create_image", "action": "drop_after"}
_REAL_SEARCH_SECONDS = 900


def cases() -> Iterator[Case]:
    yield Case(
        "clock an hour slow from the start",
        "recorded sending refused",
        0,
        _from_the_start(BACK),
        check=_names_the_clock,
    )
    yield Case("clock ten minutes fast from the start", ACCEPTED, 1, _from_the_start(FORWARD))
    yield Case(
        "clock back an hour after the send, then set right",
        f"{ADOPTED} | recorded sending unknown overdue adopted",
        1,
        _after_the_send(BACK, set_right=True),
        rules=[_LOST],
    )
    yield Case(
        "clock forward ten minutes after the send",
        ADOPTED,
        1,
        _after_the_send(FORWARD, set_right=False),
        rules=[_LOST],
        look_for_seconds=_REAL_SEARCH_SECONDS,
    )
    late = "recorded sending unknown answered_late accepted"
    looked = "recorded sending unknown adopted answered_late"
    yield Case(
        "clock forward ten minutes during the call",
        f"{late} | {looked} | {ACCEPTED}",
        1,
        _during_the_call(FORWARD),
        look_for_seconds=_REAL_SEARCH_SECONDS,
        sleeps=True,
    )
    yield Case(
        "clock back an hour during the call",
        ACCEPTED,
        1,
        _during_the_call(BACK),
        sleeps=True,
    )


def _from_the_start(seconds: int) -> Play:
    def play(house: House) -> None:
        house.clock.write_text(str(seconds))
        ask_and_settle(house)

    return play


def _names_the_clock(house: House) -> None:
    require(house.request.outcome_reason == Reason.CLOCK, "the reason is not the clock")
    skew = ExchangeRecord.objects.get().clock_skew_seconds or 0
    require(abs(skew - BACK) < 5, f"the skew is said to be {skew} s")
    told = house.request.refusal
    require(told is not None and "clock" in told.sentence, "the page does not name the clock")


def _after_the_send(seconds: int, *, set_right: bool) -> Play:
    def play(house: House) -> None:
        house.scp.options.update({"list_lag_seconds": 1.5})
        house.ask()
        house.wait_for(State.UNKNOWN)
        house.clock.write_text(str(seconds))
        if set_right:
            looks = house.request.looks
            house.wait(lambda: house.request.looks > looks + 1, within=8)
            house.clock.write_text("0")
        house.wait_for_image()

    return play


def _during_the_call(seconds: int) -> Play:
    def play(house: House) -> None:
        with house.scp.lock:
            house.ask()
            house.wait_for(State.SENDING)
            house.clock.write_text(str(seconds))
            house.wait(lambda: house.request.state == State.UNKNOWN or seconds < 0, within=3)
        house.settle()

    return play
