"""What axe finds on a page, in both themes: WCAG 2.2 AA and axe's best practices."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

THEMES = ("light", "dark")
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
_OPTIONS = {
    "runOnly": {"type": "tag", "values": _TAGS},
    "resultTypes": ["violations"],
    "preload": False,  # it would fetch style sheets for rules that are not asked for
}


def violations(page: Page) -> list[str]:
    """Run axe on the page as it is; the browser's debugger puts it there, past our CSP."""
    page.evaluate(AXE_SCRIPT)
    return [f"{theme}: {each}" for theme in THEMES for each in _in_theme(page, theme)]


def _in_theme(page: Page, theme: str) -> list[str]:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a Literal
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then(found => found.violations)", _OPTIONS
    )
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]
