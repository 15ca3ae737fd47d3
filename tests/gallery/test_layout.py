"""Every page fits its window and can be pressed with a finger."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.gallery.scenes import SCENES
from tests.gallery.showing import HEIGHTS, OVERHANG, Gallery

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# 320 px is also what a window of 1280 px has at 400 % zoom (WCAG 1.4.10).
_PHONE, _WINDOWS = 320, (1280, 768)
_FINGER = 44
# What is pressed on purpose; links within sentences and rows have their line's height.
_TARGETS = ".button, .side a, .tabs a, .switch a, .switch button, .who, select, input[type=text]"


def test_no_page_is_wider_than_its_window(gallery: Gallery) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language="en")
        for width in _WINDOWS:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            found += _too_wide(page, f"{scene.name}, {width}")
        for language in ("en", "ko"):
            page = gallery.show(scene, language=language, width=_PHONE)
            found += _too_wide(page, f"{scene.name}, {language}, {_PHONE}")
    assert not found, "\n".join(found)


def _too_wide(page: Page, where: str) -> list[str]:
    overhang: int = page.evaluate(OVERHANG)
    return [f"{where}: {overhang} px too wide"] if overhang else []


def test_on_a_phone_a_finger_hits_what_it_means(gallery: Gallery) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language="ko", width=360)
        boxes: list[dict[str, Any]] = page.eval_on_selector_all(
            _TARGETS,
            """all => all.filter(each => each.checkVisibility()).map(each => ({
                 what: each.outerHTML.slice(0, 90), high: each.getBoundingClientRect().height
            }))""",
        )
        found += [f"{scene.name}: {box}" for box in boxes if box["high"] < _FINGER]
    assert not found, "\n".join(found)
