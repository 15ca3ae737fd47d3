"""`/history/`: what the filters in its address narrow it to."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from images.models import AuditEvent, User
from images.vocabulary import State
from tests.events import make_event
from tests.pages.reading import Answer, by_id, elements, links, words
from tests.people import Browse, make_key, make_request

URL = reverse("history")
SEOUL = ZoneInfo("Asia/Seoul")


def at(**query: object) -> str:
    return f"{URL}?{urlencode(query, doseq=True)}"


def shown(answer: Answer) -> list[AuditEvent]:
    return [row.event for row in answer.context["page"].rows]


class TestFilters:
    @pytest.fixture
    def three(self, alice: User, dora: User) -> None:
        """Three acts; midnight in Seoul parts the last two, which UTC does not see."""
        web = make_request(
            make_key(alice, alias="prod"),
            image_name="web",
            server_name="web01",
            image_id="aaaaaaaa-1111-4222-8333-444455556666",
        )
        db = make_request(
            make_key(dora, alias="dev", region="kr-east1"),
            image_name="db",
            server_name="db01",
            server_id="bbbbbbbb-1111-4222-8333-444455556666",
            reason="Because of DB",
            ticket="CHG-2",
            state=State.READY,
        )
        make_event("request.ready", request=db, at=datetime(2026, 2, 1, tzinfo=SEOUL))
        late = datetime(2026, 3, 1, 23, 59, tzinfo=SEOUL)
        make_event("request.recorded", actor=alice, request=web, at=late)
        midnight = datetime(2026, 3, 2, tzinfo=SEOUL)
        make_event("request.cancelled", actor=dora, request=db, at=midnight)

    @pytest.mark.usefixtures("three")
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["db", "web"]),
            ({"q": "because of db"}, ["db"]),
            ({"q": "WEB01"}, ["web"]),
            ({"q": "nothing is called so"}, []),
            ({"state": "ready"}, ["db"]),
            ({"state": "no such state"}, ["db", "web"]),
            ({"person": "ali"}, ["web"]),
            ({"server": "DB0"}, ["db"]),
            ({"server": "bbbbbbbb-1111"}, ["db"]),
            ({"image": "web"}, ["web"]),
            ({"image": "aaaaaaaa"}, ["web"]),
            ({"place": "e/kr-east1"}, ["db"]),
            ({"place": "e"}, ["db", "web"]),
            ({"place": "gone/region-of-then"}, []),
            ({"place": "<no place>"}, ["db", "web"]),
            ({"key": "PROD"}, ["web"]),
            ({"key": "prod", "state": "ready"}, []),
            ({"ticket": "chg"}, ["db"]),
            ({"since": "2026-03-02"}, ["db"]),
            ({"until": "2026-03-01"}, ["web"]),
            ({"since": "2026-03-01", "until": "2026-03-02"}, ["db", "web"]),
            ({"since": "2026-03-03"}, []),
            ({"since": "2026-02-31"}, ["db", "web"]),
            ({"until": "yesterday"}, ["db", "web"]),
            ({"since": "2026-03-02", "until": "2026-03-01"}, ["db"]),
            ({"since": "0001-01-03"}, ["db", "web"]),
            ({"until": "9999-12-30"}, ["db", "web"]),
            ({"period": "30m"}, ["db"]),
            ({"period": "1h"}, ["db", "web"]),
            ({"period": "never"}, ["db", "web"]),
            ({"period": "30m", "until": "2026-03-01"}, ["web"]),
            ({"show": "all"}, ["db", "web", "db"]),
            ({"show": "machine"}, ["db"]),
            ({"show": "nobody"}, ["db", "web"]),
            ({"q": "a\0b"}, ["db", "web"]),
            ({"q": "x" * 300}, ["db", "web"]),
            ({"before": "0"}, ["db", "web"]),
            ({"before": "3"}, ["web"]),
            ({"after": "x"}, ["db", "web"]),
            ({"before": "9" * 30, "after": "9" * 5000}, ["db", "web"]),
        ],
    )
    def test_the_address_narrows_the_list(
        self, bob: User, browse: Browse, query: dict[str, str], found: list[str]
    ) -> None:
        with time_machine.travel(datetime(2026, 3, 2, 0, 29, 30, tzinfo=SEOUL), tick=False):
            page = browse(bob).get(at(**query))
        assert page.status_code == 200
        events = [event for event in shown(page) if event.request]
        assert [event.request.image_name for event in events if event.request] == found

    @pytest.mark.parametrize("query", [{"since": "0001-01-01"}, {"until": "9999-12-31"}])
    def test_the_ends_of_the_calendar_do_not_break_the_page(
        self, bob: User, browse: Browse, query: dict[str, str]
    ) -> None:
        assert browse(bob).get(at(**query)).status_code == 200

    def test_a_date_that_is_none_is_said_beside_its_field(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(at(since="2026-02-31"))
        assert "Enter a date such as 2026-11-23." in words(page)
        assert by_id(page, "id_since").attributes["value"] == "2026-02-31"

    def test_what_was_chosen_stands_in_the_form_again(self, bob: User, browse: Browse) -> None:
        query = {"q": "web", "state": "ready", "person": "ali", "place": "x/y", "ticket": "7"}
        page = browse(bob).get(at(since="2026-03-01", **query))
        for name in ("q", "person", "ticket"):
            assert by_id(page, f"id_{name}").attributes["value"] == query[name]
        assert by_id(page, "id_since").attributes["value"] == "2026-03-01"
        selected = [e.attributes["value"] for e in elements(page) if "selected" in e.attributes]
        assert selected == ["ready", "x/y"]

    def test_what_is_folded_away_opens_when_it_narrows(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        for query, is_open in (
            ({"q": "x"}, False),
            ({"server": "x"}, True),
            ({"place": "e"}, True),
        ):
            folds = [e for e in elements(browser.get(at(**query))) if e.tag == "details"]
            more = next(each for each in folds if each.attributes["class"] == "more")
            assert ("open" in more.attributes) is is_open, query

    def test_chips_keep_what_is_not_theirs(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(at(q="web", since="2026-03-01", show="all", before=9, state=""))
        assert {"?q=web&show=all&period=1h", "?q=web&since=2026-03-01"} <= links(page)
        assert "?q=web&since=2026-03-01&show=machine" in links(page)

    @pytest.mark.parametrize(
        ("query", "marked"),
        [
            ({}, ["?", "?"]),
            (
                {"period": "1h", "show": "machine"},
                ["?period=1h&show=machine", "?period=1h&show=machine"],
            ),
            # Own days win, so that no period is marked: only whose acts.
            ({"period": "1h", "since": "2026-03-01"}, ["?period=1h&since=2026-03-01"]),
        ],
    )
    def test_the_chosen_chips_are_marked(
        self, bob: User, browse: Browse, query: dict[str, str], marked: list[str]
    ) -> None:
        page = browse(bob).get(at(**query))
        found = [e.attributes for e in elements(page) if e.attributes.get("aria-current") == "true"]
        assert [each["href"] for each in found] == marked
