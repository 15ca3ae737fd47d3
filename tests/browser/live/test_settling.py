"""A request's page follows what the worker learns, without a reload, from the form to the end."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from images.models import AccessKey, ImageRequest
from images.services.reconciling import SEARCH_FOR
from scpconsole.sandbox import Sandbox
from tests.browser.live.conftest import look_again
from tests.people import Work
from tests.services.asking import make_due
from tests.services.test_reconciling import lost_before

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(page: Page, alices_key: AccessKey) -> Page:
    """The page of a request that was just recorded by the form."""
    page.goto("/servers/")
    row = page.locator("tbody tr", has_text="ACTIVE").first
    row.locator("a[data-panel-link]").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Reason").fill("Before the kernel update")
    form.get_by_role("button", name="Create image of").click()
    page.wait_for_url("**/requests/**")
    page.evaluate("window.stillTheSamePage = true")
    return page


@pytest.fixture
def asked(page: Page) -> ImageRequest:
    return ImageRequest.objects.get()


def badge(page: Page) -> Locator:
    return page.locator("#progress .badge").first


def expect_state(page: Page, asked: ImageRequest, words: str) -> None:
    """The next poll shows the state and speaks it."""
    look_again(page, "#progress")
    expect(badge(page)).to_have_text(re.compile(words))
    expect(page.locator("#announcements")).to_have_text(re.compile(f"{asked.server_name}: {words}"))


def test_each_step_is_shown_live_until_it_is_ready(
    page: Page, asked: ImageRequest, scp: Sandbox, work: Work
) -> None:
    expect(badge(page)).to_have_text("Recorded")
    work()
    expect_state(page, asked, "Accepted")
    for seconds, words in ((3, r"In progress \(queued\)"), (7, r"In progress \(importing\)")):
        _learn(asked, scp, work, seconds)
        expect_state(page, asked, words)
    _learn(asked, scp, work, 30)
    expect_state(page, asked, "Ready")
    expect(page.get_by_text("The image is ready in SCP.")).to_be_visible()
    expect(page.locator("#progress[data-poll]")).to_have_count(0)
    assert page.evaluate("window.stillTheSamePage") is True


def test_an_unknown_outcome_is_shown_and_settled_by_looking(
    page: Page, asked: ImageRequest, scp: Sandbox, work: Work
) -> None:
    scp.faults.add("drop_after", kind="create_image")
    work()
    expect_state(page, asked, "Outcome not known yet")
    state = page.locator(".request-state")
    expect(state).to_contain_text("Do not request it again.")
    expect(page.locator("#search")).to_be_visible()
    expect(page.get_by_role("link", name="Change and ask again")).to_have_count(0)
    look_again(page, "#activity")
    expect(page.get_by_role("link", name="Outcome not known (1)")).to_be_visible()

    page.get_by_role("button", name="Look again now").click()
    expect(page.get_by_text("The console looks again now.")).to_be_visible()
    scp.clock.advance(5)
    work()
    expect_state(page, asked, "Accepted")
    expect(state).to_contain_text("The image was found in SCP.")
    expect(page.locator("#search")).to_have_count(0)
    _learn(asked, scp, work, 30)
    expect_state(page, asked, "Ready")
    assert len(scp.ledger) == 1


def test_an_unknown_outcome_without_an_image_ends_in_a_way_on(
    page: Page, asked: ImageRequest, scp: Sandbox, work: Work
) -> None:
    scp.faults.add("drop_before", kind="create_image")
    work()
    expect_state(page, asked, "Outcome not known yet")
    lost_before(asked, SEARCH_FOR)
    for _ in range(3):
        _learn(asked, scp, work, 0)
    expect_state(page, asked, "No image was made")
    assert scp.ledger == []
    page.get_by_role("link", name="Change and ask again").click()
    expect(page.get_by_label("Reason")).to_have_value("Before the kernel update")
    expect(page.get_by_text("Asked again after")).to_be_visible()


def _learn(asked: ImageRequest, scp: Sandbox, work: Work, seconds: float) -> None:
    """Let so many seconds pass in SCP, and the worker look."""
    scp.clock.advance(seconds)
    make_due(asked)
    work()
