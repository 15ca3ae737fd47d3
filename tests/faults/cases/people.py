"""Cases about people: many clicks, many tabs, others, and what changes while a request waits."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from images import jobs
from images.models import ImageRequest, User
from images.scp.errors import Reason
from images.services import keys
from images.vocabulary import OwnReason, Role, State
from tests.faults.case import Case
from tests.faults.house import House, require
from tests.faults.web import Page, Visitor, WebServer, filled, form_url

ACCEPTED = "recorded sending accepted"
UNSENT = "recorded refused"


def cases() -> Iterator[Case]:
    yield Case("ten submits in 50 ms", ACCEPTED, 1, _ten_submits)  # 31
    yield Case("two tabs, one form", ACCEPTED, 1, _one_form_in_two_tabs)  # 32
    yield Case("two tabs, two forms of one server", ACCEPTED, 1, _two_forms)
    yield Case("two people, one server", ACCEPTED, 1, _two_people)  # 33
    yield Case("session ended before the submit", ACCEPTED, 1, _session_ended)  # 35
    yield Case("database locked as the form comes in", ACCEPTED, 1, _locked_at_submit)  # 8
    yield Case("two workers, one row", ACCEPTED, 1, _many_wake_ups)  # 34
    yield Case("key disabled in mid-run", f"{ACCEPTED} | {UNSENT}", 1, _key_disabled)  # 36
    yield Case("role removed in mid-run", f"{ACCEPTED} | {UNSENT}", 1, _role_removed)  # 37
    yield Case("server deleted meanwhile", "recorded sending refused", 0, _server_deleted)  # 38


def _ten_submits(house: House) -> None:
    with WebServer(house) as web:
        alice = web.visitor("alice")
        form = filled(alice.get(form_url(house)))
        pages = _at_once([alice.twin() for _ in range(10)], [form_url(house)] * 10, [form] * 10)
        require({page.status for page in pages} == {302}, f"{_statuses(pages)} instead of 302")
        require(len({page.location for page in pages}) == 1, "they lead to different pages")
        house.settle()
    _one_row(house)


def _one_form_in_two_tabs(house: House) -> None:
    with WebServer(house) as web:
        alice = web.visitor("alice")
        form = filled(alice.get(form_url(house)))
        first = alice.post(form_url(house), form)
        second = alice.twin().post(form_url(house), {**form, "reason": "said otherwise"})
        require(first.location == second.location != "", "they lead to different pages")
        house.settle()
    _one_row(house)


def _two_forms(house: House) -> None:
    with WebServer(house) as web:
        tabs = [web.visitor("alice") for _ in range(2)]
        url = form_url(house)
        forms = [filled(tab.get(url)) for tab in tabs]
        pages = _at_once(tabs, [url] * 2, forms)
        require(_statuses(pages) == [302, 422], f"the answers are {_statuses(pages)}")
        house.settle()
    _one_row(house)


def _two_people(house: House) -> None:
    with WebServer(house) as web:
        names = ["alice", "carol"]
        people = [web.visitor(name) for name in names]
        urls = [form_url(house, person=name) for name in names]
        forms = [filled(each.get(url)) for each, url in zip(people, urls, strict=True)]
        pages = _at_once(people, urls, forms)
        require(_statuses(pages) == [302, 422], f"the answers are {_statuses(pages)}")
        told = next(page.text for page in pages if page.status == 422)
        require("already being made" in told, "the second is not told why")
        house.settle()
    _one_row(house)


def _session_ended(house: House) -> None:
    with WebServer(house) as web:
        alice = web.visitor("alice")
        form = filled(alice.get(form_url(house)))
        alice.cookies.pop("session")
        page = alice.post(form_url(house), form)
        require(page.status == 401 and "You are signed out" in page.text, f"answered {page.status}")
        require(page.field("reason") == form["reason"], "what was typed is lost")
        require(not house.requests, "something was recorded for nobody")
        alice.sign_in("alice")
        again = filled(alice.get(form_url(house)))
        require(alice.post(form_url(house), again).status == 302, "no way back to the form")
        house.settle()


def _locked_at_submit(house: House) -> None:
    with WebServer(house) as web:
        alice = web.visitor("alice")
        form = filled(alice.get(form_url(house)))
        with house.database.locked(house.name):
            page = alice.post(form_url(house), form)
            require(page.status == 503, f"answered {page.status} instead of 503")
            require("Nothing is sent" in page.text, "the page does not say what was sent")
            require("Traceback" not in page.text, "a traceback is shown")
            require(house.posts == 0, "something was sent that was not recorded")
        require(alice.post(form_url(house), form).status == 302, "the form is of no use any more")
        house.settle()


def _many_wake_ups(house: House) -> None:
    """Every process is awake, and the queue wakes each of them for the same row."""
    house.wait_for_workers()
    asked = house.ask()
    for _ in range(8):
        jobs.send.enqueue(str(asked.pk))
    house.settle()
    time.sleep(0.3)
    require(house.posts == 1, f"{house.posts} calls reached SCP")


def _key_disabled(house: House) -> None:
    with house.scp.lock:  # the first call is under way, and gets no answer yet
        house.ask(0)
        house.wait_for(State.SENDING)
        with house.asleep():
            later = [house.ask(number) for number in (1, 2)]
            keys.disable(actor=later[0].actor, key=later[0].key)
    house.settle()
    _all_unsent(later, OwnReason.KEY_DISABLED)


def _role_removed(house: House) -> None:
    with house.scp.lock:
        house.ask(0)
        house.wait_for(State.SENDING)
        with house.asleep():
            later = [house.ask(number) for number in (1, 2)]
            User.objects.filter(username="alice").update(role=Role.NONE)
    house.settle()
    _all_unsent(later, OwnReason.ROLE_LOST)


def _server_deleted(house: House) -> None:
    with house.asleep():
        house.ask()
        house.scp.servers.clear()
    house.settle()
    require(house.request.outcome_reason == Reason.NOT_FOUND, house.request.outcome_reason)


def _all_unsent(asked: list[ImageRequest], reason: OwnReason) -> None:
    for each in asked:
        each.refresh_from_db()
        require(each.state == State.REFUSED, f"a later request is {each.state}")
        require(each.outcome_reason == reason, f"it says {each.outcome_reason}")


def _at_once(visitors: list[Visitor], urls: list[str], forms: list[dict[str, str]]) -> list[Page]:
    with ThreadPoolExecutor(len(visitors)) as pool:
        return list(pool.map(Visitor.post, visitors, urls, forms))


def _statuses(pages: list[Page]) -> list[int]:
    return sorted(page.status for page in pages)


def _one_row(house: House) -> None:
    require(len(house.requests) == 1, f"{len(house.requests)} rows for one wish")
