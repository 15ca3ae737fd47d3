"""Which answers htmx puts into a page, and what is said where it does not."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from images.models import AccessKey, User
from images.vocabulary import State
from tests.browser.live.conftest import look_again, wait_until_it_listens
from tests.people import make_key, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PROXYS_PAGE = (
    "<html><title>502</title><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
UNREACHABLE = "The console could not be reached."
REFUSED = "The console could not do this."


@pytest.fixture
def page(page: Page, alice: User) -> Page:
    """A page on which a chip looks again and again how many requests are under way."""
    make_request(make_key(alice), state=State.ACCEPTED, due_at=None)
    page.goto("/keys/")
    return page


def answered(status: int, body: str, *, by_console: bool) -> Callable[[Route], None]:
    """Return what answers in the place of the console, or of a proxy in front of it."""
    ours = {"X-Request-ID": str(uuid.uuid4())} if by_console else {}
    headers = {"Content-Type": "text/html", **ours}
    return lambda route: route.fulfill(status=status, headers=headers, body=body)


def opened_form(page: Page) -> Locator:
    """Open the slide-over for an image, and return it when it listens."""
    page.goto("/servers/")
    page.locator("main a[data-panel-link]").first.click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Reason")).to_be_visible()
    wait_until_it_listens(page)
    return form


def test_a_refused_form_is_put_into_its_place(page: Page, alices_key: AccessKey) -> None:
    form = opened_form(page)
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        form.get_by_role("button", name="Create image of").click()
    assert refused.value.status == 422
    expect(form.locator("[data-error-summary]")).to_be_focused()
    expect(form.get_by_text("Enter the reason for this request.").first).to_be_visible()


def test_who_is_signed_out_meanwhile_is_told_where_one_looks(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto("/history/")
    wait_until_it_listens(page)
    page.route("**/history/?*", answered(401, "", by_console=True))
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("You are signed out.")).to_be_in_viewport()


def test_a_502_of_the_console_is_put_into_its_place(page: Page) -> None:
    part = '<section data-panel-title="In progress"><p>SCP gave no answer.</p></section>'
    page.route("**/activity/list/", answered(502, part, by_console=True))
    page.get_by_role("link", name="In progress (1)").click()
    expect(page.get_by_role("dialog", name="In progress")).to_contain_text("SCP gave no answer.")
    expect(page.get_by_text(REFUSED)).to_have_count(0)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxys_page_is_not_and_polling_goes_on(page: Page, status: int) -> None:
    page.route("**/activity/", answered(status, PROXYS_PAGE, by_console=False))
    look_again(page, "#activity")
    said = page.locator("#notices").get_by_text(UNREACHABLE)
    expect(said).to_be_visible()
    expect(page.get_by_text("Bad Gateway")).to_have_count(0)
    expect(page.get_by_role("link", name="In progress (1)")).to_be_visible()
    look_again(page, "#activity")
    expect(said).to_have_count(1)
    page.unroute("**/activity/")
    look_again(page, "#activity")
    expect(said).to_have_count(0)


def test_a_console_that_is_away_is_said_until_it_is_back(page: Page) -> None:
    page.route("**/activity/", lambda route: route.abort())
    look_again(page, "#activity")
    said = page.locator("#notices").get_by_text(UNREACHABLE)
    expect(said).to_be_visible()
    page.unroute("**/activity/")
    look_again(page, "#activity")
    expect(said).to_have_count(0)


def test_another_failure_changes_nothing_and_is_said(page: Page) -> None:
    page.route("**/activity/list/", answered(500, "<p>Something broke.</p>", by_console=True))
    page.get_by_role("link", name="In progress (1)").click()
    expect(page.locator("#notices").get_by_text(REFUSED)).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text("Something broke.")).to_have_count(0)


def test_a_draft_that_a_proxy_swallowed_is_said(page: Page, alices_key: AccessKey) -> None:
    form = opened_form(page)
    page.route("**/draft/", answered(502, PROXYS_PAGE, by_console=False))
    form.get_by_label("Reason").fill("before the kernel")
    expect(form.get_by_text("What you typed last could not be kept.")).to_be_visible()
    expect(form.get_by_label("Reason")).to_have_value(re.compile("before the kernel"))
