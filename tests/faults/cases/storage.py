"""Cases about a database that cannot take what came: locked, or on a full disk."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

from images.vocabulary import State
from tests.faults.case import Case
from tests.faults.disks import fill
from tests.faults.house import House, require
from tests.faults.web import WebServer, filled, form_url

ACCEPTED = "recorded sending accepted"
ALARM = "An answer of SCP could not be recorded yet"
# the lease may be over before the spilled answer is played into the database
LATE = "recorded sending unknown answered_late accepted"


def cases() -> Iterator[Case]:
    yield Case("database locked before the claim", ACCEPTED, 1, _locked_before)  # 8
    yield Case("database locked after the answer", ACCEPTED, 1, _locked_after)  # 9
    yield Case(
        "database locked until the lease is over", f"{ACCEPTED} | {LATE}", 1, _locked_for_long
    )
    yield Case(
        "locked after the answer, worker killed, unlocked",
        f"{ACCEPTED} | {LATE}",
        1,
        _killed_spilled,
    )
    for name, says, play in (  # 10, 11
        ("before the wish", ACCEPTED, _full_before_wish),
        ("before the claim", ACCEPTED, _full_before_claim),
        ("after the answer", f"{ACCEPTED} | {LATE}", _full_after),
    ):
        yield Case(f"disk full {name}", says, 1, play, needs_small_disk=True)


def _locked_before(house: House) -> None:
    house.wait_for_workers()
    with contextlib.ExitStack() as stack:
        with house.asleep():
            house.ask()
            stack.enter_context(house.database.locked(house.name))
        time.sleep(3)
        require(house.posts == 0, "something was sent that could not be recorded")
    house.settle()


def _locked_after(house: House) -> None:
    answered_while(house, house.database.locked(house.name), seconds=2)
    house.settle()
    one_call(house)


def _locked_for_long(house: House) -> None:
    answered_while(house, house.database.locked(house.name), seconds=5)
    house.settle()
    one_call(house)


def _killed_spilled(house: House) -> None:
    def strike() -> None:
        time.sleep(2)  # longer than a worker waits for the lock: it has spilled
        house.workers.signal(signal.SIGKILL)

    answered_while(house, house.database.locked(house.name), seconds=2.5, then=strike)
    house.settle()
    one_call(house)


def _full_before_wish(house: House) -> None:
    house.wait_for_workers()
    with WebServer(house) as web:
        alice = web.visitor("alice")
        form = filled(alice.get(form_url(house)))
        with contextlib.ExitStack() as stack:
            with house.asleep():
                stack.enter_context(full_disk(house))
                page = alice.post(form_url(house), form)
                require(page.status == 503, f"answered {page.status} instead of 503")
                require("Nothing is sent" in page.text, "the page does not say what was sent")
            time.sleep(1)
            require(house.posts == 0, "something was sent that was never recorded")
        require(not house.requests, "a wish was recorded on a full disk")
        require(alice.post(form_url(house), form).status == 302, "the form is of no use any more")
        house.settle()


def _full_before_claim(house: House) -> None:
    house.wait_for_workers()
    with contextlib.ExitStack() as stack:
        with house.asleep():
            house.ask()
            stack.enter_context(full_disk(house))
        time.sleep(2)
        require(house.posts == 0, "something was sent that could not be recorded")
    house.settle()


def _full_after(house: House) -> None:
    with WebServer(house) as web:
        alice = web.visitor("alice")

        def read() -> None:
            time.sleep(1.5)
            page = alice.get(house.request.get_absolute_url())
            require(page.status == 200, f"the page answers {page.status} on a full disk")
            require(ALARM in page.text, "the page does not say that an answer waits")

        answered_while(house, full_disk(house), seconds=0.5, then=read)
        house.settle()
        page = alice.get(house.request.get_absolute_url())
        require(ALARM not in page.text, "the page says so after it was recorded, too")
    one_call(house)


def answered_while(
    house: House,
    trouble: contextlib.AbstractContextManager[None],
    *,
    seconds: float,
    then: Callable[[], None] | None = None,
) -> None:
    """Let the answer come while the database is in trouble, which lasts this long."""
    house.wait_for_workers()
    with contextlib.ExitStack() as stack:
        with house.scp.lock:  # no call is answered meanwhile
            house.ask()
            house.wait_for(State.SENDING)
            stack.enter_context(trouble)
        (then or (lambda: None))()
        time.sleep(seconds)


@contextlib.contextmanager
def full_disk(house: House) -> Iterator[None]:
    ballast = house.folder / "ballast"
    for _ in range(3):
        house.database.use_up()
        fill(ballast)
    try:
        yield
    finally:
        ballast.unlink()


def one_call(house: House) -> None:
    require(house.posts == 1, f"{house.posts} calls reached SCP")
