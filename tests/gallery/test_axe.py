"""axe finds nothing on any page, in any state: WCAG 2.2 AA and its best practices."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.gallery.scenes import SCENES
from tests.gallery.showing import LANGUAGES, Gallery

pytestmark = pytest.mark.browser
_TAGS = [
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"),
]
_ALL = {
    "runOnly": {"type": "tag", "values": _TAGS},
    "resultTypes": ["violations"],
    "preload": False,
}
# The dark theme changes colours and nothing else.
_COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
    "preload": False,
}


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """Run axe on the page as it is; the browser's debugger puts it there, past our CSP."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then(found => found.violations)", options
    )
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_in_any_state_has_a_violation(gallery: Gallery, language: str) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language=language)
        for theme, options in (("light", _ALL), ("dark", _COLOURS)):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a Literal
            found += [f"{scene.name}, {theme}: {each}" for each in violations(page, options)]
    assert not found, "\n".join(found)
