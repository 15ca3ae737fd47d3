"""`/requests/<request>/progress/`: the changing part alone; its polls and each state in words."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import ImageRequest, User
from images.vocabulary import OPEN, SETTLED, State
from scpconsole.sandbox import Sandbox
from tests.pages.reading import Answer, Element, by_id, text, words
from tests.people import Browse, make_key, make_request


def progress_of(asked: ImageRequest) -> str:
    return reverse("request-progress", args=[asked.pk])


class TestPolls:
    @pytest.mark.parametrize("state", sorted(OPEN))
    def test_an_open_request_polls_its_own_address(
        self, alice: User, browse: Browse, state: State
    ) -> None:
        asked = make_request(make_key(alice), state=state)
        for url in (asked.get_absolute_url(), progress_of(asked)):
            part = progress_part(browse(alice).get(url))
            assert "data-poll" in part.attributes
            assert part.attributes["hx-get"] == progress_of(asked)
            assert part.attributes["hx-trigger"].startswith("every 3s")

    @pytest.mark.parametrize("state", sorted(SETTLED))
    def test_a_settled_request_polls_no_more(
        self, alice: User, browse: Browse, state: State
    ) -> None:
        asked = make_request(make_key(alice), state=state, due_at=None)
        for url in (asked.get_absolute_url(), progress_of(asked)):
            part = progress_part(browse(alice).get(url))
            assert not {"data-poll", "hx-get", "hx-trigger"} & set(part.attributes)

    @pytest.mark.parametrize(("age", "seconds"), [(0, 3), (200, 10), (3600, 30)])
    def test_polls_slow_down_with_age(
        self, alice: User, browse: Browse, age: int, seconds: int
    ) -> None:
        recorded_at = timezone.now() - timedelta(seconds=age)
        asked = make_request(make_key(alice), state=State.ACCEPTED, recorded_at=recorded_at)
        part = progress_part(browse(alice).get(progress_of(asked)))
        assert part.attributes["hx-trigger"].startswith(f"every {seconds}s")

    def test_a_poll_is_a_part_and_never_asks_scp(
        self, alice: User, accepted: ImageRequest, scp: Sandbox, browse: Browse
    ) -> None:
        calls = len(scp.journal)
        browser = browse(alice)
        for _ in range(3):
            part = browser.get(progress_of(accepted), headers={"HX-Request": "true"})
            assert "<html" not in text(part)
        assert len(scp.journal) == calls

    def test_the_page_holds_the_very_part_that_a_poll_sends(
        self, alice: User, browse: Browse
    ) -> None:
        browser, asked = browse(alice), make_request(make_key(alice), state=State.READY)
        part = words(browser.get(progress_of(asked)))
        assert part in words(browser.get(asked.get_absolute_url()))

    def test_a_poll_after_sign_out_is_told_so_and_gets_no_page(
        self, alice: User, client: Client
    ) -> None:
        asked = make_request(make_key(alice))
        answer = client.get(progress_of(asked), headers={"HX-Request": "true"})
        assert (answer.status_code, answer.content) == (401, b"")

    def test_what_is_spoken_changes_only_with_the_state(self, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice), state=State.READY, due_at=None)
        spoken = progress_part(browse(alice).get(progress_of(asked))).attributes["data-announce"]
        assert spoken == "web01: Ready"


class TestStates:
    @pytest.mark.parametrize(
        ("changes", "badge", "sentence"),
        [
            ({}, "Recorded", "The request is recorded and will be sent. This page follows it."),
            (
                {"attempt": 1, "due_at": timezone.now() + timedelta(hours=1)},
                "Recorded · waits until 20",
                "until then the request can be withdrawn",
            ),
            ({"state": State.SENDING}, "Sending · waiting for the answer", "is being sent"),
            ({"state": State.ACCEPTED}, "Accepted · image id issued", "SCP accepted the request."),
            ({"state": State.ACCEPTED, "looks": 1}, "Accepted", "not visible in SCP yet"),
            (
                {"state": State.ACCEPTED, "scp_status": "queued"},
                "In progress (queued)",
                "SCP accepted the request.",
            ),
            (
                {"state": State.ACCEPTED, "answered_at": timezone.now() - timedelta(hours=1)},
                "Taking longer than usual · still watching",
                "there is nothing you need to do",
            ),
            ({"state": State.UNKNOWN}, "Outcome not known yet", "Do not request it again."),
            (
                {"state": State.UNKNOWN, "needs_person": True},
                "Outcome not known · waits for a person",
                "A person has to look in SCP",
            ),
            ({"state": State.READY}, "Ready", "The image is ready in SCP."),
            ({"state": State.FAILED, "scp_status": "killed"}, "Failed (killed)", "a new one"),
            ({"state": State.FAILED}, "Failed", "could not complete the image"),
            ({"state": State.GONE}, "No longer found in the cloud", "no longer found there"),
            ({"state": State.NOT_MADE}, "No image was made", "after looking long enough"),
            ({"state": State.REFUSED}, "Not sent", "Certainly no image was made."),
            (
                {"state": State.CANCELLED},
                "Withdrawn before sending",
                "The request was withdrawn. No image was made.",
            ),
        ],
    )
    def test_each_says_where_we_are_and_what_can_be_done(
        self, alice: User, browse: Browse, changes: dict[str, object], badge: str, sentence: str
    ) -> None:
        asked = make_request(make_key(alice), **changes)
        said = words(browse(alice).get(asked.get_absolute_url()))
        assert badge in said
        assert sentence in said
        assert "try again" not in said.lower()


class TestTheUsualTime:
    @pytest.mark.parametrize("state", sorted(State))
    def test_it_is_told_while_one_waits_for_the_image(
        self, alice: User, browse: Browse, state: State
    ) -> None:
        key, then = make_key(alice), timezone.now() - timedelta(days=1)
        asked = make_request(key, state=state)
        for minutes in (12, 14, 18):
            end = then + timedelta(minutes=minutes)
            values = {"server_id": asked.server_id, "recorded_at": then, "settled_at": end}
            make_request(key, state=State.READY, **values)
        said = words(browse(alice).get(progress_of(asked)))
        is_waiting = state in (State.RECORDED, State.SENDING, State.ACCEPTED)
        assert ("Usually 12 to 18 minutes for this server" in said) is is_waiting


def progress_part(answer: Answer) -> Element:
    return by_id(answer, "progress")
