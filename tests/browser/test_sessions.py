"""A session's end in a real Chromium: the warning, staying, and a form that is not lost by it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from images.models import AccessKey, ImageRequest, RequestDraft, User
from images.services.servers import listing_of, servers_in
from images.session_limits import POLL_HEADER
from tests.people import PASSWORD, Browse, make_key, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WARNING = "You will be signed out in 2 minutes."
Open = Callable[[User], BrowserContext]


@pytest.fixture
def open_as(chromium: Browser, live_server: LiveServer, browse: Browse) -> Iterator[Open]:
    """Return a browser profile of a signed-in person, in English."""
    opened: list[BrowserContext] = []

    def of(person: User) -> BrowserContext:
        context = chromium.new_context(base_url=live_server.url, locale="en-US")
        context.set_default_timeout(10_000)
        key = browse(person).session.session_key or ""
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": key, "url": live_server.url}])
        opened.append(context)
        return context

    yield of
    for context in opened:
        context.close()


def come_back(page: Page) -> None:
    """As when the tab is shown again; a headless one is never hidden."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def was_last_seen(**ago: float) -> None:
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(**ago))


def sign_in(page: Page) -> None:
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


class TestTheWarning:
    def test_it_comes_in_time_and_one_key_puts_the_end_off(
        self, alice: User, open_as: Open
    ) -> None:
        page = open_as(alice).new_page()
        page.clock.install()
        page.goto(reverse("account"))
        was_last_seen(minutes=28, seconds=10)
        expect(page.get_by_text(WARNING)).to_have_count(0)
        page.clock.fast_forward("28:10")
        expect(page.locator("#notices").get_by_text(WARNING)).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_text(WARNING)).to_have_count(0)
        expect(page.locator("#announcements")).to_have_text("You stay signed in.")
        assert timezone.now() - UserSession.objects.get().last_seen_at < timedelta(minutes=1)

    def test_the_button_gives_the_focus_back(self, alice: User, open_as: Open) -> None:
        page = open_as(alice).new_page()
        page.goto(reverse("account"))
        was_last_seen(minutes=29)
        come_back(page)
        button = page.get_by_role("button", name="Stay signed in")
        button.focus()
        page.keyboard.press("Space")
        expect(button).to_have_count(0)
        expect(page.locator("#main")).to_be_focused()

    def test_another_tab_counts_and_the_end_is_said(self, alice: User, open_as: Open) -> None:
        context = open_as(alice)
        page, other = context.new_page(), context.new_page()
        page.goto(reverse("account"))
        other.goto(reverse("account"))
        was_last_seen(minutes=28, seconds=30)
        for each in (page, other):
            come_back(each)
            expect(each.get_by_text(WARNING)).to_be_visible()
        other.get_by_role("button", name="Stay signed in").click()
        expect(other.get_by_text(WARNING)).to_have_count(0)
        come_back(page)
        expect(page.get_by_text(WARNING)).to_have_count(0)
        was_last_seen(minutes=31)
        come_back(page)
        expect(page.get_by_text("You are signed out. Sign in again to go on.")).to_be_visible()
        assert not UserSession.objects.exists()

    def test_at_the_last_hour_nothing_is_offered_that_does_not_help(
        self, alice: User, open_as: Open
    ) -> None:
        page = open_as(alice).new_page()
        page.goto(reverse("account"))
        UserSession.objects.update(
            created_at=timezone.now() - timedelta(hours=11, minutes=58, seconds=30)
        )
        come_back(page)
        expect(page.get_by_text("A session lasts at most 12 hours.")).to_be_visible()
        expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()

    def test_who_signed_in_as_somebody_else_sees_their_own_page(
        self, alice: User, bob: User, open_as: Open, browse: Browse, live_server: LiveServer
    ) -> None:
        context = open_as(alice)
        page = context.new_page()
        page.goto(reverse("account"))
        key = browse(bob).session.session_key or ""
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": key, "url": live_server.url}])
        come_back(page)
        expect(page.get_by_text("bob").first).to_be_visible()


def test_live_polls_say_that_they_are_polls(alice: User, open_as: Open) -> None:
    asked = make_request(make_key(alice))
    page = open_as(alice).new_page()
    page.goto(asked.get_absolute_url())
    with page.expect_request("**/progress/**") as poll:
        come_back(page)
    assert poll.value.headers[POLL_HEADER.lower()] == "1"


