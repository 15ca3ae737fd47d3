"""`/reviews/` and `/reviews/<month>/`: what happened in a month, and who signed it off."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from images.models import AuditEvent, User
from images.months import Month
from images.services import checkpoints
from images.services.reviews import sign
from images.vocabulary import State
from tests.pages.reading import Answer, by_id, elements, links, text, words
from tests.people import Browse, make_key, make_request
from tests.unguarded import unguarded

LIST = reverse("review-list")
NOW = datetime(2026, 11, 23, 16, 50, tzinfo=ZoneInfo("Asia/Seoul"))
NOVEMBER = Month(2026, 11)


@pytest.fixture(autouse=True)
def november(db: None) -> Any:
    """It is the 23rd of November 2026."""
    with time_machine.travel(NOW):
        yield


def url_of(month: Month | str = NOVEMBER) -> str:
    return reverse("review-detail", args=[str(month)])


def event_url(sequence: int) -> str:
    return reverse("event-detail", args=[sequence])


def append(action: str, actor: User | None = None, **about: object) -> AuditEvent:
    with AuditEvent.objects.act():
        return AuditEvent.objects.append(action, actor=actor, **about)  # type: ignore[arg-type]


def in_month(month: int, action: str = "session.signed_out") -> AuditEvent:
    with time_machine.travel(NOW.replace(month=month)):
        return append(action)


def typed(**changes: object) -> dict[str, object]:
    return {"comment": "Looked at all of it.", "token": str(uuid.uuid4()), **changes}


def signed() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="review.signed"))


def months(page: Answer) -> list[str]:
    return [
        each.attributes["href"]
        for each in elements(page)
        if each.attributes.get("id", "").startswith("month-")
    ]


class TestTheMonths:
    def test_those_with_events_newest_first_and_who_signed(
        self, bob: User, dora: User, browse: Browse
    ) -> None:
        in_month(8)
        in_month(10)
        sign(actor=bob, month=Month(2026, 8), comment="x", token=uuid.uuid4())
        page = browse(dora).get(LIST)
        assert months(page) == [url_of("2026-11"), url_of("2026-10"), url_of("2026-08")]
        said = words(page)
        assert "November 2026 This month is not over. Not signed off yet" in said
        assert "October 2026 Not signed off yet" in said
        assert "August 2026 bob, 2026-11-23 16:50:00 KST" in said
        assert event_url(signed()[0].sequence) in links(page)
        assert "Times and months are in Asia/Seoul (KST)." in said

    def test_every_sign_off_is_named(self, bob: User, dora: User, browse: Browse) -> None:
        in_month(10)
        for _ in range(2):
            sign(actor=bob, month=Month(2026, 10), comment="x", token=uuid.uuid4())
        page = browse(dora).get(LIST)
        assert {event_url(event.sequence) for event in signed()} <= links(page)

    def test_a_long_past_comes_in_pages_at_the_same_cost(self, bob: User, browse: Browse) -> None:
        browser, counts = browse(bob), []
        for year in (2026, 2020):
            with time_machine.travel(NOW.replace(year=year, month=1)):
                append("session.signed_out")
            with CaptureQueriesContext(connection) as queries:
                page = browser.get(LIST)
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert months(page) == [url_of("2026-11"), url_of("2026-01")]
        assert months(browser.get(f"{LIST}?page=4")) == [url_of("2020-01")]

    def test_before_anything_happened_there_is_nothing(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        with unguarded():
            AuditEvent.objects.all().delete()
        assert "Nothing has happened yet" in words(browser.get(LIST))

    def test_it_is_a_tab_of_the_history_of_those_who_read_it(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        for person in (bob, dora):
            browser = browse(person)
            assert LIST in links(browser.get(reverse("history")))
            current = [
                each.attributes["href"]
                for each in elements(browser.get(LIST))
                if each.attributes.get("aria-current") == "page"
            ]
            assert current == [reverse("history"), LIST]
        assert LIST not in links(browse(alice).get(reverse("history")))


class TestOneMonth:
    def test_counts_exceptions_and_the_checkpoint_they_rest_on(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        asked = make_request(make_key(alice), state=State.REFUSED, due_at=None)
        refused = append("request.refused", request=asked, target=asked.image_name)
        tried = append("access.refused", alice, facts={"method": "POST", "path": "/keys/"})
        browser = browse(bob)
        checkpoint = checkpoints.publish()
        page = browser.get(url_of())
        said = words(page)
        for part in (
            "Review of November 2026",
            "This month is not over: a sign-off covers what happened up to now.",
            "Requests recorded 1 Refused 1 Images ready 0 People active 2",
            "Sign-ins 1 Sign-ins refused 0 Access key changes 0 Exports 0 Role changes 0",
            "2 exceptions",
            f"The request was refused. {asked.image_name}",
            "alice The role did not allow POST /keys/.",
            f"Newest checkpoint 3 events Root {checkpoint.short_root}",
            "Nobody has signed off this month yet.",
            "Sign off November 2026",
        ):
            assert part in said
        assert {event_url(refused.sequence), event_url(tried.sequence)} <= links(page)

    def test_an_outcome_that_is_not_known_is_shown_and_signed_as_an_exception(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        asked = make_request(make_key(alice), state=State.UNKNOWN)
        lost = append("request.unknown", request=asked, target=asked.image_name)
        browser = browse(bob)
        page = browser.get(url_of())
        said = words(page)
        assert "1 exception" in said
        assert f"The outcome is not known. {asked.image_name}" in said
        assert event_url(lost.sequence) in links(page)
        browser.post(url_of(), typed())
        (event,) = signed()
        assert event.facts["exceptions"] == {"total": 1, "sequences": [lost.sequence]}

    def test_a_month_that_is_over_says_nothing_of_now(self, bob: User, browse: Browse) -> None:
        in_month(10)
        said = words(browse(bob).get(url_of("2026-10")))
        assert "This month is not over" not in said
        assert "Nothing out of the ordinary was recorded." in said

    def test_more_exceptions_than_are_listed_are_counted(self, bob: User, browse: Browse) -> None:
        for _ in range(202):
            append("request.refused", bob)
        said = words(browse(bob).get(url_of()))
        assert "202 exceptions" in said
        assert "2 more are not listed here; the history shows them." in said

    def test_an_exception_that_was_changed_is_told_as_such(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        event = append("request.refused", facts={"status": 409})
        with unguarded():
            AuditEvent.objects.filter(pk=event.pk).update(content=b"{")
        said = words(browser.get(url_of()))
        assert f"The bytes of event {event.sequence} are not those that were recorded" in said

    @pytest.mark.parametrize("month", ["2026-09", "2026-12", "2026-13", "26-11", "2026-1", "x"])
    def test_a_month_without_events_is_absent(self, bob: User, browse: Browse, month: str) -> None:
        browser = browse(bob)
        assert browser.get(url_of(month)).status_code == 404
        assert browser.post(url_of(month), typed()).status_code == 404
        assert signed() == []

    def test_it_costs_the_same_with_ten_exceptions_and_with_twenty(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        browser, counts = browse(bob), []
        for _ in range(2):
            for _ in range(10):
                append("access.refused", alice)
            sign(actor=bob, month=NOVEMBER, comment="x", token=uuid.uuid4())
            checkpoints.publish()
            with CaptureQueriesContext(connection) as queries:
                browser.get(url_of())
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestSigningOff:
    def test_records_the_event_and_shows_it(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        answer = browser.post(url_of(), typed(), follow=True)
        (event,) = signed()
        assert answer.redirect_chain == [(url_of(), 302)]
        assert (event.actor, event.target, event.address) == (bob, "2026-11", "127.0.0.1")
        assert event.facts["comment"] == "Looked at all of it."
        assert event.facts["through"] == event.sequence - 1
        said = words(answer)
        sentence = f"November 2026 is signed off. This is event {event.sequence} of the history."
        assert sentence in said
        assert "Looked at all of it." in said
        assert f"Covers what happened up to event {event.sequence - 1}." in said
        assert event_url(event.sequence) in links(answer)

    def test_what_came_later_in_the_month_is_counted(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        browser.post(url_of(), typed())
        assert "came later." not in words(browser.get(url_of()))
        append("session.signed_out")
        assert "1 event of this month came later." in words(browser.get(url_of()))

    def test_a_month_may_be_signed_again_and_every_sign_off_stays(
        self, bob: User, browse: Browse
    ) -> None:
        browser = browse(bob)
        for comment in ("the first look", "the second look"):
            browser.post(url_of(), typed(comment=comment))
        said = words(browser.get(url_of()))
        assert said.index("the second look") < said.index("the first look")
        assert len(signed()) == 2

    def test_two_equal_posts_sign_once(self, bob: User, browse: Browse) -> None:
        browser, form = browse(bob), typed()
        browser.post(url_of(), form)
        answer = browser.post(url_of(), form, follow=True)
        assert len(signed()) == 1
        assert "This sign-off was already recorded. Here is the first one." in words(answer)

    def test_each_form_has_a_token_of_its_own(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        tokens = {by_id(browser.get(url_of()), "id_token").attributes["value"] for _ in range(2)}
        assert len(tokens) == 2

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"comment": ""}, "Enter a comment: what you looked at and what you found."),
            ({"comment": "  \n "}, "Enter a comment: what you looked at and what you found."),
            ({"comment": "x" * 2001}, "The comment is too long. Use 2000 characters at most."),
            ({"comment": "a\0b"}, "Null characters are not allowed."),
            ({"token": ""}, "This form is incomplete. Open it afresh."),
            ({"token": "x"}, "This form is incomplete. Open it afresh."),
        ],
    )
    def test_a_bad_form_comes_back_with_a_sentence_and_what_was_typed(
        self, bob: User, browse: Browse, changes: dict[str, str], sentence: str
    ) -> None:
        answer = browse(bob).post(url_of(), typed(**changes))
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert changes.get("comment", "Looked at all of it.").strip() in text(answer)
        assert signed() == []

    def test_the_longest_comment_is_kept_whole(self, bob: User, browse: Browse) -> None:
        comment = ("가나다라마바사아자차\n" * 182)[:2000].strip()
        browse(bob).post(url_of(), typed(comment=comment.replace("\n", "\r\n")))
        assert signed()[0].facts["comment"] == comment

    def test_a_comment_is_text_whatever_it_holds(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        browser.post(url_of(), typed(comment="<script>alert(1)</script>\u202e"))
        page = browser.get(url_of())
        assert "<script>alert" not in text(page)
        assert "<script>alert(1)</script>‹U+202E›" in words(page)

    def test_without_a_checkpoint_nothing_is_signed_and_the_page_says_so(
        self, bob: User, browse: Browse, settings: Settings
    ) -> None:
        browser = browse(bob)
        settings.LEDGER_STATE_FILE.parent.mkdir(parents=True)
        settings.LEDGER_STATE_FILE.write_text("nonsense")
        answer = browser.post(url_of(), typed())
        assert answer.status_code == 422
        assert "No checkpoint could be signed, so nothing was signed off." in words(answer)
        assert "Looked at all of it." in text(answer)
        assert signed() == []

    def test_a_sign_off_that_was_changed_raises_an_alarm(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        browser.post(url_of(), typed())
        (event,) = signed()
        checkpoints.publish()
        with unguarded():
            content = bytes(event.content or b"").replace(b"Looked at all", b"Looked at none")
            AuditEvent.objects.filter(pk=event.pk).update(content=content)
        said = words(browser.get(url_of()))
        assert f"The bytes of event {event.sequence} are not those that were recorded" in said
        assert "Looked at none" not in said


class TestWho:
    def test_only_an_auditor_signs(
        self, alice: User, charlie: User, dora: User, browse: Browse
    ) -> None:
        for person, status in ((alice, 403), (dora, 403), (charlie, 404)):
            assert browse(person).post(url_of(), typed()).status_code == status
        assert signed() == []

    def test_an_administrator_reads_and_is_offered_no_form(
        self, dora: User, browse: Browse
    ) -> None:
        said = words(browse(dora).get(url_of()))
        assert "An auditor signs a month off; your role reads the review." in said
        assert "Sign off November 2026" not in said

    def test_an_operator_reads_no_review(self, alice: User, browse: Browse) -> None:
        for url in (LIST, url_of()):
            answer = browse(alice).get(url)
            assert answer.status_code == 403
            assert "Only auditors and administrators read the reviews." in words(answer)

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, bob: User, browse: Browse, method: str) -> None:
        browser = browse(bob)
        assert getattr(browser, method)(url_of()).status_code == 405
        assert getattr(browser, method)(LIST).status_code == 405
        assert browser.post(LIST).status_code == 405
