"""The places in the menu, five at most, and the tabs of the history."""

import pytest
from django.urls import reverse

from images.models import User
from tests.pages.reading import Answer, elements, links, words
from tests.people import Browse

HISTORY, EXPORTS = reverse("history"), reverse("export-list")
REVIEWS, CHECKPOINTS = reverse("review-list"), reverse("checkpoint-list")
SERVERS, REQUESTS, KEYS = map(reverse, ("server-list", "request-list", "key-list"))
SETTINGS = reverse("account")


def places(page: Answer) -> list[str]:
    return [each.attributes["href"] for each in elements(page) if "data-go" in each.attributes]


def current(page: Answer) -> list[str]:
    """Return where one is: the place, then the tab."""
    found = [each for each in elements(page) if each.attributes.get("aria-current") == "page"]
    return [each.attributes["href"] for each in found]


def test_nobody_has_more_than_five(alice: User, bob: User, dora: User, browse: Browse) -> None:
    five = [SERVERS, REQUESTS, HISTORY, KEYS, SETTINGS]
    wanted = {alice: five, bob: [REQUESTS, HISTORY, SETTINGS], dora: five}
    assert {person: places(browse(person).get(SETTINGS)) for person in wanted} == wanted


@pytest.mark.parametrize("tab", [HISTORY, EXPORTS, REVIEWS, CHECKPOINTS])
def test_the_tabs_of_the_history_lead_to_each_other(bob: User, browse: Browse, tab: str) -> None:
    page = browse(bob).get(tab)
    assert {HISTORY, EXPORTS, REVIEWS, CHECKPOINTS} <= links(page)
    assert current(page) == [HISTORY, tab]


def test_a_tab_of_the_settings_is_in_the_settings(dora: User, browse: Browse) -> None:
    people = reverse("person-list")
    assert current(browse(dora).get(people)) == [SETTINGS, people]


def test_no_key_leads_to_the_reviews(bob: User, browse: Browse) -> None:
    assert "g v" not in words(browse(bob).get(reverse("account-shortcuts")))
