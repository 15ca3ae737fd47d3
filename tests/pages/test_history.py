"""`/history/`: what happened, to whom it may be told, narrowed by the address."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AuditEvent, User
from images.services import checkpoints, people, retention
from images.vocabulary import State
from tests.events import make_acts, make_event
from tests.pages.reading import Answer, by_id, elements, links, text, words
from tests.people import Browse, make_key, make_request

URL = reverse("history")
SEOUL = ZoneInfo("Asia/Seoul")
COLUMNS = {
    "who": "Who",
    "server": "Server",
    "image": "Image",
    "outcome": "Outcome",
    "reason": "Reason",
    "key": "Access key",
    "ticket": "Ticket",
    "place": "Environment and region",
    "address": "Address",
    "sequence": "Number",
}
USUAL = ["who", "server", "image", "outcome", "reason", "key"]


def at(**query: object) -> str:
    return f"{URL}?{urlencode(query, doseq=True)}"


def shown(answer: Answer) -> list[AuditEvent]:
    return [row.event for row in answer.context["page"].rows]


def acts(answer: Answer) -> list[str]:
    """Return the actions of the shown events but for the sign-ins of the test's own browsers."""
    return [event.action for event in shown(answer) if event.action != "session.signed_in"]


class TestWhoReadsWhat:
    def test_who_reads_all_reads_it_all(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        make_event("key.added", actor=alice, key=make_key(alice))
        make_event("export.made", actor=dora)
        for person in (bob, dora):
            page = browse(person).get(URL)
            assert acts(page) == ["export.made", "key.added"]
            assert "What people did, newest first." in words(page)
            everything = browse(person).get(URL, {"show": "all"})
            assert "Every event, newest first." in words(everything)
            machines = browse(person).get(URL, {"show": "machine"})
            assert "What the console did, newest first." in words(machines)

    def test_an_operator_reads_what_is_ones_own(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        make_event("key.added", actor=alice, key=make_key(alice))
        make_event("export.made", actor=dora)
        page = browse(alice).get(URL)
        assert acts(page) == ["key.added"]
        assert "What you did, and what became of your requests and access keys" in words(page)
        assert "person" not in page.context["form"].fields

    def test_the_person_filter_of_the_address_is_no_way_around(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        make_event("key.added", actor=alice)
        make_event("export.made", actor=dora)
        assert acts(browse(alice).get(at(person="dora", show="all"))) == ["key.added"]

    def test_without_a_role_there_is_no_such_page(self, charlie: User, browse: Browse) -> None:
        assert browse(charlie).get(URL).status_code == 404

    def test_a_removed_name_is_gone_from_every_row(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        make_event("key.added", actor=alice, key=make_key(alice))
        make_event("session.failed", target=str(alice.pk), by_page=True)
        assert words(browse(bob).get(URL)).count(" alice ") == 2
        people.remove_name(name="alice")
        said = words(browse(bob).get(at(show="all")))
        assert "alice" not in said
        assert said.count("(name removed)") == 3  # the third row tells of the removal


class TestRows:
    def test_each_tells_when_who_what_and_leads_to_its_pages(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        asked = make_request(
            make_key(alice, alias="prod key"),
            image_id="c1b0a7de-1111-4222-8333-444455556666",
            state=State.READY,
            reason="before the upgrade",
            ticket="CHG-77",
        )
        then = datetime(2026, 11, 23, 16, 50, 12, tzinfo=SEOUL)
        event = make_event("request.recorded", actor=alice, request=asked, at=then)
        page = browse(bob).get(at(columns=list(COLUMNS)))
        said = words(page)
        for part in (
            "2026-11-23 16:50:12 KST",
            f" {event.sequence} alice Recorded the request. web01",
            asked.image_name,
            "Ready",
            "before the upgrade CHG-77 prod key e / kr-west1 192.0.2.7",
        ):
            assert part in said
        detail = reverse("event-detail", args=[event.sequence])
        assert {asked.get_absolute_url(), detail} <= links(page)
        copies = {each.attributes.get("data-copy") for each in elements(page)}
        assert {asked.image_id, asked.server_id} <= copies

    def test_an_expired_event_is_one_plain_row(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        long_ago = timezone.now() - timedelta(days=6 * 366)
        make_event(actor=alice, request=make_request(make_key(alice)), at=long_ago)
        retention.apply()
        page = browse(bob).get(at(columns=list(COLUMNS)))
        said = words(page)
        assert "Removed under the keeping rule; its proof is kept." in said
        assert "alice" not in said
        assert "web01" not in said

    def test_an_action_that_we_do_not_know_shows_its_key(self, bob: User, browse: Browse) -> None:
        make_event("request.odd", actor=bob)
        assert "request.odd" in words(browse(bob).get(URL))

    def test_hostile_text_is_text_and_made_visible(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        bad = '"><script>alert(1)</script>\u202ex'
        asked = make_request(make_key(alice), server_name=bad, reason=bad, ticket=bad)
        make_event(actor=alice, request=asked)
        make_event("review.signed", actor=bob, target=bad, month="2026-03", comment=bad)
        page = browse(bob).get(at(columns=list(COLUMNS)))
        assert "<script>alert" not in text(page)
        assert "\u202e" not in text(page)
        assert words(page).count("<script>alert(1)</script>‹U+202E›x") == 5

    def test_fifty_rows_cost_as_many_queries_as_ten(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        browser, counts = browse(bob), []
        for more in (10, 40):
            for number in range(more):
                person = (alice, dora)[number % 2]
                key = make_key(person)
                make_event(actor=person, request=make_request(key), key=key)
                make_event("session.failed", target=str(person.pk), by_page=True)
            with CaptureQueriesContext(connection) as queries:
                browser.get(at(columns=list(COLUMNS), before=10**6))
            counts.append(len(queries))
        # A history of more than a page is counted, too.
        assert counts[1] - counts[0] <= 1


class TestColumns:
    def test_the_usual_ones_show_without_choosing(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(URL)
        assert headings(page) == ["Time", "What happened", *(COLUMNS[name] for name in USUAL)]
        assert chosen(page) == USUAL

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("columns=ticket", ["ticket"]),
            ("columns=sequence&columns=who", ["who", "sequence"]),
            ("columns=sequence,who", ["who", "sequence"]),
            ("columns=", USUAL),
            ("columns=nonsense", USUAL),
            ("columns=nonsense,place", ["place"]),
            ("columns=who&columns=who", ["who"]),
            (f"columns={','.join(COLUMNS)}", list(COLUMNS)),
        ],
    )
    def test_the_address_says_which(
        self, bob: User, browse: Browse, query: str, names: list[str]
    ) -> None:
        page = browse(bob).get(f"{URL}?{query}")
        assert sorted(headings(page)) == sorted(
            ["Time", "What happened", *(COLUMNS[name] for name in names)]
        )
        assert chosen(page) == names

    def test_choosing_keeps_the_filters_and_filtering_keeps_the_columns(
        self, bob: User, browse: Browse
    ) -> None:
        page = browse(bob).get(at(columns=["who", "ticket"], q="x", show="all", before=7, state=""))
        hidden = {
            (each.attributes["name"], each.attributes.get("value", ""))
            for each in elements(page)
            if each.attributes.get("type") == "hidden"
        }
        assert {("columns", "who,ticket"), ("q", "x"), ("show", "all")} <= hidden
        assert "before" not in {name for name, _value in hidden}


class TestPages:
    def test_newer_and_older_keep_the_rest_of_the_address(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        first = make_acts(120, alice)[0].sequence
        browser = browse(bob)
        page = browser.get(at(person="alice", before=first + 70))
        assert [event.sequence for event in shown(page)] == list(range(first + 69, first + 19, -1))
        assert f"?person=alice&after={first + 69}" in links(page)
        assert f"?person=alice&before={first + 20}" in links(page)
        assert "120 events" in words(page)

    def test_rows_stay_when_new_events_come(self, alice: User, bob: User, browse: Browse) -> None:
        make_acts(80, alice)
        browser = browse(bob)
        url = at(before=60)
        before = shown(browser.get(url))
        make_acts(10, alice)
        assert shown(browser.get(url)) == before

    def test_more_than_a_thousand_are_not_counted(
        self, alice: User, bob: User, browse: Browse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("images.services.history_page.COUNTED_AT_MOST", 60)
        make_acts(59, alice)
        browser = browse(bob)
        assert "60 events" in words(browser.get(URL))
        make_acts(1, alice)
        assert "60+ events" in words(browser.get(URL))


class TestWhatThePageSays:
    def test_the_zone_is_named_once_for_all_times(self, bob: User, browse: Browse) -> None:
        assert "Times are in Asia/Seoul (KST)." in words(browse(bob).get(URL))

    def test_rule_and_newest_checkpoint(
        self, alice: User, bob: User, browse: Browse, settings: Settings
    ) -> None:
        browser = browse(bob)
        page = browser.get(URL)
        assert "Kept for 5 years. No checkpoint yet." in words(page)
        settings.RETENTION_YEARS = 7
        with time_machine.travel(datetime(2026, 11, 23, 16, 50, 12, tzinfo=SEOUL)):
            newest = checkpoints.publish()
        page = browser.get(URL)
        assert (
            f"Kept for 7 years. Signed to event {newest.size} at 2026-11-23 16:50:12 KST , "
            f"root {newest.short_root}."
        ) in words(page)
        assert reverse("checkpoint-list") in links(page)

    def test_the_export_takes_the_filters_along(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(at(q="web", show="all", state="", before=5, columns="who"))
        assert f"{reverse('export-new')}?q=web&show=all" in links(page)
        assert f"{reverse('export-new')}?" in links(browse(bob).get(URL))

    def test_nothing_found_is_said_so(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(at(q="nothing is called so"))
        assert "Nothing matches these filters." in words(page)
        assert "0 events" in words(page)
        assert URL in links(page)

    def test_without_any_event_there_is_nothing_to_clear(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(at(show="machine"))
        assert "No events yet." in words(page)
        assert "Nothing matches these filters." not in words(page)


def test_htmx_gets_the_part_alone_and_a_short_address(bob: User, browse: Browse) -> None:
    url = at(q="web", state="", person="", since="", show="all")
    part = browse(bob).get(url, headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    by_id(part, "history")  # what htmx replaces is there, once
    assert "HX-Request" in part["Vary"]
    assert part["HX-Push-Url"] == "/history/?q=web&show=all"
    assert not browse(bob).get(url).has_header("HX-Push-Url")


def headings(answer: Answer) -> list[str]:
    """Return the heads of the table's columns, in the order of COLUMNS after the fixed two."""
    said = text(answer)
    head = said[said.index("<thead>") : said.index("</thead>")]
    known = ["Time", "What happened", *COLUMNS.values()]
    return [name for name in known if f">{name}</th>" in head]


def chosen(answer: Answer) -> list[str]:
    boxes = [each.attributes for each in elements(answer) if each.tag == "input"]
    return [each["value"] for each in boxes if each.get("name") == "columns" and "checked" in each]
