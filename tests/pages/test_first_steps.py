"""The way from nothing to the first image: where each person lands, and what comes next."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import AccessKey, User
from images.vocabulary import IAM_ACTIONS
from tests.pages.reading import elements, links, words
from tests.people import Browse, make_key, make_request

HOME, SERVERS, HISTORY = reverse("home"), reverse("server-list"), reverse("history")
PEOPLE = reverse("person-list")
NEW_KEY = reverse("key-new")
NEXT = "What comes next"


class TestHome:
    def test_each_lands_where_their_work_is(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        landed = {person: browse(person).get(HOME)["Location"] for person in (alice, bob, dora)}
        assert landed == {alice: SERVERS, bob: HISTORY, dora: PEOPLE}

    def test_an_administrator_with_a_key_works_with_servers(
        self, dora: User, browse: Browse
    ) -> None:
        key = make_key(dora)
        assert browse(dora).get(HOME)["Location"] == SERVERS
        AccessKey.objects.filter(pk=key.pk).update(disabled_at=timezone.now())
        assert browse(dora).get(HOME)["Location"] == PEOPLE


class TestWithoutAKey:
    @pytest.mark.parametrize("name", ["server-list", "key-list"])
    def test_the_steps_say_what_the_key_needs_and_lead_to_the_form(
        self, alice: User, browse: Browse, name: str
    ) -> None:
        page = browse(alice).get(reverse(name))
        said = words(page)
        assert "Add an access key to see your servers." in said
        assert all(action in said for action in IAM_ACTIONS)
        assert NEW_KEY in links(page)

    def test_the_actions_are_copied_together_or_alone(self, alice: User, browse: Browse) -> None:
        copies = values_to_copy(browse(alice), SERVERS)
        assert copies == [*IAM_ACTIONS, "\n".join(IAM_ACTIONS)]
        assert values_to_copy(browse(alice), NEW_KEY) == copies

    def test_the_form_says_what_comes_after_it(self, alice: User, browse: Browse) -> None:
        assert "What comes next: the console tests the key" in words(browse(alice).get(NEW_KEY))

    def test_a_key_that_was_disabled_is_none(self, alice: User, browse: Browse) -> None:
        make_key(alice, disabled_at=timezone.now())
        assert NEW_KEY in links(browse(alice).get(SERVERS))


class TestTheNewKey:
    @pytest.mark.parametrize(
        ("test", "sentence"),
        [
            (None, "Test this key. A test makes one reading call to SCP and changes nothing."),
            ({"works": False, "reason": "signature"}, "Put right what the test says"),
            ({"works": True}, "The key works. Choose a server to make the first image."),
        ],
    )
    def test_its_page_says_what_comes_next(
        self, alice: User, browse: Browse, test: object, sentence: str
    ) -> None:
        key = make_key(alice, last_test=test)
        page = browse(alice).get(key.get_absolute_url())
        assert f"{NEXT} {sentence}" in words(page)
        leads_on = f"{SERVERS}?key={key.pk}" in links(page)
        assert leads_on is (test == {"works": True})

    def test_once_it_was_used_the_page_is_quiet(self, alice: User, browse: Browse) -> None:
        key = make_key(alice, last_test={"works": True})
        make_request(key)
        assert NEXT not in words(browse(alice).get(key.get_absolute_url()))

    def test_nothing_comes_next_for_one_that_may_not_be_used(
        self, alice: User, browse: Browse
    ) -> None:
        key = make_key(alice, disabled_at=timezone.now())
        assert NEXT not in words(browse(alice).get(key.get_absolute_url()))


def values_to_copy(browser: Client, url: str) -> list[str]:
    found = [each.attributes.get("data-copy") for each in elements(browser.get(url))]
    return [value for value in found if value]
