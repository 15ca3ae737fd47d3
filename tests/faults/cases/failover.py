"""Cases in which PostgreSQL itself goes away and comes back: around a commit, or for want of room.

Numbers 10 to 12. The server stops as in a power cut, or the connection is cut from its side.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from tests.faults.boundaries import STOP, Trouble
from tests.faults.case import Case, Play
from tests.faults.cases.storage import answered_while, one_call
from tests.faults.disks import fill
from tests.faults.house import House, require

ACCEPTED = "recorded sending accepted"
# the lease may be over before the spilled answer is played into the database
LATE = "recorded sending unknown answered_late accepted"
NOT_MADE = "recorded sending unknown not_made"
_AWAY_SECONDS = 1.0


def cases() -> Iterator[Case]:
    for strike, act in (("server crashes", _crash), ("connection is cut", _cut)):
        for when, says, images in (
            ("before claim commit", ACCEPTED, 1),
            ("after claim commit", f"{ACCEPTED} | {LATE}", 1),
            ("before outcome commit", f"{ACCEPTED} | {LATE}", 1),
            ("after outcome commit", ACCEPTED, 1),
        ):
            yield _case(f"{strike} {when}", says, images, when, _struck(act))
        # committed, and nobody learns it: the claim's worker must not send any more
        for what, says, images in (("claim", NOT_MADE, 0), ("outcome", ACCEPTED, 1)):
            where = f"before {what} commit"
            yield _case(f"{strike} in {what} commit", says, images, where, _struck_in_commit(act))
    for name, says, play in (  # 10, 11
        ("before the claim", ACCEPTED, _no_room_before_claim),
        ("after the answer", f"{ACCEPTED} | {LATE}", _no_room_after),
    ):
        yield Case(
            f"no room for the server's log {name}",
            says,
            1,
            play,
            databases=("postgresql",),
            needs_small_disk=True,
            starts_workers=False,
        )


def _case(name: str, says: str, images: int, where: str, play: Play) -> Case:
    trouble = Trouble(where, STOP)  # stopped there, the worker waits for what happens next
    return Case(
        name, says, images, play, trouble=trouble, databases=("postgresql",), check=_sent_once
    )


def _sent_once(house: House) -> None:
    require(house.posts <= 1, f"{house.posts} calls reached SCP")


def _struck(act: Callable[[House], None]) -> Play:
    def play(house: House) -> None:
        house.ask()
        house.wait(lambda: bool(house.workers.stopped()))
        act(house)
        house.settle()

    return play


def _struck_in_commit(act: Callable[[House], None]) -> Play:
    def play(house: House) -> None:
        house.ask()
        house.wait(lambda: bool(house.workers.stopped()))
        with house.database.server.unanswered(house.workers.wake):
            act(house)
        house.settle()

    return play


def _crash(house: House) -> None:
    house.database.server.crash()
    house.workers.wake()
    time.sleep(_AWAY_SECONDS)
    house.database.server.start()
    house.reconnect()


def _cut(house: House) -> None:
    house.database.server.hang_up()
    house.reconnect()
    house.workers.wake()


def _no_room_before_claim(house: House) -> None:
    with _small_log(house):
        house.wait_for_workers()
        with contextlib.ExitStack() as stack:
            with house.asleep():
                house.ask()
                stack.enter_context(_no_room(house))
            time.sleep(1)
            require(house.posts == 0, "something was sent that could not be recorded")
        house.settle()


def _no_room_after(house: House) -> None:
    with _small_log(house):
        answered_while(house, _no_room(house), seconds=1)
        house.settle()
    one_call(house)


@contextlib.contextmanager
def _small_log(house: House) -> Iterator[None]:
    """Let workers work while the server's log lies on the small disk."""
    with house.database.server.log_on(house.folder.parent):
        house.reconnect()
        house.start_workers()
        yield
        house.workers.end()
    house.reconnect()


@contextlib.contextmanager
def _no_room(house: House) -> Iterator[None]:
    """The server dies for want of room, and is started when there is room again."""
    ballast = house.folder / "ballast"
    fill(ballast)
    house.database.server.write_until_dead()
    try:
        yield
    finally:
        ballast.unlink()
        house.database.server.start()
        house.reconnect()