def test_sign_out_clears_what_the_browser_keeps(alice: User, open_as: Open) -> None:
    context = open_as(alice)
    page = context.new_page()
    page.goto(reverse("account"))
    page.get_by_role("button", name="Dark", exact=True).first.click()
    page.evaluate("localStorage.setItem('kept', 'yes')")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    left = {cookie["name"] for cookie in context.cookies()}
    assert settings.SESSION_COOKIE_NAME not in left
    assert settings.THEME_COOKIE_NAME in left  # it is the person's, not the session's


class TestInMidForm:
    @pytest.fixture
    def server_name(self, alices_key: AccessKey) -> str:
        listing = listing_of(alices_key, language="en-US")
        return next(each.name for each in servers_in(listing) if each.state == "ACTIVE")

    @pytest.fixture
    def page(self, alice: User, server_name: str, open_as: Open) -> Page:
        """The slide-over is open and something was typed and kept."""
        page = open_as(alice).new_page()
        page.goto(reverse("server-list"))
        page.get_by_role("link", name=f"Create image of {server_name}").first.click()
        reason = page.get_by_role("dialog").get_by_label("Reason")
        expect(reason).to_be_visible()
        expect(page.locator(".htmx-added, .htmx-settling")).to_have_count(0)  # it listens by now
        with page.expect_response("**/draft/") as kept:
            reason.fill("before the kernel")
        assert kept.value.status == 204
        return page

    def test_what_was_typed_is_there_after_a_new_sign_in(self, page: Page) -> None:
        UserSession.objects.all().delete()
        page.get_by_role("dialog").get_by_role("button", name="Create image of").click()
        page.wait_for_url("**/login/**")
        sign_in(page)
        expect(page.get_by_text("Here is what you typed before")).to_be_visible()
        expect(page.get_by_label("Reason")).to_have_value("before the kernel")
        assert not ImageRequest.objects.exists()
        page.get_by_role("button", name="Start over").click()
        expect(page.get_by_text("Here is what you typed before")).to_have_count(0)
        expect(page.get_by_label("Reason")).to_have_value("")
        assert not RequestDraft.objects.exists()

    def test_the_open_form_goes_on_after_a_sign_in_beside_it(self, page: Page) -> None:
        dialog = page.get_by_role("dialog")
        UserSession.objects.all().delete()
        dialog.get_by_label("Reason").press_sequentially(" update")
        said = dialog.get_by_text("You are signed out. Sign in again; what you typed is kept.")
        expect(said).to_be_visible()
        # Sending now would lead away from the form.
        dialog.get_by_role("button", name="Create image of").click()
        link = dialog.get_by_role("link", name="Sign in in a new tab")
        expect(link).to_be_focused()
        with page.context.expect_page() as beside:
            link.click()
        sign_in(beside.value)
        expect(beside.value.get_by_label("Reason")).to_have_value("before the kernel")
        with page.expect_response("**/draft/") as kept:
            come_back(page)
        assert kept.value.status == 204
        expect(said).to_have_count(0)
        expect(dialog.get_by_label("Reason")).to_have_value("before the kernel update")
        dialog.get_by_role("button", name="Create image of").click()
        page.wait_for_url("**/requests/**")
        # The tab beside it has the same form: it shows this request and makes no second one.
        beside.value.get_by_role("button", name="Create image of").click()
        expect(beside.value.get_by_text("This request was already recorded.")).to_be_visible()
        assert ImageRequest.objects.count() == 1
        assert not RequestDraft.objects.exists()

    def test_what_is_pressed_after_a_sign_in_beside_it_is_done(self, page: Page) -> None:
        dialog = page.get_by_role("dialog")
        UserSession.objects.all().delete()
        dialog.get_by_label("Reason").press_sequentially(" update")
        with page.context.expect_page() as beside:
            dialog.get_by_role("link", name="Sign in in a new tab").click()
        sign_in(beside.value)
        expect(beside.value.get_by_label("Reason")).to_be_visible()
        dialog.get_by_role("button", name="Create image of").click()
        page.wait_for_url("**/requests/**")
        assert ImageRequest.objects.get().reason == "before the kernel update"

    def test_what_cannot_be_kept_is_said(self, page: Page) -> None:
        page.route("**/draft/", lambda route: route.abort())
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Ticket").fill("CHG-1")
        said = dialog.get_by_text("What you typed last could not be kept.")
        expect(said).to_be_visible()
        page.unroute("**/draft/")
        dialog.get_by_label("Ticket").fill("CHG-12")
        expect(said).to_have_count(0)
        assert RequestDraft.objects.get().ticket == "CHG-12"
