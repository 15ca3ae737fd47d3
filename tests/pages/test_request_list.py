"""`/requests/`: what was asked for, by chip and search; open ones refresh themselves."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from images.models import User
from images.services.people import remove_name
from images.vocabulary import State
from tests.pages.reading import Answer, by_id, elements, links, text, words
from tests.people import Browse, make_key, make_request

URL = reverse("request-list")
SEOUL = ZoneInfo("Asia/Seoul")


def names(answer: Answer) -> list[str]:
    return [asked.image_name for asked in answer.context["page"].object_list]


def at(**query: object) -> str:
    return f"{URL}?{urlencode(query)}"


class TestWhoseRequests:
    def test_an_operator_reads_ones_own(self, alice: User, dora: User, browse: Browse) -> None:
        make_request(make_key(alice), image_name="mine")
        make_request(make_key(dora), image_name="doras")
        page = browse(alice).get(URL)
        assert names(page) == ["mine"]
        assert "Your requests, newest first." in words(page)
        assert "Who" not in words(page).split()

    def test_auditor_and_administrator_read_all_and_who_asked(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        make_request(make_key(alice), image_name="alices")
        make_request(make_key(dora), image_name="doras")
        for person in (bob, dora):
            page = browse(person).get(URL)
            assert names(page) == ["doras", "alices"]
            assert "Every request of every person, newest first." in words(page)
            assert "Who" in words(page).split()

    def test_a_name_that_was_removed_is_gone_here_too(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        make_request(make_key(alice))
        assert " alice " in words(browse(bob).get(URL))
        remove_name(name="alice")
        said = words(browse(bob).get(URL))
        assert "alice" not in said
        assert "(name removed)" in said

    def test_without_a_role_there_is_no_such_page(self, charlie: User, browse: Browse) -> None:
        assert browse(charlie).get(URL).status_code == 404


class TestRows:
    def test_each_tells_what_who_why_and_how_long(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        recorded_at = datetime(2026, 11, 23, 16, 50, 12, tzinfo=SEOUL)
        asked = make_request(
            make_key(alice),
            image_id="c1b0a7de-1111-4222-8333-444455556666",
            state=State.READY,
            reason="before the upgrade",
            ticket="CHG-77",
            recorded_at=recorded_at,
            settled_at=recorded_at + timedelta(seconds=80),
        )
        page = browse(bob).get(URL)
        said = words(page)
        assert "1 request " in said
        for part in (
            "2026-11-23 16:50:12 KST",
            asked.image_name,
            "web01",
            "alice",
            "Ready",
            "before the upgrade CHG-77",
            "1 min 20 s",
        ):
            assert part in said
        assert asked.get_absolute_url() in links(page)
        copies = {each.attributes.get("data-copy") for each in elements(page)}
        assert {asked.image_id, asked.server_id} <= copies

    def test_hostile_text_is_text_and_made_visible(self, alice: User, browse: Browse) -> None:
        bad = '"><script>alert(1)</script>\u202ex'
        make_request(make_key(alice), server_name=bad, reason=bad, ticket=bad)
        page = browse(alice).get(URL)
        assert "<script>alert" not in text(page)
        assert "\u202e" not in text(page)
        assert words(page).count("<script>alert(1)</script>‹U+202E›x") == 3

    def test_fifty_rows_cost_as_many_queries_as_ten(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        browser, counts = browse(bob), []
        for more in (5, 20):
            for person in (alice, dora):
                key = make_key(person)
                for _ in range(more):
                    make_request(key, state=State.READY, image_id="")
            with CaptureQueriesContext(connection) as queries:
                browser.get(URL)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_equal_times_do_not_slip_between_pages(self, alice: User, browse: Browse) -> None:
        key, now = make_key(alice), timezone.now()
        for number in range(60):
            make_request(key, image_name=f"image-{number}", recorded_at=now)
        browser = browse(alice)
        seen = names(browser.get(URL)) + names(browser.get(at(page=2)))
        assert len(seen) == len(set(seen)) == 60


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["db", "web"]),
        ({"q": "WEB01"}, ["web"]),
        ({"q": "because of db"}, ["db"]),
        ({"q": "CHG-2"}, ["db"]),
        ({"q": "aaaaaaaa-1111-4222-8333-444455556666"}, ["web"]),
        ({"q": "alice"}, ["web"]),
        ({"q": "nothing is called so"}, []),
        ({"group": "ready"}, ["db"]),
        ({"group": "in_progress"}, ["web"]),
        ({"group": "needs_look"}, []),
        ({"group": "ended_badly"}, []),
        ({"group": "all"}, ["db", "web"]),
        ({"group": "in_progress", "q": "db"}, []),
        ({"group": "no such chip"}, ["db", "web"]),
        ({"q": "a\0b"}, ["db", "web"]),
        ({"q": "x" * 300}, ["db", "web"]),
        ({"page": "0"}, ["db", "web"]),
        ({"page": "x"}, ["db", "web"]),
    ],
)
def test_the_address_narrows_the_list(
    alice: User, bob: User, dora: User, browse: Browse, query: dict[str, str], found: list[str]
) -> None:
    make_request(
        make_key(alice),
        image_name="web",
        server_name="web01",
        image_id="aaaaaaaa-1111-4222-8333-444455556666",
    )
    make_request(
        make_key(dora),
        image_name="db",
        server_name="db01",
        reason="Because of DB",
        ticket="CHG-2",
        state=State.READY,
    )
    page = browse(bob).get(at(**query))
    assert page.status_code == 200
    assert names(page) == found


class TestChips:
    def test_the_chosen_one_is_marked_and_the_search_stays(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(at(group="ready", q="web", page=3))
        current = [e for e in elements(page) if e.attributes.get("aria-current") == "true"]
        assert [each.attributes["href"] for each in current] == ["?group=ready&q=web"]
        assert {"?q=web", "?group=in_progress&q=web", "?group=needs_look&q=web"} <= links(page)
        assert by_id(page, "id_q").attributes["value"] == "web"
        assert by_id(page, "id_group").attributes["value"] == "ready"

    def test_without_one_it_is_all(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(URL)
        current = [e for e in elements(page) if e.attributes.get("aria-current") == "true"]
        assert [each.attributes["href"] for each in current] == ["?"]


class TestOpenRequests:
    def test_while_one_is_open_the_list_looks_again(self, alice: User, browse: Browse) -> None:
        key = make_key(alice)
        make_request(key, state=State.READY)
        make_request(key, recorded_at=timezone.now() - timedelta(seconds=200))
        rows = by_id(browse(alice).get(at(q="web01")), "request-rows").attributes
        assert rows["hx-get"] == "?q=web01&page=1"
        assert rows["hx-trigger"] == "every 10s, catch-up"
        assert rows["hx-select"] == "#request-rows"
        assert "data-poll" in rows

    @pytest.mark.parametrize(
        ("state", "minutes", "spoken"),
        [
            (State.ACCEPTED, None, "web01: Accepted · image id issued"),
            (State.READY, 1, "web01: Ready"),
            (State.READY, 61, None),
            (State.READY, None, None),
        ],
    )
    def test_a_row_is_spoken_while_its_state_may_have_changed(
        self,
        alice: User,
        browse: Browse,
        state: State,
        minutes: int | None,
        spoken: str | None,
    ) -> None:
        settled_at = None if minutes is None else timezone.now() - timedelta(minutes=minutes)
        asked = make_request(make_key(alice), state=state, settled_at=settled_at)
        row = by_id(browse(alice).get(URL), f"request-{asked.pk}")
        assert row.attributes.get("data-announce") == spoken

    def test_the_chips_look_again_with_the_list(self, alice: User, browse: Browse) -> None:
        make_request(make_key(alice))
        page = browse(alice).get(URL)
        assert by_id(page, "request-rows").attributes["hx-select-oob"] == "#request-chips"
        assert "In progress 1 Needs a look 0" in words(page)
        by_id(page, "request-chips")

    def test_when_all_is_settled_it_rests(self, alice: User, browse: Browse) -> None:
        make_request(make_key(alice), state=State.READY)
        rows = by_id(browse(alice).get(URL), "request-rows").attributes
        assert "hx-get" not in rows
        assert "data-poll" not in rows


def test_pages_keep_chip_and_search(alice: User, browse: Browse) -> None:
    key = make_key(alice)
    start = timezone.now() - timedelta(days=1)
    for number in range(120):
        at_then = start + timedelta(minutes=number)
        name = f"web-{number:03d}"
        make_request(key, image_name=name, recorded_at=at_then, state=State.READY)
    page = browse(alice).get(at(q="web", group="ready", page=2))
    assert names(page)[0] == "web-069"
    assert "51 to 100 of 120" in words(page)
    assert {"?q=web&group=ready&page=1", "?q=web&group=ready&page=3"} <= links(page)


def test_empty_and_empty_by_filter_look_different(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    never = browser.get(URL)
    assert "No requests yet. Choose a server to make the first image." in words(never)
    assert reverse("server-list") in links(never)
    for query in ({"q": "x"}, {"group": "ready"}):
        filtered = browser.get(at(**query))
        assert "Nothing matches these filters." in words(filtered)
        assert "No requests yet" not in words(filtered)
        assert URL in links(filtered)


def test_an_auditor_is_not_sent_where_the_role_forbids(bob: User, browse: Browse) -> None:
    page = browse(bob).get(URL)
    assert "No requests yet." in words(page)
    assert reverse("server-list") not in links(page)


def test_htmx_gets_the_list_alone(alice: User, browse: Browse) -> None:
    part = browse(alice).get(URL, headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    by_id(part, "requests")  # what htmx replaces is there, once
    assert "HX-Request" in part["Vary"]
