"""Whether a page fits its window, and what on it is too low for a finger or hidden in vain."""

from playwright.sync_api import Page

from tests.gallery.showing import HEIGHTS, OVERHANG

# What a window of 1280 px has at 400 % zoom, too (WCAG 1.4.10).
PHONE = 320
_WINDOWS = (1280, 768)
_FINGER = 44
# What is pressed on purpose; links within sentences and rows have their line's height.
_TARGETS = ".button, .side a, .tabs a, .switch a, .switch button, .who, select, input[type=text]"
_LOW = """(all, least) => all
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < least)
    .map(each => each.outerHTML.slice(0, 90))"""
_SHOWN = """all => all.filter(each => getComputedStyle(each).display !== "none")
    .map(each => each.outerHTML.slice(0, 90))"""


def faults_on_desk(page: Page) -> list[str]:
    """Return what is wrong in the wide windows. The last of them stays."""
    found = []
    for width in _WINDOWS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        found += too_wide(page)
    shown: list[str] = page.eval_on_selector_all("[hidden]", _SHOWN)
    return found + [f"hidden, and shown all the same: {each}" for each in shown]


def faults_on_phone(page: Page) -> list[str]:
    """Return what is wrong on a page that is shown as a phone does."""
    low: list[str] = page.eval_on_selector_all(_TARGETS, _LOW, _FINGER)
    return too_wide(page) + [f"less than {_FINGER} px high: {each}" for each in low]


def too_wide(page: Page) -> list[str]:
    overhang: int = page.evaluate(OVERHANG)
    return [f"{overhang} px too wide at {page.viewport_size}"] if overhang else []
