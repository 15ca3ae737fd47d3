"""The mark of a production account: on every page of its key, in words, and on nobody else's."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from images.models import AccessKey, User
from images.vocabulary import State
from tests.pages.asking import typed
from tests.pages.listings import keep, row
from tests.pages.reading import Answer, elements, words
from tests.people import Browse, make_key, make_request

CREATE = "Create image of web01 in production"
PART = {"HX-Request": "true"}


@pytest.fixture
def key(alice: User) -> AccessKey:
    return make_key(alice, alias="blue", is_production=True)


def addresses(key: AccessKey) -> Iterator[str]:
    """Yield the pages that are about a key, or about what was done with it."""
    web = row("web01")
    keep(key, web)
    yield f"{reverse('server-list')}?key={key.pk}"
    yield reverse("request-new", args=[key.pk, web["id"]])
    yield key.get_absolute_url()
    yield reverse("key-edit", args=[key.pk])
    asked = make_request(key, state=State.READY, key_alias="blue")
    yield asked.get_absolute_url()
    yield reverse("request-integrity", args=[asked.pk])


def wears_bar(page: Answer) -> bool:
    return any("data-production" in e.attributes for e in elements(page) if e.tag == "header")


def test_each_page_of_the_key_wears_bar_and_word(
    alice: User, key: AccessKey, browse: Browse
) -> None:
    for url in addresses(key):
        page = browse(alice).get(url)
        assert wears_bar(page), url
        assert "Production blue · e / kr-west1" in words(page), url


def test_other_keys_and_other_pages_do_not(alice: User, key: AccessKey, browse: Browse) -> None:
    quiet = make_key(alice, alias="red")
    for url in (*addresses(quiet), reverse("history"), reverse("account"), reverse("key-list")):
        assert not wears_bar(browse(alice).get(url)), url
    servers = f"{reverse('server-list')}?key={quiet.pk}"
    assert "red · e / kr-west1" in words(browse(alice).get(servers))


def test_the_list_of_keys_says_which_are_production(
    alice: User, key: AccessKey, browse: Browse
) -> None:
    make_key(alice, alias="red")
    said = words(browse(alice).get(reverse("key-list")))
    assert "blue Production" in said
    assert "red Production" not in said


def test_an_auditor_sees_it_on_the_request(
    alice: User, bob: User, key: AccessKey, browse: Browse
) -> None:
    asked = make_request(key)
    assert wears_bar(browse(bob).get(asked.get_absolute_url()))


def test_the_form_and_its_button_name_it(alice: User, key: AccessKey, browse: Browse) -> None:
    web = row("web01")
    keep(key, web)
    url = reverse("request-new", args=[key.pk, web["id"]])
    browser = browse(alice)
    for answer in (
        browser.get(url),
        browser.get(url, headers=PART),
        browser.post(url, typed(reason=""), headers=PART),
    ):
        assert CREATE in words(answer)
        assert "blue is the key of a production account." in words(answer)


def test_it_is_set_and_taken_on_the_keys_form(alice: User, key: AccessKey, browse: Browse) -> None:
    url, browser = reverse("key-edit", args=[key.pk]), browse(alice)
    form = {"alias": "blue", "api_version": "1.3", "other_version": "", "expires_on": ""}
    for change, wanted in (({}, False), ({"is_production": "on"}, True)):
        assert browser.post(url, {**form, **change}).status_code == 302
        key.refresh_from_db()
        assert key.is_production is wanted
