"""Cases about a worker that dies, sleeps or loses its database in the middle."""

import signal
import time
from collections.abc import Iterator

from images.vocabulary import State
from tests.faults.boundaries import ERROR, KILL, STOP, Trouble
from tests.faults.case import Case
from tests.faults.house import House, require
from tests.faults.web import WebServer

ACCEPTED = "recorded sending accepted"
ADOPTED = "recorded sending unknown adopted"
NOT_MADE = "recorded sending unknown not_made"
_LEASE_SECONDS = 4


def cases() -> Iterator[Case]:
    yield from _kills()
    yield from _lost_commits()
    yield from _pauses()
    yield Case("SIGTERM during 20 open calls", f"{ACCEPTED} | {ADOPTED}", 20, _deploy)  # 41


def _kills() -> Iterator[Case]:
    kills = {  # 1 to 5
        "kill -9 before the claim commits": ("before claim commit", ACCEPTED, 1),
        "kill -9 after the claim commits": ("after claim commit", NOT_MADE, 0),
        "kill -9 before the first byte": ("before request", NOT_MADE, 0),
        "kill -9 after the last byte": ("before answer", ADOPTED, 1),
        "kill -9 after the answer": ("after call", ADOPTED, 1),
        "kill -9 inside the outcome commit": ("inside outcome", ADOPTED, 1),
        "kill -9 before the outcome commits": ("before outcome commit", ADOPTED, 1),
        "kill -9 after the outcome commits": ("after outcome commit", ACCEPTED, 1),
    }
    for name, (where, says, images) in kills.items():
        check = _says_lost if where == "after call" else None
        yield Case(name, says, images, trouble=Trouble(where, KILL), check=check)


def _says_lost(house: House) -> None:
    with WebServer(house) as web:
        page = web.visitor("alice").get(house.request.get_absolute_url())
    require("original answer was lost" in page.text, "the page does not say that it was found")


def _lost_commits() -> Iterator[Case]:
    """12: the database took the commit, and the worker never heard of it."""
    yield Case(
        "claim committed, but the worker is told no",
        f"{NOT_MADE} | {ACCEPTED}",
        range(2),
        trouble=Trouble("after claim commit", ERROR),
    )
    yield Case(
        "outcome committed, but the worker is told no",
        ACCEPTED,
        1,
        trouble=Trouble("after outcome commit", ERROR),
    )
    yield Case(
        "outcome fails inside its transaction",
        ACCEPTED,
        1,
        trouble=Trouble("inside outcome", ERROR, nth=3),
    )


def _pauses() -> Iterator[Case]:
    late = "recorded sending unknown answered_late accepted"
    looked = f"{ADOPTED} answered_late | recorded sending unknown answered_late adopted"
    # the row may also be closed before any ticker has found the lease to be over
    awake = f"{late} | {looked} | {ACCEPTED} | {ADOPTED}"
    yield Case(  # 7
        "paused past its lease, answer on its way",
        awake,
        1,
        _pause,
        trouble=Trouble("before answer", STOP),
        sleeps=True,
        check=_one_call,
    )
    yield Case(
        "paused past its lease before the first byte",
        "recorded sending unknown answered_late postponed sending accepted"
        " | recorded sending postponed sending accepted"
        f" | {NOT_MADE} | {NOT_MADE} answered_late"
        f" | {awake}",
        range(2),
        _pause,
        trouble=Trouble("after claim commit", STOP),
        sleeps=True,
        check=_at_most_one_call,
    )


def _pause(house: House) -> None:
    house.ask()
    house.wait(lambda: bool(house.workers.stopped()))
    time.sleep(_LEASE_SECONDS + 0.5)
    for _ in range(2):
        house.workers.signal(signal.SIGCONT)
        time.sleep(0.5)
    house.settle()


def _one_call(house: House) -> None:
    require(house.posts == 1, f"{house.posts} calls reached SCP")


def _at_most_one_call(house: House) -> None:
    require(house.posts <= 1, f"{house.posts} calls reached SCP")


def _deploy(house: House) -> None:
    wishes = [house.ask(number) for number in range(20)]
    with house.scp.lock:  # no call is answered meanwhile
        house.wait(lambda: any(each.state == State.SENDING for each in house.requests))
        time.sleep(0.3)
    killed = house.workers.end(kindly_within=10)
    require(killed == 0, f"{killed} workers did not end by themselves")
    house.start_workers()
    house.settle()
    require(len(wishes) == house.posts, f"{house.posts} calls for {len(wishes)} wishes")
