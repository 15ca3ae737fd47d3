"""How somebody signed in, read from the steps that allauth notes; and that nobody signs up."""

from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from images.models import User
from images.sign_in_facts import sign_in_facts

PASSWORD: dict[str, Any] = {"method": "password"}
SERVICE: dict[str, Any] = {"method": "socialaccount"}
CODE: dict[str, Any] = {"method": "mfa", "type": "totp"}
PASSKEY: dict[str, Any] = {"method": "mfa", "type": "webauthn", "passwordless": True}


@pytest.mark.parametrize(
    ("steps", "facts"),
    [
        ([], {}),
        ([PASSWORD], {"method": "password"}),
        ([PASSWORD, CODE], {"method": "password", "second": "totp"}),
        ([PASSWORD, PASSWORD], {"method": "password"}),
        ([PASSKEY], {"method": "passkey"}),
        ([PASSWORD, PASSKEY], {"method": "passkey"}),
        ([SERVICE], {"method": "single_sign_on"}),
        ([SERVICE, CODE], {"method": "single_sign_on", "second": "totp"}),
        ([{"method": "code"}], {"method": "other"}),
    ],
)
def test_the_last_steps_tell_it(
    alice: User, steps: list[dict[str, Any]], facts: dict[str, str]
) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.user = alice
    for step in steps:
        record_authentication(request, alice, **step)
    assert sign_in_facts(request, alice) == facts


class TestNobodySignsUp:
    def test_the_library_is_told_so(self, db: None) -> None:
        request = RequestFactory().get("/")
        assert not get_adapter().is_open_for_signup(request)
        assert not get_social_adapter().is_open_for_signup(request, None)

    @pytest.mark.parametrize(
        "name",
        [
            "account_signup",
            "account_email",
            "account_reset_password",
            "account_set_password",
            "socialaccount_signup",
            "socialaccount_connections",
        ],
    )
    def test_there_is_no_such_address(self, name: str) -> None:
        with pytest.raises(NoReverseMatch):
            reverse(name)

    def test_a_browser_that_asks_for_json_gets_a_page(self, client: Client, db: None) -> None:
        answer = client.post(
            reverse("account_login"), {"username": "x"}, headers={"Accept": "application/json"}
        )
        assert answer["Content-Type"].startswith("text/html")
