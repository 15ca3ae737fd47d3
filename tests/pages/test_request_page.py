"""`/requests/<request>/` and its tabs: facts, timeline, request as sent, response as received."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from images.models import AuditEvent, ExchangeRecord, ImageRequest, User
from images.scp.exchange import HIDDEN
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.events import make_event
from tests.pages.reading import by_id, elements, links, text, words
from tests.people import Browse, make_call, make_key, make_request

TABS = (
    "request-detail",
    "request-sent",
    "request-received",
    "request-cloud",
    "request-integrity",
)


def tab_of(asked: ImageRequest, tab: str) -> str:
    return reverse(tab, args=[asked.pk])


def body_of(asked: ImageRequest, what: str) -> str:
    return reverse("request-body", args=[asked.pk, 1, what])


def progress_of(asked: ImageRequest) -> str:
    return reverse("request-progress", args=[asked.pk])


class TestFacts:
    def test_it_tells_who_what_where_and_why(
        self, alice: User, accepted: ImageRequest, browse: Browse
    ) -> None:
        said = words(browse(alice).get(accepted.get_absolute_url()))
        assert "Asked by alice" in said
        assert "Reason before the kernel update" in said
        assert "Ticket CHG-1" in said
        assert f"Image name {accepted.image_name}" in said
        assert f"Image id {accepted.image_id}" in said
        assert f"Server {accepted.server_name} {accepted.server_id}" in said
        assert "Access key alice's key" in said
        assert "Where e / kr-west1" in said
        assert "API version 1.3" in said
        assert f"Request {accepted.short_id}" in said
        assert "SCP accepted the request." in said

    def test_ids_can_be_copied_whole(
        self, alice: User, accepted: ImageRequest, browse: Browse
    ) -> None:
        page = browse(alice).get(accepted.get_absolute_url())
        assert by_id(page, "copy-image").attributes["data-copy"] == accepted.image_id
        assert by_id(page, "copy-server").attributes["data-copy"] == accepted.server_id
        assert by_id(page, "copy-name").attributes["data-copy"] == accepted.image_name

    def test_a_request_that_follows_another_links_to_it(self, alice: User, browse: Browse) -> None:
        key = make_key(alice)
        first = make_request(key, state=State.FAILED, due_at=None)
        second = make_request(key, previous=first)
        assert first.get_absolute_url() in links(browse(alice).get(second.get_absolute_url()))

    def test_hostile_text_is_text_and_made_visible(self, alice: User, browse: Browse) -> None:
        bad = '"><script>alert(1)</script>\u202ex'
        key = make_key(alice)
        asked = make_request(
            key,
            server_name=bad,
            reason=bad,
            ticket=bad,
            scp_status=bad,
            state=State.REFUSED,
            due_at=None,
            outcome_reason="bad_request",
            outcome_detail=bad,
            outcome_code=bad,
        )
        page = browse(alice).get(asked.get_absolute_url())
        assert "<script>alert" not in text(page)
        assert "\u202e" not in text(page)
        assert words(page).count('"><script>alert(1)</script>‹U+202E›x') >= 6


class TestTimeline:
    @pytest.mark.parametrize(
        ("seconds", "words_of_it"), [(10.2, "11 s later"), (-60, "The clock was set back.")]
    )
    def test_differences_are_those_of_the_times_shown(
        self, alice: User, browse: Browse, seconds: float, words_of_it: str
    ) -> None:
        start = datetime(2026, 11, 23, 1, 40, 7, 900_000, tzinfo=UTC)
        asked = make_request(make_key(alice), recorded_at=start)
        for at in (start, start + timedelta(seconds=seconds)):
            with time_machine.travel(at, tick=False):
                make_event("request.recorded", actor=alice, request=asked)
        said = words(browse(alice).get(asked.get_absolute_url()))
        assert words_of_it in said
        assert said.count(" later") == (seconds > 0)

    def test_what_it_took_is_of_the_times_shown(self, alice: User, browse: Browse) -> None:
        start = datetime(2026, 11, 23, 1, 40, 7, 900_000, tzinfo=UTC)
        end = start + timedelta(seconds=10.2)
        key = make_key(alice)
        asked = make_request(key, state=State.READY, recorded_at=start, settled_at=end)
        assert "Took 11 s" in words(browse(alice).get(asked.get_absolute_url()))

    def test_each_step_says_who_said_so_oldest_first(
        self, alice: User, accepted: ImageRequest, browse: Browse
    ) -> None:
        said = words(browse(alice).get(accepted.get_absolute_url()))
        steps = [
            "Recorded the request. alice 20",
            "Sending began, attempt 1. Console 20",
            f"Accepted with image id {accepted.image_id}. SCP 20",
        ]
        places = [said.index(step) for step in steps]
        assert places == sorted(places)

    def test_repeated_looks_fold_into_one_line(self, alice: User, browse: Browse) -> None:
        now = timezone.now()
        for state, fold in (
            (State.ACCEPTED, "Checked 41 times, last at 20"),
            (State.READY, "Checked 41 times, last at 20"),
            (State.UNKNOWN, "Looked for the image 41 times, last at 20"),
        ):
            asked = make_request(make_key(alice), state=state, looks=41, last_look_at=now)
            with AuditEvent.objects.act():
                AuditEvent.objects.append("request.recorded", actor=alice, request=asked)
            said = words(browse(alice).get(asked.get_absolute_url()))
            assert said.count(fold) == 1

    def test_an_event_of_another_release_shows_its_key(self, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice))
        with AuditEvent.objects.act():
            AuditEvent.objects.append("request.approved", actor=alice, request=asked)
        assert "request.approved" in words(browse(alice).get(asked.get_absolute_url()))


class TestTabs:
    @pytest.mark.parametrize("tab", TABS)
    def test_each_has_an_address_and_leads_to_the_others(
        self, alice: User, browse: Browse, tab: str
    ) -> None:
        asked = make_request(make_key(alice), state=State.READY, due_at=None)
        page = browse(alice).get(tab_of(asked, tab))
        assert {tab_of(asked, each) for each in TABS} <= links(page)
        current = [
            each.attributes["href"]
            for each in elements(page)
            if each.attributes.get("aria-current") == "page"
            and "to-" in each.attributes.get("id", "")
        ]
        assert current == [tab_of(asked, tab)]
        assert "Facts" in words(page)
        assert "The image is ready in SCP." in words(page)

    @pytest.mark.parametrize("tab", ["request-detail", "request-sent", "request-received"])
    def test_what_can_change_is_in_the_part_that_polls(
        self, alice: User, browse: Browse, tab: str
    ) -> None:
        asked = make_request(make_key(alice))
        browser = browse(alice)
        page = browser.get(tab_of(asked, tab))
        part = browser.get(by_id(page, "progress").attributes["hx-get"])
        assert words(part) in words(page)
        assert [each.attributes.get("aria-current") for each in elements(part)].count("page") == 1

    @pytest.mark.parametrize("tab", ["request-cloud", "request-integrity"])
    def test_a_poll_makes_no_look_and_no_proof_anew(
        self, alice: User, browse: Browse, tab: str
    ) -> None:
        asked = make_request(make_key(alice))
        browser = browse(alice)
        url = by_id(browser.get(tab_of(asked, tab)), "progress").attributes["hx-get"]
        said = words(browser.get(url))
        assert "The request is recorded and will be sent." in said
        assert "What the console saw last" not in said
        assert "checkpoint" not in said

    def test_a_tab_that_is_none_polls_the_timeline(self, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice))
        assert "Timeline" in words(browse(alice).get(f"{progress_of(asked)}?tab=../x"))


class TestTheWire:
    def test_the_request_is_shown_as_sent_with_its_secrets_hidden(
        self, alice: User, accepted: ImageRequest, scp: Sandbox, browse: Browse
    ) -> None:
        page = browse(alice).get(tab_of(accepted, "request-sent"))
        said = words(page)
        call = next(call for call in scp.journal if call.method == "POST")
        assert f"POST {scp.url}{call.target}" in said
        assert f"Scp-Accesskey {HIDDEN}" in said
        assert f"Scp-Signature {HIDDEN}" in said
        assert f"Scp-Timestamp {call.timestamp}" in said
        assert f"Scp-Api-Version {call.version}" in said
        assert ExchangeRecord.objects.get().request_sha256 in said
        assert body_of(accepted, "request") in links(page)
        assert "Opening it is recorded in the history." in said

    def test_the_response_is_shown_as_received(
        self, alice: User, accepted: ImageRequest, browse: Browse
    ) -> None:
        page = browse(alice).get(tab_of(accepted, "request-received"))
        said = words(page)
        assert "HTTP 202 after" in said
        assert "Content-Type application/json" in said
        assert f"{ExchangeRecord.objects.get().body_length} bytes." in said
        assert body_of(accepted, "response") in links(page)

    @pytest.mark.parametrize("tab", TABS)
    def test_no_tab_shows_a_body(self, alice: User, bob: User, browse: Browse, tab: str) -> None:
        asked = make_request(make_key(alice))
        make_call(asked, request_body='{"asked": "for this"}', body=b'{"came": "back"}')
        for person in (alice, bob):
            page = text(browse(person).get(tab_of(asked, tab)))
            assert "for this" not in page
            assert "came" not in page
        assert not AuditEvent.objects.filter(action="body.read").exists()

    def test_before_it_is_sent_there_is_nothing_to_show(self, alice: User, browse: Browse) -> None:
        asked, browser = make_request(make_key(alice)), browse(alice)
        sent = words(browser.get(tab_of(asked, "request-sent")))
        assert "Nothing has been sent yet." in sent
        received = words(browser.get(tab_of(asked, "request-received")))
        assert "Nothing has been received yet." in received

    def test_each_attempt_has_a_block_of_its_own(self, alice: User, browse: Browse) -> None:
        asked, browser = make_request(make_key(alice)), browse(alice)
        nothing: dict[str, object] = {"status": None, "headers": {}, "body": b"", "body_length": 0}
        make_call(asked, attempt=1, left_us=False, sent_at=None, **nothing)
        make_call(asked, attempt=2, is_finished=False, sent_at=None, **nothing, duration_ms=None)
        sent = words(browser.get(tab_of(asked, "request-sent")))
        assert "Attempt 1 Nothing of it left the console." in sent
        assert "Attempt 2 POST" in sent
        received = words(browser.get(tab_of(asked, "request-received")))
        assert "Attempt 1 No answer arrived. The call ended after 7 ms." in received
        assert "Attempt 2 No answer is recorded yet." in received

    def test_an_answer_cut_short_says_so(self, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice), state=State.UNKNOWN)
        make_call(
            asked,
            request_body="",
            request_sha256="",
            status=200,
            body=b"\xff\xfe<html>",
            body_length=536_870_912,
            is_truncated=True,
        )
        received = words(browse(alice).get(tab_of(asked, "request-received")))
        assert "Only the beginning is kept; the whole body had 536870912 bytes." in received
        assert "No body." in words(browse(alice).get(tab_of(asked, "request-sent")))

    def test_what_the_keeping_rule_took_is_said(self, alice: User, browse: Browse) -> None:
        asked, browser = make_request(make_key(alice)), browse(alice)
        gone = {"request_headers": {}, "request_body": "", "headers": {}, "body": b""}
        call = make_call(asked, **gone, body_length=52)
        sent = browser.get(tab_of(asked, "request-sent"))
        assert "were removed under the keeping rule; the hash of the body is kept" in words(sent)
        assert call.request_sha256 in words(sent)
        received = browser.get(tab_of(asked, "request-received"))
        assert "Headers and body were removed under the keeping rule." in words(received)
        assert "It had 52 bytes." in words(received)
        assert not {body_of(asked, "request"), body_of(asked, "response")} & (
            links(sent) | links(received)
        )

    def test_hostile_headers_are_text(self, alice: User, browse: Browse) -> None:
        bad = "<script>alert(1)</script>\u202e"
        asked, browser = make_request(make_key(alice)), browse(alice)
        make_call(
            asked,
            url=f"https://scp.example/{bad}",
            request_headers={bad: bad},
            headers={bad: bad},
            request_ids={bad: bad},
        )
        for tab in ("request-sent", "request-received"):
            page = browser.get(tab_of(asked, tab))
            assert "<script>alert" not in text(page)
            assert "<script>alert(1)</script>‹U+202E›" in words(page)


class TestWhoReads:
    def test_auditor_and_administrator_read_everybodys(
        self, bob: User, dora: User, accepted: ImageRequest, browse: Browse
    ) -> None:
        for person in (bob, dora):
            page = browse(person).get(accepted.get_absolute_url())
            assert "before the kernel update" in words(page)
            assert browse(person).get(progress_of(accepted)).status_code == 200

    def test_another_operators_is_as_absent(self, alice: User, dora: User, browse: Browse) -> None:
        doras = make_request(make_key(dora))
        for url in (progress_of(doras), *(tab_of(doras, tab) for tab in TABS)):
            assert browse(alice).get(url).status_code == 404
        absent = reverse("request-detail", args=[uuid.uuid4()])
        assert browse(alice).get(absent).status_code == 404

    def test_a_role_that_was_lost_counts_at_once(self, alice: User, browse: Browse) -> None:
        browser, asked = browse(alice), make_request(make_key(alice))
        User.objects.filter(pk=alice.pk).update(role="")
        assert browser.get(asked.get_absolute_url()).status_code == 404

    def test_ten_steps_cost_as_many_queries_as_two(self, alice: User, browse: Browse) -> None:
        browser, asked, counts = browse(alice), make_request(make_key(alice)), []
        for many in (2, 8):
            for _ in range(many):
                with AuditEvent.objects.act():
                    AuditEvent.objects.append("body.read", actor=alice, request=asked)
            with CaptureQueriesContext(connection) as queries:
                browser.get(progress_of(asked))
            counts.append(len(queries))
        assert counts[0] == counts[1]
