"""Every page fits its window, and a phone's can be pressed with a finger."""

import pytest
from playwright.sync_api import Page

from tests.gallery.scenes import SCENES
from tests.gallery.showing import HEIGHTS, OVERHANG, Gallery

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
_WINDOWS = (1280, 768)
# What a window of 1280 px has at 400 % zoom, too (WCAG 1.4.10).
_PHONE = 320
_FINGER = 44
# What is pressed on purpose; links within sentences and rows have their line's height.
_TARGETS = ".button, .side a, .tabs a, .switch a, .switch button, .who, select, input[type=text]"
_LOW = """(all, least) => all
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < least)
    .map(each => each.outerHTML.slice(0, 90))"""
_SHOWN = """all => all.filter(each => getComputedStyle(each).display !== "none")
    .map(each => each.outerHTML.slice(0, 90))"""


def test_no_page_is_wider_than_its_window(gallery: Gallery) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language="en")
        for width in _WINDOWS:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            found += too_wide(page, f"{scene.name}, {width}")
        shown: list[str] = page.eval_on_selector_all("[hidden]", _SHOWN)
        found += [f"{scene.name}: hidden, and shown all the same: {each}" for each in shown]
    assert not found, "\n".join(found)


def test_a_phone_needs_no_scrolling_sideways_and_a_finger_hits_what_it_means(
    gallery: Gallery,
) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language="en", width=_PHONE)
        found += too_wide(page, scene.name)
        low: list[str] = page.eval_on_selector_all(_TARGETS, _LOW, _FINGER)
        found += [f"{scene.name}: less than {_FINGER} px high: {each}" for each in low]
    assert not found, "\n".join(found)


def too_wide(page: Page, where: str) -> list[str]:
    overhang: int = page.evaluate(OVERHANG)
    return [f"{where}: {overhang} px too wide"] if overhang else []
