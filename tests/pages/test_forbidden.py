"""403: what the role does not allow, in a sentence about what was asked for, and who can help."""

import pytest
from django.urls import reverse

from images.models import User
from tests.pages.asking import typed
from tests.pages.reading import Answer, links, words
from tests.people import Browse, make_key, make_request

SERVER_ID = "2b0c7a1e-9d3f-4c55-8a53-6a1f2f0e9b10"
NO_IMAGES = "Your role cannot create images. Ask an administrator."
NO_KEYS = "Your role has no access keys of its own. Ask an administrator."
NO_SERVERS = "Your role does not see servers:"
NO_WITHDRAWAL = "Your role cannot withdraw requests. Ask the person who made this one."
NO_SETTLING = (
    "Your role cannot settle requests. Ask the person who made this one, or an administrator."
)
NO_REVIEWS = "Only auditors and administrators read the reviews. Ask one of them."
NO_RULES = "Only administrators see people and the rules of the console. Ask one of them."


def assert_told(answer: Answer, sentence: str) -> None:
    assert answer.status_code == 403
    assert sentence in words(answer)
    assert "/" in links(answer)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("key-list", NO_KEYS),
        ("key-new", NO_KEYS),
        ("server-list", NO_SERVERS),
        ("person-list", NO_RULES),
        ("console-settings", NO_RULES),
    ],
)
def test_an_auditor_opens_a_page(bob: User, browse: Browse, name: str, sentence: str) -> None:
    assert_told(browse(bob).get(reverse(name)), sentence)


@pytest.mark.parametrize(
    ("name", "sentence"), [("review-list", NO_REVIEWS), ("person-list", NO_RULES)]
)
def test_an_operator_opens_a_page(alice: User, browse: Browse, name: str, sentence: str) -> None:
    assert_told(browse(alice).get(reverse(name)), sentence)


def test_an_auditor_asks_for_an_image(alice: User, bob: User, browse: Browse) -> None:
    key = make_key(alice)
    for name in ("request-new", "draft-keep", "draft-start-over"):
        url = reverse(name, args=[key.pk, SERVER_ID])
        assert_told(browse(bob).post(url, typed()), NO_IMAGES)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("request-withdraw", NO_WITHDRAWAL),
        ("request-look", NO_SETTLING),
        ("request-settle", NO_SETTLING),
    ],
)
def test_an_auditor_acts_on_a_request(
    alice: User, bob: User, browse: Browse, name: str, sentence: str
) -> None:
    asked = make_request(make_key(alice))
    assert_told(browse(bob).post(reverse(name, args=[asked.pk])), sentence)
