"""axe finds nothing on any page, in any state: WCAG 2.2 AA and its best practices."""

from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.gallery.scenes import SCENES
from tests.gallery.showing import Gallery

pytestmark = pytest.mark.browser
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
_OPTIONS = {
    "runOnly": {"type": "tag", "values": _TAGS},
    "resultTypes": ["violations"],
    "preload": False,  # it would fetch style sheets for rules that are not asked for
}


def violations(page: Page) -> list[str]:
    """Run axe on the page as it is; the browser's debugger puts it there, past our CSP."""
    page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then(found => found.violations)", _OPTIONS
    )
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]


# Words differ by language and colours by theme; neither changes the other.
@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ko", "dark")])
def test_no_page_in_any_state_has_a_violation(
    gallery: Gallery, language: str, theme: Literal["light", "dark"]
) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language=language)
        page.emulate_media(color_scheme=theme)
        found += [f"{scene.name}: {each}" for each in violations(page)]
    assert not found, "\n".join(found)


def test_axe_sees_what_is_wrong(gallery: Gallery) -> None:
    page = gallery.show(SCENES[0], language="en")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').style.color = '#ccc'")
    seen = violations(page)
    assert [each for each in seen if each.startswith("label: ")], seen
    assert [each for each in seen if each.startswith("color-contrast: ")], seen
