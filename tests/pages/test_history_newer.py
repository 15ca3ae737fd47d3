"""`/history/newer/`: what came since a page of the history was shown, without moving its rows."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import User
from tests.events import make_acts, make_event
from tests.pages.reading import Answer, by_id, elements, links, words
from tests.people import Browse, make_key, make_request

URL, NEWER = reverse("history"), reverse("history-newer")
PART = {"HX-Request": "true"}
POLL = {**PART, "Console-Poll": "1"}


def ask_again(browser: Client, page: Answer) -> Answer:
    """Do what the page does half a minute later."""
    where = by_id(page, "history-newer").attributes["hx-get"]
    return browser.get(urljoin(URL, where), headers=POLL)


@pytest.fixture
def bobs(bob: User, browse: Browse) -> Client:
    return browse(bob)


def test_nothing_new_says_nothing(bobs: Client, alice: User) -> None:
    make_acts(3, alice)
    part = ask_again(bobs, bobs.get(URL))
    assert words(part) == ""
    assert by_id(part, "history-newer").attributes["data-announce"] == ""


def test_it_counts_and_leads_to_a_fresh_page(bobs: Client, alice: User) -> None:
    page = bobs.get(URL)
    make_event("session.signed_in", actor=alice)
    first = ask_again(bobs, page)
    assert "There is 1 newer event. Show it" in words(first)
    make_acts(2, alice)
    second = ask_again(bobs, first)  # the part goes on from where the page ends, not from itself
    assert "There are 3 newer events. Show them" in words(second)
    [link] = links(second)
    assert urljoin(URL, link).partition("?")[0] == URL
    assert words(ask_again(bobs, bobs.get(link))) == ""


def test_it_is_spoken_once_however_many_come(bobs: Client, alice: User) -> None:
    page, said = bobs.get(URL), []
    for _ in range(2):
        make_event("session.signed_in", actor=alice)
        page = ask_again(bobs, page)
        said.append(by_id(page, "history-newer").attributes["data-announce"])
    assert said == ["There are newer events."] * 2


def test_it_stops_counting_in_the_end(bobs: Client, alice: User) -> None:
    page = bobs.get(URL)
    make_acts(99, alice)
    assert "There are 99 newer events." in words(ask_again(bobs, page))
    make_acts(1, alice)
    assert "There are more than 99 newer events." in words(ask_again(bobs, page))


def test_the_filters_hold_and_stay_in_the_way_on(bobs: Client, alice: User, bob: User) -> None:
    page = bobs.get(URL, {"person": "alice", "show": "all"})
    make_acts(2, bob)
    make_event("session.signed_in", actor=alice)
    part = ask_again(bobs, page)
    assert "There is 1 newer event." in words(part)
    [link] = links(part)
    assert {"person=alice", "show=all"} == set(link.partition("?")[2].split("&"))


def test_an_empty_page_learns_of_the_first_event(bobs: Client, alice: User) -> None:
    page = bobs.get(URL, {"person": "alice"})
    assert "Nothing matches these filters." in words(page)
    make_event("session.signed_in", actor=alice)
    assert "There is 1 newer event." in words(ask_again(bobs, page))


def test_older_pages_are_left_alone(bobs: Client, alice: User) -> None:
    events = make_acts(60, alice)
    page = bobs.get(URL, {"before": events[5].sequence})
    assert "history-newer" not in {each.attributes.get("id") for each in elements(page)}


def test_an_operator_hears_of_ones_own_alone(alice: User, dora: User, browse: Browse) -> None:
    browser = browse(alice)
    page = browser.get(URL)
    make_acts(2, dora)
    make_event("request.recorded", actor=dora, request=make_request(make_key(dora)))
    assert words(ask_again(browser, page)) == ""
    make_event("request.recorded", actor=alice, request=make_request(make_key(alice)))
    assert "There is 1 newer event." in words(ask_again(browser, page))


def test_the_page_asks_as_a_poll_that_keeps_no_session_alive(bob: User, bobs: Client) -> None:
    page = bobs.get(URL)
    attributes = by_id(page, "history-newer").attributes
    assert "data-poll" in attributes
    assert attributes["hx-trigger"] == "every 30s, catch-up"
    state = reverse("session-state")
    later = timezone.now() + timedelta(minutes=10)
    with time_machine.travel(later):
        ask_again(bobs, page)
        left = bobs.get(state, headers=POLL).json()["seconds"]
    assert left < 21 * 60


def test_opened_as_a_page_it_leads_to_the_history(bobs: Client) -> None:
    answer = bobs.get(NEWER, {"after": "3", "person": "alice"})
    assert answer["Location"] == f"{URL}?person=alice"


@pytest.mark.parametrize("after", ["", "x", "-1", "99999999999999999999"])
def test_an_odd_place_breaks_nothing(bobs: Client, after: str) -> None:
    assert bobs.get(NEWER, {"after": after}, headers=PART).status_code == 200
