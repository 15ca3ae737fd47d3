"""Language, theme and phone width; the production mark; the first steps; the charts."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from images.models import AccessKey, User
from images.vocabulary import IAM_ACTIONS, State
from tests.browser.live.conftest import Open
from tests.people import make_key, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "a-server-name-that-goes-on-and-on_because-nobody-stopped-it-in-2019"
GROUND = "getComputedStyle(document.body).backgroundColor"


def test_the_language_is_chosen_by_the_browser_and_by_the_switch(
    open_as: Open, alice: User
) -> None:
    page = open_as(alice, locale="ko-KR").new_page()
    page.goto("/requests/")
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "ko")
    expect(page.get_by_role("heading", level=1)).to_have_text("Image 요청")
    page.get_by_role("button", name="English").click()
    expect(html).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Requests")
    expect(page).to_have_url(re.compile("/requests/$"))
    page.goto("/history/")
    expect(html).to_have_attribute("lang", "en")


def test_the_theme_follows_the_system_and_the_switch(open_as: Open, alice: User) -> None:
    page = open_as(alice, color_scheme="dark").new_page()
    page.goto("/account/")
    dark = page.evaluate(GROUND)
    page.get_by_role("button", name="Light").first.click()
    page.wait_for_load_state()
    light = page.evaluate(GROUND)
    assert (brightness(dark) < 60, brightness(light) > 200) == (True, True)
    page.reload()
    assert page.evaluate(GROUND) == light
    page.get_by_role("button", name="As the system").first.click()
    page.wait_for_load_state()
    assert page.evaluate(GROUND) == dark


def brightness(colour: str) -> float:
    parts = [float(each) for each in re.findall(r"[\d.]+", colour)[:3]]
    return sum(parts) / 3


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("width", [320, 360, 768])
def test_no_page_is_wider_than_the_window(
    open_as: Open, alice: User, alices_key: AccessKey, width: int, locale: str
) -> None:
    alices_key.is_production = True
    alices_key.save()
    asked = fill(alices_key)
    page = open_as(alice, width=width, locale=locale).new_page()
    urls = ("/servers/", "/requests/", "/history/", "/keys/", "/keys/new/", "/account/shortcuts/")
    for url in (*urls, asked, alices_key.get_absolute_url()):
        page.goto(url)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{url}: {wide}"


def fill(key: AccessKey) -> str:
    """Store requests with long names, and return the address of one."""
    now = timezone.now()
    for day in range(6):
        start = now - timedelta(days=day)
        values = {"recorded_at": start, "settled_at": start + timedelta(minutes=14)}
        make_request(key, state=State.READY, server_name=LONG, server_id="one", **values)
    make_request(key, state=State.UNKNOWN, due_at=None, server_id="two")
    asked = make_request(key, state=State.ACCEPTED, due_at=None, server_name=LONG)
    return asked.get_absolute_url()


def test_on_a_phone_the_form_is_a_page_that_asks_for_the_image(
    open_as: Open, alice: User, alices_key: AccessKey
) -> None:
    page = open_as(alice, width=360).new_page()
    page.goto("/servers/")
    row = page.locator("tbody tr", has_text="ACTIVE").first
    row.locator("a[data-panel-link]").click()
    page.wait_for_url("**/image/")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_label("Reason").fill("asked on a phone")
    page.get_by_role("button", name="Create image of").click()
    page.wait_for_url("**/requests/**")
    expect(page.get_by_text("asked on a phone")).to_be_visible()


def test_production_is_named_in_the_bar_the_slide_over_and_the_button(
    page: Page, alices_key: AccessKey
) -> None:
    alices_key.is_production = True
    alices_key.save()
    page.goto("/servers/")
    expect(page.get_by_role("banner")).to_contain_text("Production")
    bar = page.get_by_role("banner").evaluate("bar => getComputedStyle(bar).borderTopWidth")
    assert bar == "4px"
    page.locator("main a[data-panel-link]").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("is the key of a production account.")
    expect(dialog.get_by_role("button", name=re.compile("in production$"))).to_be_visible()


def test_the_actions_for_scp_are_copied_at_once(open_as: Open, alice: User) -> None:
    context = open_as(alice)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/servers/")
    page.get_by_role("button", name="Copy all actions").click()
    expect(page.locator("#announcements")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(IAM_ACTIONS)


def test_the_charts_are_drawn_and_told(page: Page, alice: User) -> None:
    fill(make_key(alice))
    page.goto("/history/")
    chart = page.get_by_role("img", name=re.compile("8 requests in the last 30 days"))
    columns = chart.locator("rect")
    expect(columns).to_have_count(8)
    box = columns.first.bounding_box()
    assert box
    assert box["height"] > 5
    page.get_by_text("As a table").click()
    expect(page.get_by_role("region", name="Requests per day").get_by_role("row")).to_have_count(7)
    expect(page.get_by_role("row", name=re.compile(LONG)).first).to_contain_text("about 14 min")
