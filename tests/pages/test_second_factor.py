"""One's own second factors: an authenticator app, recovery codes, and what may be removed."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AuditEvent, User
from tests.authenticator_app import code_of, start_of_a_step
from tests.factors import APP_SECRET, give_app, give_codes
from tests.pages.reading import Answer, actions, by_id, elements, links, text, words
from tests.people import Browse

pytestmark = pytest.mark.django_db

INDEX, APP, PICTURE = map(reverse, ("mfa_index", "mfa_activate_totp", "mfa_totp_picture"))
CODES, FILE, KEPT = map(reverse, ("mfa_codes", "mfa_codes_file", "mfa_codes_kept"))
NEW_CODES, PROOF = reverse("mfa_new_codes"), reverse("account_reauthenticate")


def secret_on(page: Answer) -> str:
    shown = re.search(r"[A-Z2-7]{4}( [A-Z2-7]{4}){7}", words(page))
    assert shown
    return shown.group()


def add_app(browser: Client) -> Answer:
    secret = secret_on(browser.get(APP))
    return browser.post(APP, {"code": code_of(secret)})


def told(*actions: str) -> list[tuple[str, object]]:
    found = AuditEvent.objects.filter(action__startswith="factor.").order_by("sequence")
    return [(event.action, event.facts["kind"]) for event in found]


@pytest.fixture(autouse=True)
def _early() -> Iterator[None]:
    with time_machine.travel(start_of_a_step()):
        yield


class TestAddingAnApp:
    def test_a_code_adds_it_and_recovery_codes_are_shown(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        answer = add_app(browser)
        assert answer["Location"] == CODES
        page = browser.get(CODES)
        assert "The authenticator app was added." in words(page)
        assert len(re.findall(r"\d{4} \d{4} \d{4}", text(page))) == 10
        assert told() == [
            ("factor.added", "totp"),
            ("factor.recovery_made", "recovery_codes"),
        ]
        assert "10 recovery codes are left." in words(browser.get(INDEX))

    def test_its_secret_is_sealed_wherever_it_is_stored(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        secret = secret_on(browser.get(APP)).replace(" ", "")
        assert secret not in str(dict(browser.session.items()))
        browser.post(APP, {"code": code_of(secret)})
        for factor in Authenticator.objects.all():
            assert secret not in str(factor.data)
            assert {value.partition(".")[0] for value in sealed_in(factor)} == {"v1"}
        assert "factor_app" not in browser.session

    def test_a_reload_keeps_the_secret(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        assert secret_on(browser.get(APP)) == secret_on(browser.get(APP))

    def test_a_wrong_code_is_said_and_adds_nothing(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        secret = secret_on(browser.get(APP))
        answer = browser.post(APP, {"code": code_of(secret, steps=9)})
        assert answer.status_code == 422
        assert "This code is not right" in words(answer)
        assert code_of(secret, steps=9) not in text(answer)
        assert secret_on(answer) == secret
        assert not Authenticator.objects.exists()
        assert told() == []

    def test_too_many_wrong_codes_are_looked_at_no_more(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        secret = secret_on(browser.get(APP))
        answers = [browser.post(APP, {"code": "000000"}) for _ in range(11)]
        assert "This code is not right" in words(answers[0])
        assert "too many tries" in words(answers[-1])
        assert "too many tries" in words(browser.post(APP, {"code": code_of(secret)}))
        assert not Authenticator.objects.exists()

    def test_another_app_replaces_the_first_once_it_shows_a_code(
        self, alice: User, browse: Browse
    ) -> None:
        first = give_app(alice)
        browser = browse(alice)
        page = browser.get(APP)
        assert "The app that you have works until" in words(page)
        assert Authenticator.objects.filter(pk=first.pk).exists()
        browser.post(APP, {"code": code_of(secret_on(page))})
        left = Authenticator.objects.get(type="totp")
        assert left.pk != first.pk
        assert told()[:2] == [("factor.removed", "totp"), ("factor.added", "totp")]

    def test_the_picture_is_a_file_of_ours_and_of_this_session(
        self, alice: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        assert browser.get(PICTURE).status_code == 404
        page = browser.get(APP)
        shown = [each.attributes["src"] for each in elements(page) if each.tag == "img"]
        assert PICTURE in shown
        assert "data:" not in text(page)
        picture = browser.get(PICTURE)
        assert picture["Content-Type"] == "image/svg+xml"
        assert picture["Cache-Control"] == "no-store"
        assert picture.content.lstrip().startswith(b"<?xml")
        assert browse(alice).get(PICTURE).status_code == 404

    def test_a_secret_that_does_not_open_is_made_anew(
        self, alice: User, browse: Browse, settings: Settings
    ) -> None:
        browser = browse(alice)
        first = secret_on(browser.get(APP))
        settings.KEYRING = ["YW5vdGhlciBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISE="]
        assert secret_on(browser.get(APP)) != first

    def test_it_asks_for_a_fresh_proof(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + timedelta(minutes=16)):
            for url in (APP, NEW_CODES, reverse("mfa_add_webauthn")):
                assert browser.get(url)["Location"].startswith(PROOF), url


def sealed_in(factor: Authenticator) -> list[str]:
    return [value for name, value in factor.data.items() if name in {"secret", "seed"}]


class TestRecoveryCodes:
    def test_they_are_read_once_by_the_session_that_made_them(
        self, alice: User, browse: Browse
    ) -> None:
        browser, other = browse(alice), browse(alice)
        add_app(browser)
        assert other.get(CODES)["Location"] == INDEX
        assert other.get(FILE).status_code == 404
        kept = browser.get(FILE)
        assert kept["Content-Type"].startswith("text/plain")
        assert kept["Cache-Control"] == "no-store"
        assert 'filename="recovery-codes.txt"' in kept["Content-Disposition"]
        shown = re.findall(r"\d{4} \d{4} \d{4}", words(browser.get(CODES)))
        assert re.findall(r"\d{4} \d{4} \d{4}", text(kept)) == shown
        browser.post(KEPT)
        assert browser.get(CODES)["Location"] == INDEX
        assert browser.get(FILE).status_code == 404

    def test_after_a_quarter_of_an_hour_they_are_gone(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        add_app(browser)
        with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
            assert browser.get(CODES)["Location"] == INDEX
            assert browser.get(FILE).status_code == 404

    def test_new_ones_end_the_earlier_ones(self, alice: User, browse: Browse) -> None:
        give_app(alice)
        earlier = give_codes(alice)
        browser = browse(alice)
        assert "stop working" in words(browser.get(NEW_CODES))
        assert browser.post(NEW_CODES)["Location"] == CODES
        now = re.findall(r"\d{4} \d{4} \d{4}", words(browser.get(CODES)))
        assert len(now) == 10
        assert not {code.replace(" ", "") for code in now} & set(earlier)
        assert told()[-1] == ("factor.recovery_made", "recovery_codes")

    def test_without_a_second_factor_there_are_none(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        assert "Add one first." in words(browser.get(NEW_CODES))
        assert browser.post(NEW_CODES)["Location"] == INDEX
        assert "Add a second factor first." in words(browser.get(INDEX))
        assert told() == []


class TestRemoving:
    def test_the_last_one_takes_the_codes_with_it(self, alice: User, browse: Browse) -> None:
        factor = give_app(alice)
        give_codes(alice)
        browser = browse(alice)
        url = reverse("mfa_remove", args=[factor.pk])
        assert url in links(browser.get(INDEX))
        assert "Your recovery codes go with it" in words(browser.get(url))
        assert browser.post(url)["Location"] == INDEX
        assert "The second factor was removed." in words(browser.get(INDEX))
        assert not Authenticator.objects.exists()
        assert told()[1:] == [
            ("factor.removed", "totp"),
            ("factor.removed", "recovery_codes"),
        ]

    def test_one_of_two_leaves_the_other_and_the_codes(self, alice: User, browse: Browse) -> None:
        app = give_app(alice)
        passkey = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Phone"})
        give_codes(alice)
        browser = browse(alice)
        url = reverse("mfa_remove", args=[passkey.pk])
        page = browser.get(url)
        assert "Remove Phone" in words(page)
        assert "Your other second factors stay." in words(page)
        browser.post(url)
        left = set(Authenticator.objects.values_list("type", flat=True))
        assert left == {"totp", "recovery_codes"}
        assert Authenticator.objects.filter(pk=app.pk).exists()

    @pytest.mark.parametrize("has_app", [False, True])
    def test_a_passkey_that_is_the_only_way_in_stays(
        self, dora: User, client: Client, has_app: bool
    ) -> None:
        """As of an administrator whose password was reset and never set anew."""
        passkey = Authenticator.objects.create(user=dora, type="webauthn", data={"name": "Phone"})
        if has_app:
            give_app(dora)
        User.objects.filter(pk=dora.pk).update(password="!none")  # noqa: S106  (no password)
        dora.refresh_from_db()
        before = told()
        client.force_login(dora)
        url = reverse("mfa_remove", args=[passkey.pk])
        assert client.post(url)["Location"] == INDEX
        assert "This passkey is your only way to sign in." in words(client.get(INDEX))
        assert Authenticator.objects.filter(pk=passkey.pk).exists()
        assert told() == before

    def test_recovery_codes_have_no_removal(self, alice: User, browse: Browse) -> None:
        give_app(alice)
        give_codes(alice)
        codes = Authenticator.objects.get(type="recovery_codes")
        answer = browse(alice).post(reverse("mfa_remove", args=[codes.pk]))
        assert answer.status_code == 404

    def test_a_role_that_needs_one_keeps_the_last(
        self, alice: User, browse: Browse, settings: Settings
    ) -> None:
        factor = give_app(alice)
        browser = browse(alice)
        settings.SECOND_FACTOR_ROLES = frozenset({"operator"})
        show = {"code": code_of(APP_SECRET)}
        assert browser.post(reverse("mfa_reauthenticate"), show).status_code == 302
        url = reverse("mfa_remove", args=[factor.pk])
        page = browser.get(url)
        assert "Your role needs a second factor." in words(page)
        assert url not in actions(page)
        browser.post(url)
        assert "Your role needs a second factor." in words(browser.get(INDEX))
        assert Authenticator.objects.filter(pk=factor.pk).exists()
        assert told() == []


class TestThePage:
    def test_it_says_where_passkeys_work(
        self, alice: User, browse: Browse, settings: Settings
    ) -> None:
        browser = browse(alice)
        add = reverse("mfa_add_webauthn")
        assert add not in links(browser.get(INDEX))
        assert "Passkeys work where" in words(browser.get(INDEX))
        settings.CONSOLE_URL = "https://testserver"
        assert add in links(browser.get(INDEX, secure=True))

    def test_a_name_typed_by_a_person_is_text(self, alice: User, browse: Browse) -> None:
        name = "<img src=x onerror=alert(1)>"
        Authenticator.objects.create(user=alice, type="webauthn", data={"name": name})
        assert name in words(browse(alice).get(INDEX))
        assert name not in text(browse(alice).get(INDEX))

    def test_no_code_left_is_said(self, alice: User, browse: Browse) -> None:
        give_app(alice)
        assert "You have no recovery code left." in words(browse(alice).get(INDEX))

    def test_the_form_says_what_is_missing(self, alice: User, browse: Browse) -> None:
        answer = browse(alice).post(APP, {"code": ""})
        assert "Enter the code." in words(answer)
        assert by_id(answer, "id_code").attributes["autocomplete"] == "one-time-code"
