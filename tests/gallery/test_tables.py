"""Tables stay readable in the room that they have, and their heads stay in sight."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from images.vocabulary import Column
from tests.gallery.scenes import SCENES, Scene
from tests.gallery.showing import HEIGHTS, OVERHANG, Gallery

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
_BAR = 48
_WITH_TABLES = (
    *("servers", "requests", "requests of all people", "history", "history of all people"),
    *("exports", "access keys", "settings people", "settings sessions", "reviews", "review"),
    *("checkpoints", "request tab cloud"),
)
# Where a list turns into a table, the menu goes to the top, a column gives way, and between.
_WINDOWS = (675, 768, 900, 901, 1024, 1280, 1440)
_FRAMES = "all => all.map(each => each.scrollWidth - each.clientWidth)"
_TOP_OF_HEAD = "head => head.getBoundingClientRect().top"
_ALL_COLUMNS = Scene(
    "history with all columns",
    "bob",
    lambda world: f"{reverse('history')}?show=all&columns={','.join(Column.values)}",
)


def scene_of(name: str) -> Scene:
    return next(scene for scene in SCENES if scene.name == name)


def head_after_scrolling(page: Page) -> float:
    """Return where the head of the table stands when the page was scrolled far down its rows."""
    page.locator("main .table tbody tr").nth(15).evaluate("row => row.scrollIntoView()")
    top: float = page.locator("main .table-frame thead th").first.evaluate(_TOP_OF_HEAD)
    return top


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_frame_scrolls_sideways_at_any_width(gallery: Gallery, language: str) -> None:
    found = []
    for name in _WITH_TABLES:
        page = gallery.show(scene_of(name), language=language)
        for width in _WINDOWS:
            page.set_viewport_size({"width": width, "height": HEIGHTS[1280]})
            widths = page.eval_on_selector_all(".table-frame, .table-room", _FRAMES)
            assert widths, name
            if any(widths) or page.evaluate(OVERHANG):
                found.append(f"{name}, {width}: {widths}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("width", "top"), [(1280, _BAR), (1024, _BAR), (768, 0)])
def test_the_head_of_a_table_stays_in_sight(gallery: Gallery, width: int, top: int) -> None:
    for name in ("servers", "requests of all people", "history of all people"):
        page = gallery.show(scene_of(name), language="en")
        page.set_viewport_size({"width": width, "height": 600})
        assert head_after_scrolling(page) == pytest.approx(top, abs=1), name


@pytest.mark.parametrize("width", [1280, 768])
def test_chosen_columns_scroll_in_a_frame_that_keeps_its_head(gallery: Gallery, width: int) -> None:
    page = gallery.show(_ALL_COLUMNS, language="en")
    page.set_viewport_size({"width": width, "height": 600})
    assert page.evaluate(OVERHANG) == 0
    frame = page.locator(".sideways")
    assert frame.evaluate("it => it.scrollWidth > it.clientWidth")
    assert frame.locator("thead th").last.is_visible()  # none gives way: they were asked for
    assert frame.locator("thead th").count() == len(Column.values) + 2
    frame.evaluate("it => { it.scrollIntoView(); it.scrollTop = 400; it.scrollLeft = 100; }")
    inside = frame.evaluate(
        "it => it.querySelector('thead th').getBoundingClientRect().top"
        " - it.getBoundingClientRect().top"
    )
    assert inside == pytest.approx(0, abs=1)


def test_on_a_phone_each_row_is_a_list(gallery: Gallery) -> None:
    page = gallery.show(_ALL_COLUMNS, language="en", width=360)
    assert page.evaluate(OVERHANG) == 0
    cell = page.locator("main .table tbody td[data-label]:visible").first
    assert cell.evaluate("it => getComputedStyle(it).display") == "grid"
    frame = page.locator(".sideways")
    assert frame.evaluate("it => it.scrollHeight - it.clientHeight") == 0  # one scroll is enough


def test_on_paper_no_column_gives_way_and_nothing_is_cut(gallery: Gallery) -> None:
    page = gallery.show(scene_of("history of all people"), language="en", width=768)
    optional = page.locator("main .table th.optional").first
    assert not optional.is_visible()
    page.emulate_media(media="print")
    assert optional.is_visible()
    assert page.evaluate(OVERHANG) == 0
    assert not any(page.eval_on_selector_all(".overview, .table-frame", _FRAMES))
