"""`/exports/` and `/exports/new/`: say what would be exported, make it once, list one's own."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AuditEvent, Checkpoint, Export, User
from images.vocabulary import ExportKind, State
from tests.pages.exporting import LIST, NEW, body_of, file_of, happen, made, typed
from tests.pages.reading import Answer, actions, elements, links, text, words
from tests.people import Browse, make_export, make_key, make_request


def hidden(answer: Answer, name: str) -> str:
    (value,) = [
        each.attributes["value"] for each in elements(answer) if each.attributes.get("name") == name
    ]
    return value


class TestWhatWouldBeExported:
    def test_it_is_said_in_words_and_numbers(self, alice: User, bob: User, browse: Browse) -> None:
        key = make_key(alice)
        asked = make_request(key, state=State.READY, due_at=None, server_name="web01")
        for _ in range(3):
            happen(alice, request=asked)
        happen(bob)
        query = {
            "person": "alice",
            "server": "web",
            "state": "ready",
            "place": "e/kr-west1",
            "period": "7d",
            "show": "all",
            "columns": "who",
            "before": "9",
        }
        page = browse(bob).get(f"{NEW}?{urlencode(query)}")
        said = words(page)
        assert "Exports 3 events. The export itself is recorded." in said
        assert "Export 3 events" in said
        for part in (
            *(
                "Whose acts Both",
                "Period 7 days, counted back from the export",
                "Person alice",
                "Server name or id web",
            ),
            *("Outcome Ready", "Environment and region e / kr-west1"),
        ):
            assert part in said
        assert hidden(page, "filter") == (
            "state=ready&person=alice&server=web&place=e%2Fkr-west1&period=7d&show=all"
        )
        assert actions(page) >= {reverse("export-create")}
        assert f"{reverse('history')}?{hidden(page, 'filter')}" in links(page)

    def test_to_look_exports_nothing(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        before = AuditEvent.objects.size()
        browser.get(NEW)
        assert AuditEvent.objects.size() == before
        assert not Export.objects.exists()
        assert not Checkpoint.objects.exists()

    def test_one_and_none_are_worded_rightly(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        nobody = browser.get(f"{NEW}?person=nobody+is+called+so")
        assert "Exports 0 events." in words(nobody)
        happen(bob, target="web77")
        assert "Exports 1 event. The export" in words(browser.get(f"{NEW}?q=web77"))

    def test_an_operator_is_told_that_it_is_ones_own(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        happen(bob, target="web77")
        page = browse(alice).get(f"{NEW}?q=web77")
        assert "Exports 0 events." in words(page)
        assert "Of these only what you did" in words(page)
        assert "Of these only what you did" not in words(browse(bob).get(NEW))

    def test_the_history_leads_here_with_its_filter(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(f"{reverse('history')}?q=web&show=all&before=7")
        assert {f"{NEW}?q=web&show=all", f"{NEW}?show=all&q=web"} & links(page)

    @pytest.mark.parametrize(
        "query",
        [
            "since=yesterday",
            "since=2026-11-23&until=2026-11-22",
            "state=nonsense",
            "show=nonsense",
            "period=nonsense",
            "place=%3Cscript%3E",
            "q=a%00b",
            f"q={'x' * 300}",
        ],
    )
    def test_a_filter_that_is_not_understood_exports_nothing(
        self, bob: User, browse: Browse, query: str
    ) -> None:
        browser = browse(bob)
        page = browser.get(f"{NEW}?{query}")
        assert page.status_code == 422
        assert "The filter was not understood, so nothing is exported." in words(page)
        assert reverse("export-create") not in actions(page)
        assert f"{reverse('history')}?{query}" in links(page)
        refused = browser.post(LIST, typed(filter=query))
        assert refused.status_code == 422
        assert not Export.objects.exists()

    def test_a_hostile_filter_is_text(self, bob: User, browse: Browse) -> None:
        bad = '"><script>alert(1)</script>\u202ex'
        browser = browse(bob)
        page = browser.get(f"{NEW}?{urlencode({'q': bad})}")
        export = made(browser, filter=urlencode({"q": bad, "evil": bad}))
        assert export.filter == urlencode({"q": bad, "show": "people"})
        for each in (page, browser.get(export.get_absolute_url()), browser.get(LIST)):
            assert "<script>alert" not in text(each)
            assert "\u202e" not in text(each)
            assert "<script>alert(1)</script>‹U+202E›x" in words(each)


class TestMaking:
    def test_it_is_recorded_and_leads_to_its_page(self, bob: User, browse: Browse) -> None:
        happen(bob)
        browser = browse(bob)
        export = made(browser, kind="pack", filter="show=all")
        assert (export.maker, export.kind, export.filter) == (bob, "pack", "show=all")
        assert export.is_complete
        event = AuditEvent.objects.get(action="export.made")
        assert event.actor == bob
        assert event.facts["export"] == str(export.pk)
        assert event.address == "127.0.0.1"
        assert event.http_request_id

    def test_a_second_submit_shows_the_first_export(self, bob: User, browse: Browse) -> None:
        browser, same = browse(bob), typed()
        first = browser.post(LIST, same)
        second = browser.post(LIST, same, follow=True)
        assert second.redirect_chain == [(first["Location"], 302)]
        assert "This export was already made. Here is the first one." in words(second)
        assert Export.objects.count() == 1
        assert AuditEvent.objects.filter(action="export.made").count() == 1

    def test_anothers_form_is_refused(self, alice: User, bob: User, browse: Browse) -> None:
        same = typed()
        browse(alice).post(LIST, same)
        answer = browse(bob).post(LIST, same)
        assert answer.status_code == 422
        assert "This form belongs to another person. Open it afresh." in words(answer)
        assert Export.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"kind": ""}, "Choose a format."),
            ({"kind": "exe"}, "Choose one of the formats shown."),
            ({"form_token": "x"}, "This form is incomplete. Open it afresh."),
            ({"form_token": ""}, "This form is incomplete. Open it afresh."),
            ({"filter": "q=" + "x" * 9_000}, "Ensure this value has at most 8000 characters"),
        ],
    )
    def test_a_form_that_is_not_whole_makes_nothing(
        self, bob: User, browse: Browse, changes: dict[str, str], sentence: str
    ) -> None:
        answer = browse(bob).post(LIST, typed(**changes))
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert not Export.objects.exists()
        assert not AuditEvent.objects.filter(action="export.made").exists()

    def test_without_a_record_there_is_none(
        self, bob: User, browse: Browse, settings: Settings, tmp_path: Path
    ) -> None:
        browser = browse(bob)
        (tmp_path / "file").write_text("no folder")
        settings.LEDGER_STATE_FILE = tmp_path / "file" / "head.json"
        answer = browser.post(LIST, typed())
        assert answer.status_code == 503
        assert "The export could not be recorded, so nothing was exported." in words(answer)
        assert not Export.objects.exists()
        assert not AuditEvent.objects.filter(action="export.made").exists()

    def test_an_operator_exports_the_own_history(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        happen(bob, target="not for alice")
        browser = browse(alice)
        happen(alice, target="for alice")
        content = body_of(file_of(browser, made(browser))).decode()
        assert "for alice" in content
        assert "not for alice" not in content


class TestTheList:
    def test_one_sees_ones_own_newest_first(self, alice: User, bob: User, browse: Browse) -> None:
        now = timezone.now()
        old = make_export(bob, made_at=now - timedelta(days=1), filter="q=web01&show=all")
        new = make_export(bob, made_at=now, count=10_482)
        other = make_export(alice)
        page = browse(bob).get(LIST)
        said = words(page)
        assert said.index(new.file_name) < said.index(old.file_name)
        assert other.file_name not in said
        assert "10,482" in said
        assert "Reason, ticket, target or name: web01" in said
        assert {new.get_absolute_url(), old.get_absolute_url()} <= links(page)

    def test_none_yet(self, bob: User, browse: Browse) -> None:
        page = browse(bob).get(LIST)
        assert "No exports yet." in words(page)
        assert reverse("history") in links(page)

    def test_a_filter_of_earlier_days_that_is_none_any_more_is_shown_as_it_was(
        self, bob: User, browse: Browse
    ) -> None:
        make_export(bob, filter="state=abolished")
        assert "Narrowed to: state=abolished" in words(browse(bob).get(LIST))

    def test_twenty_rows_cost_as_many_queries_as_ten(self, bob: User, browse: Browse) -> None:
        browser, counts = browse(bob), []
        for _ in range(2):
            for _ in range(10):
                make_export(bob)
            with CaptureQueriesContext(connection) as queries:
                browser.get(LIST)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_pages(self, bob: User, browse: Browse) -> None:
        for _ in range(51):
            make_export(bob, kind=ExportKind.PACK)
        browser = browse(bob)
        assert "1 to 50 of 51" in words(browser.get(LIST))
        assert "51 to 51 of 51" in words(browser.get(f"{LIST}?page=2"))


def test_it_belongs_to_the_history_in_the_menu(bob: User, browse: Browse) -> None:
    for url, tabs in ((NEW, []), (LIST, [LIST])):
        current = [
            each.attributes["href"]
            for each in elements(browse(bob).get(url))
            if each.attributes.get("aria-current") == "page"
        ]
        assert current == [reverse("history"), *tabs]
