"""An invitation as two people live it: one hands over a link, the other sets a password."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Product, sign_in

pytestmark = pytest.mark.browser
PASSWORD = "quite another long password"  # noqa: S105


def test_from_the_invitation_to_the_first_sign_in(
    page: Page, product: Product, chromium: Browser
) -> None:
    page.goto("/")
    sign_in(page, product, "administrator")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("link", name="Invite a person").click()
    page.get_by_label("User name").fill("erin")
    page.get_by_label("Role", exact=True).select_option("auditor")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("This link is shown only now.")).to_be_visible()
    link = page.locator(".copy-value").inner_text()
    assert re.fullmatch(
        re.escape(product.url) + r"/password/\?token=[0-9a-f]{32}\.[0-9a-z-]+", link
    )

    elsewhere = chromium.new_context(locale="en-US")
    theirs = elsewhere.new_page()
    theirs.goto(link)
    assert theirs.url == f"{product.url}/password/"
    theirs.get_by_label("New password", exact=True).fill(PASSWORD)
    theirs.get_by_label("New password again").fill(PASSWORD)
    theirs.get_by_role("button", name="Set password").click()
    expect(theirs.get_by_text("Your password is set.")).to_be_visible()
    theirs.get_by_label("User name").fill("erin")
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in", exact=True).click()
    expect(theirs.get_by_role("heading", name="History")).to_be_visible()

    page.get_by_role("link", name="Done").click()
    page.get_by_text("Disable erin…").click()
    page.get_by_role("button", name="Disable erin", exact=True).click()
    expect(page.get_by_text("The account is disabled, and all its sessions ended.")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    theirs.goto(link)
    expect(theirs.get_by_text("This link does not work")).to_be_visible()
    elsewhere.close()
