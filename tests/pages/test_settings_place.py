"""`/settings/` and its first tab, `/account/`: what everybody finds there."""

import pytest
from django.urls import reverse
from pytest_django import Settings

from images.models import User
from tests.factors import give_app, give_codes
from tests.pages.reading import actions, links, words
from tests.people import Browse

PLACE, ACCOUNT = reverse("settings"), reverse("account")


def test_the_place_leads_to_the_tab_that_everybody_has(
    alice: User, bob: User, dora: User, browse: Browse
) -> None:
    for person in (alice, bob, dora):
        assert browse(person).get(PLACE)["Location"] == ACCOUNT


def test_everybody_finds_what_is_their_own(
    alice: User, bob: User, dora: User, browse: Browse
) -> None:
    wanted = ("set_language", "account-theme", "account-shortcuts", "account_logout")
    ways = ("account_change_password", "mfa_index", "session-list")
    for person in (alice, bob, dora):
        page = browse(person).get(PLACE, follow=True)
        assert {reverse(name) for name in wanted} <= actions(page)
        assert {reverse(name) for name in ways} <= links(page)


def test_the_one_time_zone_is_named(alice: User, browse: Browse, settings: Settings) -> None:
    assert "Time zone Asia/Seoul (KST) All times on all pages" in words(browse(alice).get(ACCOUNT))
    settings.TIME_ZONE = "UTC"
    assert "Time zone UTC (UTC)" in words(browse(alice).get(ACCOUNT))


def test_the_second_factors_are_counted(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    assert "You have no second factor yet." in words(browser.get(ACCOUNT))
    give_app(alice)
    give_codes(alice)
    said = words(browse(alice).get(ACCOUNT))
    assert "Authenticator app Set up Passkeys 0 Recovery codes 10 left" in said
    assert "You have no second factor yet." not in said


@pytest.mark.parametrize("name", ["settings", "account"])
def test_somebody_without_a_role_finds_nothing(charlie: User, browse: Browse, name: str) -> None:
    assert browse(charlie).get(reverse(name)).status_code == 404
