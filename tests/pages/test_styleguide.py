"""`/styleguide/`: the design system on one page, while DEBUG is on."""

import re
from importlib import reload
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import URLPattern
from pytest_django import Settings

from images.models import User
from images.views.styleguide import COLOURS, ICONS
from images.vocabulary import State
from scpconsole import urls
from tests.pages.reading import Answer, elements, words
from tests.people import Browse

URL = "/styleguide/"
STATIC = Path(configured.BASE_DIR) / "static"


@pytest.fixture
def page(settings: Settings, charlie: User, browse: Browse) -> Answer:
    settings.ROOT_URLCONF = "tests.gallery.urls"
    return browse(charlie).get(URL)


def test_an_installation_has_none(dora: User, browse: Browse, client: Client) -> None:
    assert browse(dora).get(URL).status_code == 404
    assert client.get(URL).status_code == 404


def test_its_address_is_there_while_debug_is_on(settings: Settings) -> None:
    settings.DEBUG = True
    try:
        names = [each.name for each in reload(urls).urlpatterns if isinstance(each, URLPattern)]
    finally:
        settings.DEBUG = False
        reload(urls)
    assert names == ["styleguide"]


def test_it_shows_both_themes_and_every_state_in_each(page: Answer) -> None:
    assert page.status_code == 200
    sides = [each for each in elements(page) if each.attributes.get("class") == "styleguide-side"]
    assert [each.attributes["data-theme"] for each in sides] == ["light", "dark"]
    said = words(page)
    for state in set(State) - {State.REFUSED}:  # whose badge says which refusal it was
        assert said.count(str(state.label)) >= 2, state
    for label in ("Taking longer than usual", "In progress (defrosting)", "waits until"):
        assert said.count(label) >= 2, label


def test_it_shows_every_colour_and_every_icon(page: Answer) -> None:
    tokens = (STATIC / "css" / "tokens.css").read_text()
    named = set(re.findall(r"--([\w-]+): light-dark", tokens))
    assert set(COLOURS) == named - {"accent-ink", "shade", "shadow"}
    painted = (STATIC / "css" / "styleguide.css").read_text()
    assert set(COLOURS) == set(re.findall(r'data-colour="([\w-]+)"', painted))
    sprite = (STATIC / "icons" / "sprite.svg").read_text()
    assert set(ICONS) == set(re.findall(r'<symbol id="([\w-]+)"', sprite))


def test_nothing_in_it_is_inline_and_no_id_stands_twice(page: Answer) -> None:
    ids = [each.attributes["id"] for each in elements(page) if each.attributes.get("id")]
    assert sorted(set(ids)) == sorted(ids)
    assert not [each for each in elements(page) if "style" in each.attributes]
