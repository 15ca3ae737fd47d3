"""`make screenshots`: every page in every state, theme, language and width, with an index.

Not collected by the test run; ONLY=part-of-a-name narrows it. The folder is said at the end.
"""

import os
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.gallery.scenes import SCENES, Scene
from tests.gallery.showing import LANGUAGES, OVERHANG, PHONE, Gallery

FOLDER = Path(__file__).resolve().parents[2] / ".artifacts" / "pictures"
WIDTHS = (1280, 768, 360)
THEMES = ("light", "dark")


@pytest.mark.timeout(3600)
def test_take_every_picture(gallery: Gallery) -> None:
    only = os.environ.get("ONLY", "")
    chosen = [scene for scene in SCENES if only in scene.name]
    assert chosen, f"no scene is called like {only}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    wide = []
    for scene in chosen:
        for language in LANGUAGES:
            for width in WIDTHS:
                page = gallery.show(scene, language=language, width=width)
                if overhang := page.evaluate(OVERHANG):
                    wide.append(f"{scene.name}, {language}, {width}: {overhang} px too wide")
                is_whole = width < PHONE
                if is_whole:
                    _stretch(page)
                for theme in THEMES:
                    path = FOLDER / _file(scene, theme, language, width)
                    _take(page, theme, path, is_whole=is_whole)
    index = FOLDER / "index.html"
    index.write_text(_index(chosen))
    print(f"\n{len(chosen)} pages and states: {index}")  # noqa: T201  # for whoever asked
    assert not wide, "\n".join(wide)


def _stretch(page: Page) -> None:
    """Make the window as high as the page: a picture of more than the window forgets fingers."""
    size = page.viewport_size
    assert size is not None
    high: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], high)})


def _take(page: Page, theme: str, path: Path, *, is_whole: bool) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a Literal
    is_panel = page.locator("dialog[open]").count() > 0
    page.screenshot(path=path, full_page=not (is_whole or is_panel), animations="disabled")


def _file(scene: Scene, theme: str, language: str, width: int) -> str:
    return f"{scene.name.replace(' ', '-')}.{language}.{theme}.{width}.png"


def _index(scenes: list[Scene]) -> str:
    rows = "".join(_row(scene) for scene in scenes)
    return (
        "<!doctype html><meta charset=utf-8><title>Every page</title><style>"
        "body{font:14px system-ui;margin:16px}img{height:260px;border:1px solid #999;margin:4px}"
        f"</style><h1>Every page</h1>{rows}"
    )


def _row(scene: Scene) -> str:
    files = [
        _file(scene, theme, language, width)
        for language in LANGUAGES
        for theme in THEMES
        for width in WIDTHS
    ]
    pictures = "".join(
        f'<a href="{file}"><img loading="lazy" src="{file}" alt="{escape(file)}"></a>'
        for file in files
    )
    return f"<h2>{escape(scene.name)}</h2><p>{pictures}</p>"
