"""Every page in every state: axe finds nothing, it fits its window, and a finger hits it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test.signals import template_rendered

from tests.gallery.axe import violations
from tests.gallery.layout import PHONE, faults_on_desk, faults_on_phone
from tests.gallery.scenes import SCENES
from tests.gallery.showing import LANGUAGES, Gallery

# A scene takes a second or two; a run beside others takes its time.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture
def rendered() -> Iterator[set[str]]:
    """The names of the templates that were rendered during the test."""
    names: set[str] = set()

    def note(template: Any, **more: object) -> None:
        names.add(str(template.name))

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_has_a_violation_or_is_wider_than_its_window(
    gallery: Gallery, rendered: set[str], language: str
) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language=language)
        faults = violations(page) + faults_on_desk(page)
        found += [f"{scene.name}: {each}" for each in faults]
    assert not found, "\n".join(found)
    assert _every_template() - rendered == set(), "no scene shows this"


def test_a_phone_needs_no_scrolling_sideways_and_a_finger_hits_what_it_means(
    gallery: Gallery,
) -> None:
    found = []
    for scene in SCENES:
        page = gallery.show(scene, language="en", width=PHONE)
        found += [f"{scene.name}: {each}" for each in faults_on_phone(page)]
    assert not found, "\n".join(found)


def test_axe_sees_what_is_wrong(gallery: Gallery) -> None:
    page = gallery.show(SCENES[0], language="en")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').style.color = '#999'")
    seen = violations(page)
    for rule in ("light: label: ", "dark: label: ", "light: color-contrast: "):
        assert [each for each in seen if each.startswith(rule)], seen
    assert not [each for each in seen if each.startswith("dark: color-contrast: ")], seen


def test_what_does_not_fit_is_seen(gallery: Gallery) -> None:
    page = gallery.show(SCENES[0], language="en")
    page.evaluate("document.querySelector('h1').style.width = '1300px'")
    page.evaluate("document.querySelector('.brand').hidden = true")
    page.evaluate(
        "document.querySelector('.brand').style.setProperty('display', 'flex', 'important')"
    )
    wide, wider, shown = faults_on_desk(page)
    assert "px too wide at {'width': 1280" in wide
    assert "px too wide at {'width': 768" in wider
    assert shown.startswith("hidden, and shown all the same: <a class=")

    page = gallery.show(SCENES[0], language="en", width=PHONE)
    page.evaluate("document.querySelector('.button').style.minHeight = '43px'")
    [low] = faults_on_phone(page)
    assert low.startswith("less than 44 px high: <button class=")


def _every_template() -> set[str]:
    folder = Path(settings.BASE_DIR) / "templates"
    return {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
