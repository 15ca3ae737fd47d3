"""Themes, languages and what a person's system asks for."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.gallery.scenes import SCENES
from tests.gallery.showing import Gallery

pytestmark = pytest.mark.browser
_SCENES = {scene.name: scene for scene in SCENES}


def brightness(page: Page, element: str = "body") -> int:
    """Return the brightest channel of an element's ground."""
    colour: str = page.eval_on_selector(element, "it => getComputedStyle(it).backgroundColor")
    return max(int(part) for part in colour.strip("rgb()").split(","))


def test_the_theme_follows_the_system_until_a_person_chooses(gallery: Gallery) -> None:
    page = gallery.show(_SCENES["servers"], language="en")
    page.emulate_media(color_scheme="dark")
    assert brightness(page) < 60
    page.emulate_media(color_scheme="light")
    assert brightness(page) > 200

    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    assert brightness(page) < 60  # though the system is light
    page.get_by_role("button", name="Light").click()
    page.emulate_media(color_scheme="dark")
    assert brightness(page) > 200
    page.get_by_role("button", name="As the system").click()
    assert brightness(page) < 60


def test_the_language_is_switched_on_any_page_and_stays(gallery: Gallery) -> None:
    page = gallery.show(_SCENES["request ready"], language="en")
    url = page.url
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    assert page.url == url
    page.goto("/servers/")
    expect(page.get_by_role("heading", level=1)).to_have_text("서버")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Servers")


def test_nothing_moves_for_who_wants_no_motion(gallery: Gallery) -> None:
    page = gallery.show(_SCENES["request in progress"], language="en")
    turning = page.locator('[data-icon="turning"]').first
    name = "it => getComputedStyle(it).animationName"
    assert turning.evaluate(name) == "none"
    page.emulate_media(reduced_motion="no-preference")
    assert turning.evaluate(name) == "turn"


def test_in_forced_colours_a_badge_keeps_an_edge(gallery: Gallery) -> None:
    page = gallery.show(_SCENES["requests"], language="en")
    width = "it => getComputedStyle(it).borderTopWidth"
    badge = page.locator(".badge").first
    assert badge.evaluate(width) == "0px"
    page.emulate_media(forced_colors="active")
    assert badge.evaluate(width) == "1px"


def test_on_paper_there_is_nothing_to_press(gallery: Gallery) -> None:
    page = gallery.show(_SCENES["request ready"], language="en")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".timeline")).to_be_visible()
    for pressed in (".top", ".side", ".tabs", ".copy .icon-button"):
        expect(page.locator(pressed).first).to_be_hidden()


def test_a_copied_value_is_whole_and_said(gallery: Gallery) -> None:
    page = gallery.show(_SCENES["request ready"], language="en")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]").first
    button.click()
    expect(button).to_have_attribute("data-done", "")
    expect(button.locator("use")).to_have_attribute("href", re.compile("#check$"))
    expect(page.locator("#announcements")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == button.get_attribute("data-copy")
    expect(button.locator("use")).to_have_attribute("href", re.compile("#copy$"))  # 2 s later
