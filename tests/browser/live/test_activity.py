"""The chip, its drawer, the toasts of what happened elsewhere, and what is spoken, once."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from images.models import AccessKey, ImageRequest, User
from images.vocabulary import State
from tests.browser.live.conftest import Open, look_again
from tests.people import make_key, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPOKEN = "#announcements"
TOAST = ".toasts .toast"


@pytest.fixture
def key(alice: User) -> AccessKey:
    return make_key(alice)


@pytest.fixture
def asked(key: AccessKey) -> ImageRequest:
    """Alice's request that SCP accepted; nothing looks at it but the test."""
    return make_request(key, state=State.ACCEPTED, due_at=None, image_name="web01-a")


def settle(asked: ImageRequest, state: State = State.READY) -> None:
    ImageRequest.objects.filter(pk=asked.pk).update(state=state, settled_at=timezone.now())


class TestTheDrawer:
    def test_it_opens_beside_the_page_and_gives_the_focus_back(
        self, page: Page, asked: ImageRequest
    ) -> None:
        page.goto("/keys/")
        chip = page.get_by_role("link", name="In progress (1)")
        chip.focus()
        page.keyboard.press("Enter")
        drawer = page.get_by_role("dialog", name="In progress")
        expect(drawer.get_by_role("link", name="web01-a")).to_be_visible()
        expect(drawer).to_contain_text(re.compile(r"web01 · \d+ s"))
        expect(page).to_have_url(re.compile("/keys/$"))
        page.keyboard.press("Escape")
        expect(drawer).to_be_hidden()
        expect(chip).to_be_focused()

    def test_it_follows_the_request_and_speaks_inside_the_dialog(
        self, page: Page, asked: ImageRequest
    ) -> None:
        page.goto("/keys/")
        page.get_by_role("link", name="In progress (1)").click()
        drawer = page.get_by_role("dialog")
        expect(drawer).to_contain_text("Accepted")
        settle(asked)
        look_again(page, "#activity-list")
        expect(drawer).to_contain_text("Nothing is in progress.")
        expect(drawer).to_contain_text("Settled in the last 12 hours")
        expect(drawer.locator("[data-announcements]")).to_have_text("web01: Ready")
        assert page.locator("#activity-list[data-poll]").count() == 0

    def test_on_a_phone_and_without_script_it_is_the_list(
        self, open_as: Open, alice: User, asked: ImageRequest
    ) -> None:
        for context in (open_as(alice, width=360), open_as(alice, java_script_enabled=False)):
            narrow = context.new_page()
            narrow.goto("/keys/")
            narrow.get_by_role("link", name="In progress (1)").click()
            expect(narrow).to_have_url(re.compile(r"/requests/\?group=in_progress$"))
            expect(narrow.get_by_role("link", name="web01-a")).to_be_visible()


class TestPolls:
    def test_each_says_that_it_is_one_and_ends_when_all_is_settled(
        self, page: Page, asked: ImageRequest
    ) -> None:
        polls: list[Request] = []
        page.on("request", lambda each: polls.append(each) if "/requests/" in each.url else None)
        page.goto("/keys/")
        look_again(page, "#activity")
        page.wait_for_timeout(300)
        assert [poll.header_value("console-poll") for poll in polls] == ["1"]
        settle(asked)
        look_again(page, "#activity")
        expect(page.locator("#activity[data-poll]")).to_have_count(0)
        expect(page.get_by_role("link", name="In progress")).to_have_count(0)

    def test_a_click_is_no_poll(self, page: Page, asked: ImageRequest) -> None:
        page.goto("/keys/")
        with page.expect_request("**/requests/activity/list/") as opened:
            page.get_by_role("link", name="In progress (1)").click()
        assert opened.value.header_value("console-poll") is None

    def test_a_hidden_tab_asks_for_nothing(self, page: Page, asked: ImageRequest) -> None:
        polls: list[Request] = []
        page.clock.install()
        page.goto("/keys/")
        page.on("request", lambda each: polls.append(each) if "/requests/" in each.url else None)
        with page.expect_response("**/requests/activity/"):
            page.clock.run_for(3_100)  # one turn of the fastest poll
        assert len(polls) == 1
        page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
        page.clock.run_for(60_000)
        look_again(page, "#activity")
        page.wait_for_timeout(300)
        assert len(polls) == 1


class TestToasts:
    def test_what_settles_elsewhere_is_told_once_and_leads_there(
        self, page: Page, asked: ImageRequest
    ) -> None:
        page.goto("/keys/")
        settle(asked)
        look_again(page, "#activity")
        expect(page.locator(TOAST)).to_have_text(re.compile("web01: Ready"))
        expect(page.locator(SPOKEN)).to_have_text("web01: Ready")
        page.reload()
        expect(page.get_by_role("heading", name="Access keys")).to_be_visible()
        expect(page.locator(TOAST)).to_have_count(0)
        other = page.context.new_page()
        other.goto("/history/")
        expect(other.locator(TOAST)).to_have_count(0)

    def test_what_settled_between_two_pages_is_told_on_the_next(
        self, page: Page, asked: ImageRequest
    ) -> None:
        page.goto(asked.get_absolute_url())
        settle(asked)
        page.goto("/keys/")
        page.locator(TOAST).get_by_role("link", name="web01: Ready").click()
        expect(page).to_have_url(re.compile(asked.get_absolute_url()))

    def test_its_own_page_and_its_row_show_it_themselves(
        self, page: Page, asked: ImageRequest, key: AccessKey
    ) -> None:
        another = make_request(key, state=State.ACCEPTED, due_at=None)
        for each, url in ((asked, asked.get_absolute_url()), (another, "/requests/")):
            page.goto(url)
            settle(each)
            look_again(page, "#activity")
            page.wait_for_timeout(300)
            expect(page.locator(TOAST)).to_have_count(0)

    def test_what_is_long_past_is_no_news_to_a_new_browser(
        self, page: Page, asked: ImageRequest
    ) -> None:
        settle(asked)
        page.goto("/keys/")
        page.wait_for_timeout(300)
        expect(page.locator(TOAST)).to_have_count(0)

    def test_a_good_end_fades_and_a_bad_one_stays_until_it_is_closed(
        self, page: Page, asked: ImageRequest, key: AccessKey
    ) -> None:
        failed = make_request(key, state=State.ACCEPTED, due_at=None, server_name="db01")
        page.clock.install()
        page.goto("/keys/")
        settle(asked)
        settle(failed, State.FAILED)
        look_again(page, "#activity")
        expect(page.locator(TOAST)).to_have_count(2)
        page.clock.run_for(11_000)
        expect(page.locator(TOAST)).to_have_text(re.compile("db01: Failed"))
        page.clock.run_for(120_000)
        page.locator(TOAST).get_by_role("button", name="Close").click()
        expect(page.locator(TOAST)).to_have_count(0)


def test_a_row_that_changes_is_spoken_once(page: Page, asked: ImageRequest) -> None:
    page.goto("/requests/")
    expect(page.get_by_role("navigation", name="State")).to_contain_text("In progress 1")
    settle(asked)
    look_again(page, "#request-rows")
    expect(page.get_by_role("row", name=re.compile("web01-a"))).to_contain_text("Ready")
    expect(page.locator(SPOKEN)).to_have_text("web01: Ready")
    expect(page.get_by_role("navigation", name="State")).to_contain_text("In progress 0")
    assert page.locator("#request-rows[data-poll]").count() == 0
