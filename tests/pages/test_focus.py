"""Where one signs in or proves who one is, the field that comes first has the focus."""

from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from images.models import User
from tests.authenticator_app import code_of, start_of_a_step
from tests.factors import APP_SECRET, give_app, give_codes
from tests.pages.reading import Answer, by_id, elements
from tests.people import PASSWORD, Browse

LOGIN, STEP = reverse("account_login"), reverse("mfa_authenticate")
PROOF = reverse("mfa_reauthenticate")


@pytest.fixture(autouse=True)
def _early() -> Iterator[None]:
    with time_machine.travel(start_of_a_step()):
        yield


def focused(page: Answer) -> list[str]:
    found = [each.attributes for each in elements(page) if "autofocus" in each.attributes]
    return [attributes["id"] for attributes in found]


def at_second_step(client: Client) -> Answer:
    client.post(LOGIN, {"username": "alice", "password": PASSWORD})
    return client.get(STEP)


def test_the_user_name_comes_first(client: Client, db: None) -> None:
    page = client.get(LOGIN)
    assert focused(page) == ["id_username"]
    assert by_id(page, "id_username").attributes["autocomplete"] == "username"
    assert by_id(page, "id_password").attributes["autocomplete"] == "current-password"


def test_the_code_comes_first_and_can_be_filled_in_by_the_browser(
    alice: User, client: Client
) -> None:
    give_app(alice)
    page = at_second_step(client)
    field = by_id(page, "id_code").attributes
    assert focused(page) == ["id_code"]
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    assert not {"maxlength", "pattern"} & set(field)  # what is pasted is not cut


def test_a_code_pasted_with_spaces_is_taken(alice: User, client: Client) -> None:
    give_app(alice)
    at_second_step(client)
    code = code_of(APP_SECRET)
    assert client.post(STEP, {"code": f" {code[:3]} {code[3:]}\n"}).status_code == 302


def test_what_is_wrong_has_the_focus_instead(alice: User, client: Client) -> None:
    give_app(alice)
    at_second_step(client)
    refused = client.post(STEP, {"code": "no code"})
    assert focused(refused) == []
    assert [each for each in elements(refused) if "data-error-summary" in each.attributes]


def test_whose_way_is_a_passkey_is_shown_no_keyboard(
    alice: User, client: Client, settings: Settings
) -> None:
    settings.CONSOLE_URL = "https://testserver"
    Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Key"})
    give_codes(alice)
    page = at_second_step(client)
    assert by_id(page, "id_code").tag == "input"
    assert focused(page) == []


def test_the_proof_again_is_typed_at_once(alice: User, browse: Browse) -> None:
    assert focused(browse(alice).get(reverse("account_reauthenticate"))) == ["id_password"]
    browser = browse(alice)
    give_app(alice)
    assert focused(browser.get(PROOF)) == ["id_code"]


def test_who_sets_up_an_app_reads_first(alice: User, browse: Browse) -> None:
    assert focused(browse(alice).get(reverse("mfa_activate_totp"))) == []
