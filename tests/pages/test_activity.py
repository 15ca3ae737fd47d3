"""`/requests/activity/`: the chip of the top bar, and the drawer that it opens."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import User
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.pages.reading import by_id, elements, links, text, words
from tests.people import Browse, make_key, make_request

CHIP, DRAWER, LIST = reverse("activity"), reverse("activity-list"), reverse("request-list")
PART = {"HX-Request": "true"}


class TestTheChip:
    def test_it_stands_on_every_page_and_leads_to_the_list(
        self, alice: User, browse: Browse
    ) -> None:
        key = make_key(alice)
        make_request(key)
        make_request(key, state=State.ACCEPTED)
        make_request(key, state=State.UNKNOWN)
        for name in ("account", "key-list", "history", "request-list"):
            page = browse(alice).get(reverse(name))
            assert "In progress (2)" in words(page)
            assert "Outcome not known (1)" in words(page)
            assert {f"{LIST}?group=in_progress", f"{LIST}?group=needs_look"} <= links(page)

    def test_it_polls_while_something_is_open(self, alice: User, browse: Browse) -> None:
        make_request(make_key(alice))
        for answer in (
            browse(alice).get(reverse("account")),
            browse(alice).get(CHIP, headers=PART),
        ):
            part = by_id(answer, "activity").attributes
            assert "data-poll" in part
            assert (part["hx-get"], part["hx-trigger"]) == (CHIP, "every 3s, catch-up")

    def test_it_rests_and_shows_nothing_when_all_is_settled(
        self, alice: User, browse: Browse
    ) -> None:
        make_request(make_key(alice), state=State.READY)
        page = browse(alice).get(reverse("account"))
        assert not {"data-poll", "hx-get"} & set(by_id(page, "activity").attributes)
        assert "In progress" not in words(page)

    def test_without_a_role_there_is_none(self, charlie: User, browse: Browse) -> None:
        make_request(make_key(charlie))
        assert "In progress" not in words(browse(charlie).get("/"))

    def test_it_carries_the_news_for_the_toasts(self, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice), state=State.READY, settled_at=timezone.now())
        part = browse(alice).get(CHIP, headers=PART)
        news = [each.attributes for each in elements(part) if each.tag == "template"]
        assert [each["data-news"] for each in news] == [str(asked.pk)]
        assert asked.get_absolute_url() in links(part)
        assert "web01: Ready" in text(part)


class TestTheDrawer:
    def test_it_tells_name_server_state_and_how_long(self, alice: User, browse: Browse) -> None:
        key = make_key(alice)
        asked = make_request(key, state=State.SENDING, image_name="web01-a")
        now = timezone.now()
        settled = {"recorded_at": now, "settled_at": now}
        make_request(key, state=State.FAILED, image_name="db01-b", **settled)
        part = browse(alice).get(DRAWER, headers=PART)
        said = words(part)
        assert "<html" not in text(part)
        assert "web01-a web01 · 0 s Sending · waiting for the answer" in said
        assert "Settled in the last 12 hours db01-b web01 · 0 s Failed" in said
        assert asked.get_absolute_url() in links(part)
        row = by_id(part, f"activity-{asked.pk}").attributes
        assert row["data-announce"] == "web01: Sending · waiting for the answer"
        assert by_id(part, "activity-list").attributes["hx-trigger"] == "every 3s, catch-up"

    def test_who_reads_all_sees_who_asked(self, alice: User, bob: User, browse: Browse) -> None:
        make_request(make_key(alice))
        assert "web01 · alice · 0 s" in words(browse(bob).get(DRAWER, headers=PART))

    @pytest.mark.parametrize(("settled", "is_shortened"), [(10, False), (11, True)])
    def test_ten_that_settled_are_shown_and_more_are_linked(
        self, alice: User, browse: Browse, settled: int, is_shortened: bool
    ) -> None:
        key = make_key(alice)
        start = timezone.now() - timedelta(hours=1)
        for number in range(settled):
            at = start + timedelta(minutes=number)
            make_request(key, state=State.READY, image_name=f"image-{number}", settled_at=at)
        part = browse(alice).get(DRAWER, headers=PART)
        shown = [name for name in words(part).split() if name.startswith("image-")]
        assert shown == [f"image-{number}" for number in range(settled - 1, settled - 11, -1)]
        more = [each for each in elements(part) if each.attributes.get("id") == "activity-more"]
        assert [each.attributes["href"] for each in more] == ["/requests/"] * is_shortened
        assert ("The newest 10 are shown" in words(part)) == is_shortened

    def test_empty_it_says_so_and_rests(self, alice: User, browse: Browse) -> None:
        part = browse(alice).get(DRAWER, headers=PART)
        assert "Nothing is in progress." in words(part)
        assert "data-poll" not in by_id(part, "activity-list").attributes


@pytest.mark.parametrize("url", [CHIP, DRAWER])
class TestBoth:
    def test_as_a_page_it_is_the_list(self, alice: User, browse: Browse, url: str) -> None:
        assert browse(alice).get(url)["Location"] == f"{LIST}?group=in_progress"

    def test_a_poll_never_asks_scp(
        self, alice: User, scp: Sandbox, browse: Browse, url: str
    ) -> None:
        make_request(make_key(alice))
        browse(alice).get(url, headers=PART)
        assert scp.journal == []

    def test_after_sign_out_it_is_told_so(self, client: Client, db: None, url: str) -> None:
        answer = client.get(url, headers=PART)
        assert (answer.status_code, answer.content) == (401, b"")
