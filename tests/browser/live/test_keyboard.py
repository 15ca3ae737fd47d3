"""Everything by keyboard: places, search, help, the first image; and the switch that ends it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from images.models import AccessKey, ImageRequest, User
from tests.browser.live.conftest import Open
from tests.people import make_key

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("letter", "path"),
    [("r", "/requests/"), ("h", "/history/"), ("k", "/keys/"), ("a", "/account/")],
)
def test_g_and_a_letter_lead_to_a_place(page: Page, letter: str, path: str) -> None:
    page.goto("/servers/")
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"**{path}")


def test_a_korean_keyboard_leads_to_the_same_place(page: Page) -> None:
    page.goto("/history/")
    for hangul, code in (("ㅎ", "KeyG"), ("ㄱ", "KeyR")):
        page.evaluate(
            "([key, code]) => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {key, code, bubbles: true}))",
            [hangul, code],
        )
    page.wait_for_url("**/requests/")


def test_nothing_happens_while_one_types_or_holds_control(page: Page) -> None:
    page.goto("/requests/")
    search = page.get_by_role("searchbox")
    search.focus()
    page.keyboard.type("g h?/n")
    expect(search).to_have_value("g h?/n")
    expect(page.get_by_role("dialog")).to_be_hidden()
    search.blur()
    page.keyboard.press("Control+/")
    expect(search).not_to_be_focused()
    page.keyboard.press("/")
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile("/requests/$"))


def test_the_second_key_has_to_come_soon(page: Page) -> None:
    page.clock.install()
    page.goto("/history/")
    page.keyboard.press("g")
    page.clock.run_for(2_000)
    page.keyboard.press("r")
    page.keyboard.press("g")
    page.keyboard.press("x")
    page.keyboard.press("r")
    expect(page).to_have_url(re.compile("/history/$"))


def test_help_shows_the_keys_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/history/")
    link = page.get_by_role("link", name="Clear filters")
    link.focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Go to Servers")
    page.keyboard.press("g")
    page.keyboard.press("r")  # a dialog is open: the page behind it stays
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    expect(page).to_have_url(re.compile("/history/$"))


def test_the_list_of_keys_has_a_link_of_its_own(page: Page) -> None:
    page.goto("/history/")
    page.get_by_role("link", name="Keyboard shortcuts").click()
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_switched_off_single_keys_do_nothing_and_escape_still_does(page: Page) -> None:
    page.goto("/history/")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("button", name="Off").click()
    page.wait_for_url("**/history/")
    expect(page.locator("html")).to_have_attribute("data-shortcuts", "off")
    for key in ("?", "/", "n", "g", "r"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("/history/$"))
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("link", name="Keyboard shortcuts").press("Enter")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_escape_closes_a_fold_and_returns_to_its_button(page: Page, alice: User) -> None:
    page.goto("/history/")
    summary = page.locator("summary", has_text="Columns")
    summary.press("Enter")
    box = page.get_by_label("Ticket", exact=True).first
    box.focus()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(summary).to_be_focused()


def test_escape_empties_the_search_and_leaves_it(page: Page) -> None:
    page.goto("/requests/")
    page.keyboard.press("/")
    page.keyboard.type("web")
    search = page.get_by_role("searchbox")
    expect(search).to_have_value("web")
    page.keyboard.press("Escape")
    expect(search).to_have_value("")
    expect(search).not_to_be_focused()


def test_what_a_fold_asks_before_an_act_comes_into_view(open_as: Open, alice: User) -> None:
    page = open_as(alice).new_page()
    key = make_key(alice)
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(key.get_absolute_url())
    page.locator("details.confirm summary").click()
    confirm = page.locator("details.confirm form button")
    expect(confirm).to_be_in_viewport(ratio=1)


def test_n_moves_to_the_first_action_and_no_further(open_as: Open, alice: User) -> None:
    page = open_as(alice).new_page()
    make_key(alice)
    page.goto("/keys/")
    page.keyboard.press("n")
    expect(page.get_by_role("link", name="Add access key")).to_be_focused()
    expect(page).to_have_url(re.compile("/keys/$"))


def test_the_first_image_by_keyboard_alone(page: Page, alices_key: AccessKey) -> None:
    page.goto("/")
    page.wait_for_url("**/servers/**")
    page.keyboard.press("/")
    name = page.locator("tbody tr", has_text="ACTIVE").locator("th").first.inner_text()
    name = name.splitlines()[0].strip()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 matches the filters")).to_be_visible()
    page.evaluate("document.activeElement.blur()")  # as Escape and Tab would
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Create image of {name}")
    expect(dialog).to_be_visible()
    press_until(page, dialog.get_by_label("Reason"))
    page.keyboard.type("made without a mouse")
    press_until(page, dialog.locator("button[type=submit]"))
    expect(dialog.get_by_role("button", name=f"Create image of {name}")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/**")
    expect(page.get_by_text("made without a mouse")).to_be_visible()
    assert ImageRequest.objects.get().server_name == name


def press_until(page: Page, element: Locator) -> None:
    """Go on by Tab to the element; fails when the focus does not come by."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if element.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {element}")
