"""Pages of other origins: they may neither read our answers nor act through a browser."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from images.models import User
from tests.people import PASSWORD, Browse

EVIL = {"Origin": "https://evil.example", "Referer": "https://evil.example/page"}
ADDRESSES = (
    "home",
    "healthz",
    "login",
    "account",
    "history",
    "request-list",
    "key-list",
    "metrics",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_lets_another_origin_read_it(alice: User, browse: Browse, address: str) -> None:
    preflight = {**EVIL, "Access-Control-Request-Method": "POST"}
    for answer in (
        browse(alice).get(address, headers=EVIL),
        browse(alice).options(address, headers=preflight),
    ):
        said = [header for header in answer.headers if header.lower().startswith("access-control")]
        assert said == []


def test_a_form_of_another_origin_acts_for_nobody(alice: User) -> None:
    """Not even with the right token, which only a page of ours can know."""
    browser = Browser(enforce_csrf_checks=True)
    assert browser.login(username=alice.username, password=PASSWORD)
    browser.get(reverse("account"))
    token = browser.cookies["csrf"].value
    address, fields = reverse("account-theme"), {"theme": "dark", "csrfmiddlewaretoken": token}
    assert browser.post(address, fields, headers=EVIL).status_code == 403
    assert browser.post(address, fields, headers={"Origin": "null"}).status_code == 403
    assert browser.post(address, fields).status_code == 302
