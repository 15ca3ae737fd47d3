"""`/history/`: every request that one may read, narrowed by the address."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from images.models import User
from images.vocabulary import State
from tests.pages.reading import Answer, by_id, elements, links, text, words
from tests.people import Browse, make_key, make_request

URL = reverse("history")
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
        assert "person" not in page.context["form"].fields

    def test_auditor_and_administrator_read_all_and_who_asked(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        make_request(make_key(alice), image_name="alices")
        make_request(make_key(dora), image_name="doras")
        for person in (bob, dora):
            page = browse(person).get(URL)
            assert names(page) == ["doras", "alices"]
            assert "Every request of every person, newest first." in words(page)
            assert "Person" in words(page)

    def test_the_person_filter_of_the_address_is_no_way_around(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        make_request(make_key(alice), image_name="mine")
        make_request(make_key(dora))
        assert names(browse(alice).get(at(person="dora"))) == ["mine"]

    def test_requests_outlive_the_name_of_who_asked(self, bob: User, browse: Browse) -> None:
        asked = make_request(make_key(bob), actor_name="a name of then")
        assert "a name of then" in words(browse(bob).get(URL))
        assert asked.get_absolute_url() in links(browse(bob).get(URL))


class TestRows:
    def test_each_tells_when_who_what_and_why_and_leads_to_its_page(
        self, alice: User, browse: Browse
    ) -> None:
        asked = make_request(
            make_key(alice, alias="prod key"),
            image_id="c1b0a7de-1111-4222-8333-444455556666",
            state=State.READY,
            reason="before the upgrade",
            ticket="CHG-77",
            recorded_at=datetime(2026, 11, 23, 16, 50, 12, tzinfo=SEOUL),
        )
        page = browse(alice).get(URL)
        said = words(page)
        assert "1 request " in said
        for part in (
            "2026-11-23 16:50:12 KST",
            asked.image_name,
            "web01",
            "Ready",
            "before the upgrade CHG-77",
            "prod key",
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

    def test_fifty_rows_cost_as_many_queries_as_ten(self, bob: User, browse: Browse) -> None:
        key, browser, counts = make_key(bob), browse(bob), []
        for more in (10, 40):
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
        ({"q": "WEB01"}, ["web"]),
        ({"q": "web"}, ["web"]),
        ({"q": "because of db"}, ["db"]),
        ({"q": "CHG-2"}, ["db"]),
        ({"q": "aaaaaaaa-1111-4222-8333-444455556666"}, ["web"]),
        ({"q": "BBBBBBBB-1111-4222-8333-444455556666"}, ["db"]),
        ({"q": "nothing is called so"}, []),
        ({"state": "ready"}, ["db"]),
        ({"state": "no such state"}, ["db", "web"]),
        ({"person": "ali"}, ["web"]),
        ({"key": "PROD"}, ["web"]),
        ({"key": "prod", "state": "ready"}, []),
        ({"since": "2026-03-02"}, ["db"]),
        ({"until": "2026-03-01"}, ["web"]),
        ({"since": "2026-03-01", "until": "2026-03-02"}, ["db", "web"]),
        ({"since": "2026-03-03"}, []),
        ({"since": "2026-02-31"}, ["db", "web"]),
        ({"until": "yesterday"}, ["db", "web"]),
        ({"since": "0001-01-03"}, ["db", "web"]),
        ({"until": "9999-12-30"}, ["db", "web"]),
        ({"q": "a\0b"}, ["db", "web"]),
        ({"q": "x" * 300}, ["db", "web"]),
        ({"page": "0"}, ["db", "web"]),
        ({"page": "x"}, ["db", "web"]),
    ],
)
def test_the_address_narrows_the_list(
    alice: User, bob: User, dora: User, browse: Browse, query: dict[str, str], found: list[str]
) -> None:
    # Midnight in Seoul parts the two days; in UTC both fall on the first of March.
    make_request(
        make_key(alice, alias="prod"),
        image_name="web",
        server_name="web01",
        image_id="aaaaaaaa-1111-4222-8333-444455556666",
        recorded_at=datetime(2026, 3, 1, 23, 59, tzinfo=SEOUL),
    )
    make_request(
        make_key(dora, alias="dev"),
        image_name="db",
        server_name="db01",
        server_id="bbbbbbbb-1111-4222-8333-444455556666",
        reason="Because of DB",
        ticket="CHG-2",
        state=State.READY,
        recorded_at=datetime(2026, 3, 2, 0, 0, tzinfo=SEOUL),
    )
    page = browse(bob).get(at(**query))
    assert page.status_code == 200
    assert names(page) == found


@pytest.mark.parametrize("query", [{"since": "0001-01-01"}, {"until": "9999-12-31"}])
def test_the_ends_of_the_calendar_do_not_break_the_page(
    bob: User, browse: Browse, query: dict[str, str]
) -> None:
    assert browse(bob).get(at(**query)).status_code == 200


def test_a_date_that_is_none_is_said_beside_its_field(bob: User, browse: Browse) -> None:
    page = browse(bob).get(at(since="2026-02-31"))
    assert "Enter a date such as 2026-11-23." in words(page)
    assert by_id(page, "id_since").attributes["value"] == "2026-02-31"


def test_what_was_chosen_stands_in_the_form_again(bob: User, browse: Browse) -> None:
    page = browse(bob).get(at(q="web", state="ready", person="ali", since="2026-03-01"))
    assert by_id(page, "id_q").attributes["value"] == "web"
    assert by_id(page, "id_person").attributes["value"] == "ali"
    assert by_id(page, "id_since").attributes["value"] == "2026-03-01"
    chosen = [each.attributes["value"] for each in elements(page) if "selected" in each.attributes]
    assert chosen == ["ready"]


def test_pages_keep_the_filters(alice: User, browse: Browse) -> None:
    key = make_key(alice)
    start = timezone.now() - timedelta(days=1)
    for number in range(120):
        at_then = start + timedelta(minutes=number)
        make_request(key, image_name=f"web-{number:03d}", recorded_at=at_then)
    page = browse(alice).get(at(q="web", page=2))
    assert names(page)[0] == "web-069"
    assert "51 to 100 of 120" in words(page)
    assert {"?q=web&page=1", "?q=web&page=3"} <= links(page)


def test_empty_and_empty_by_filter_look_different(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    never, filtered = browser.get(URL), browser.get(at(q="x"))
    assert "No requests yet. Choose a server to make the first image." in words(never)
    assert reverse("server-list") in links(never)
    assert "Nothing matches these filters." in words(filtered)
    assert "No requests yet" not in words(filtered)


def test_an_auditor_is_not_sent_where_the_role_forbids(bob: User, browse: Browse) -> None:
    assert reverse("server-list") not in links(browse(bob).get(URL))


def test_htmx_gets_the_table_alone(alice: User, browse: Browse) -> None:
    part = browse(alice).get(URL, headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    by_id(part, "history")  # what htmx replaces is there, once
    assert "HX-Request" in part["Vary"]
