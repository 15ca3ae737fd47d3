"""The main job, clicked through as a person would, against the product that `make run` starts."""

import json
import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Product, shot, sign_in

pytestmark = pytest.mark.browser
# The console looks 10 s after SCP's answer, and then 30 s later. At three times its usual speed the
# stand-in is done before the first look; what may be seen in between is for live/test_settling.py.
SPEED = 3
READY_WITHIN_MS = 60_000


def open_form(page: Page, server: str) -> None:
    page.get_by_role("searchbox").fill(server)
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("1 matches the filters")).to_be_visible()
    page.get_by_role("link", name=f"Create image of {server}").click()
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.timeout(240)
def test_from_sign_in_to_the_history(page: Page, product: Product) -> None:
    product.set_speed(SPEED)
    page.goto("/")
    shot(page, "01-sign-in")
    sign_in(page, product, "operator")

    expect(page.get_by_role("heading", name="Servers")).to_be_visible()
    expect(page.get_by_text("60 servers, as of")).to_be_visible()
    expect(page.get_by_label("Access key")).to_contain_text("stand-in")
    shot(page, "02-servers")

    open_form(page, "web-prod-01")
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_label("Image name").input_value()
    assert re.fullmatch(r"web-prod-01-\d{8}-\d{4}-[0-9a-z]{6}", name)
    dialog.get_by_label("Reason").fill("Before the kernel update")
    dialog.get_by_label("Ticket").fill("CHG-1024")
    shot(page, "03-create-image")
    dialog.get_by_role("button", name="Create image of web-prod-01").click()

    page.wait_for_url("**/requests/**")
    page.evaluate("window.stillTheSamePage = true")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    shot(page, "04-request-under-way")
    expect(page.get_by_text("The image is ready in SCP.")).to_be_visible(timeout=READY_WITHIN_MS)
    assert page.evaluate("window.stillTheSamePage") is True  # ready came without a reload
    shot(page, "05-request-ready")

    made = [image for image in product.ledger() if image["image_name"] == name]
    assert len(made) == 1
    image_id = made[0]["image_id"]
    page.get_by_role("link", name="Request", exact=True).click()
    sent = page.locator("#request-sent")
    expect(sent).to_contain_text(f"/v1/servers/{made[0]['server_id']}/images")
    expect(sent).to_contain_text("virtualserver 1.3")
    assert made[0]["access_key"] not in page.content()
    sent.get_by_role("link", name="Show the body").click()
    expect(page.get_by_text("You opened this body; the history records it.")).to_be_visible()
    assert json.loads(page.locator("pre").inner_text()) == {"image_name": name}
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Response", exact=True).click()
    received = page.locator("#response-received")
    expect(received).to_contain_text("HTTP 202")
    received.get_by_role("link", name="Show the body").click()
    assert json.loads(page.locator("pre").inner_text()) == {"image_id": image_id}
    assert made[0]["access_key"] not in page.content()

    page.get_by_role("link", name="History").first.click()
    rows = page.get_by_role("row", name=re.compile(re.escape(name)))
    expect(rows.filter(has_text="Opened the body")).to_have_count(2)
    row = rows.filter(has_text="Recorded the request.")
    expect(row).to_contain_text("Ready")
    expect(row).to_contain_text("Before the kernel update")
    expect(row).to_contain_text(image_id[:8])
    shot(page, "06-history")
    page.get_by_label("Reason, ticket, target or name").fill("nothing is called so")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/history/\?q=nothing\+is\+called\+so$"))
    page.get_by_role("link", name="Requests").first.click()
    expect(page.get_by_role("row", name=re.compile(re.escape(name)))).to_contain_text("Ready")


def test_a_refused_form_is_shown_in_the_panel_and_keeps_what_was_typed(
    page: Page, product: Product
) -> None:
    sign_in(page, product, "operator")
    open_form(page, "api-dev-50")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Image name").fill("웹서버.01")
    expect(dialog.get_by_text("Use English letters, digits, spaces").first).to_be_visible()
    dialog.get_by_label("Reason").fill("a reason to keep")
    dialog.get_by_role("button", name="Create image of api-dev-50").click()
    expect(dialog.get_by_role("heading", name="This was not accepted yet")).to_be_visible()
    assert dialog.get_by_label("Reason").input_value() == "a reason to keep"
    shot(page, "07-create-refused")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Create image of api-dev-50")).to_be_focused()


def test_a_double_click_makes_one_image(page: Page, product: Product) -> None:
    sign_in(page, product, "operator")
    open_form(page, "api-stg-17")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("double click")
    dialog.get_by_role("button", name="Create image of api-stg-17").dblclick()
    page.wait_for_url("**/requests/**")
    expect(page.get_by_text("Accepted with image id")).to_be_visible()
    made = [image for image in product.ledger() if image["server_name"] == "api-stg-17"]
    assert len(made) == 1


def test_scps_refusal_is_explained_on_the_requests_page(page: Page, product: Product) -> None:
    product.fault({"action": "status", "status": 409, "kind": "create_image", "times": 1})
    sign_in(page, product, "operator")
    open_form(page, "api-stg-56")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("to be refused")
    dialog.get_by_role("button", name="Create image of api-stg-56").click()
    page.wait_for_url("**/requests/**")
    expect(page.get_by_text("Certainly no image was made.")).to_be_visible()
    expect(page.get_by_text("VirtualServer.CreateImage.Conflict").first).to_be_visible()
    shot(page, "08-request-refused")


def test_it_works_without_javascript(context: BrowserContext, product: Product) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(base_url=product.url, locale="en-US", java_script_enabled=False)
    page = plain.new_page()
    sign_in(page, product, "operator")
    page.get_by_role("link", name="Create image of cache-dev-08").click()
    page.get_by_label("Reason").fill("no script here")
    page.get_by_role("button", name="Create image of cache-dev-08").click()
    expect(page.get_by_text("no script here")).to_be_visible()
    assert "/requests/" in page.url
    plain.close()


def test_the_auditor_reads_everything_and_is_offered_no_act(page: Page, product: Product) -> None:
    sign_in(page, product, "auditor")
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    places = page.get_by_role("navigation", name="Places")
    expect(places.get_by_role("link")).to_have_text(["Requests", "History", "Settings"])
    shot(page, "09-history-of-the-auditor")
