"""Passkeys by the wire: what is taken, and every answer that is not."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from images.models import AuditEvent, User
from tests.factors import give_app
from tests.pages.reading import Answer, words
from tests.people import PASSWORD, Browse
from tests.soft_passkey import SoftPasskey

pytestmark = pytest.mark.django_db

NEW, CREATION = reverse("mfa_add_webauthn"), reverse("mfa_creation")
QUESTION, SIGN_IN = reverse("mfa_question"), reverse("mfa_login_webauthn")
LOGIN, STEP, PROOF = map(reverse, ("account_login", "mfa_authenticate", "mfa_reauthenticate"))
ORIGIN = "https://testserver"
REFUSED = "The passkey was not accepted."


@pytest.fixture(autouse=True)
def _on_https(settings: Settings) -> None:
    settings.CONSOLE_URL = ORIGIN


@pytest.fixture
def passkey() -> SoftPasskey:
    return SoftPasskey(origin=ORIGIN, host="testserver")


def ask(browser: Client, url: str) -> dict[str, Any]:
    question: dict[str, Any] = browser.post(url, secure=True).json()
    return question


def send(browser: Client, url: str, answer: object, **more: str) -> Answer:
    return browser.post(url, {"credential": json.dumps(answer), **more}, secure=True)


def add(browser: Client, passkey: SoftPasskey) -> Answer:
    return send(browser, NEW, passkey.created(ask(browser, CREATION)), name="Phone")


def use(browser: Client, passkey: SoftPasskey, person: User, **more: str) -> Answer:
    answer = passkey.used(ask(browser, QUESTION), person=person.pk.hex)
    return send(browser, SIGN_IN, answer, **more)


def is_in(browser: Client) -> bool:
    return browser.get(reverse("account"), secure=True).status_code == 200


class TestAdding:
    def test_it_is_stored_under_its_name(
        self, alice: User, browse: Browse, passkey: SoftPasskey
    ) -> None:
        answer = add(browse(alice), passkey)
        assert answer["Location"] == reverse("mfa_codes")
        assert Authenticator.objects.get(type="webauthn").data["name"] == "Phone"

    @pytest.mark.parametrize(
        ("what", "wrong"),
        [
            ("origin", "https://evil.testserver"),
            ("origin", "https://testserver:8443"),
            ("origin", "http://testserver"),
            ("host", "evil.example"),
            ("knows_person", False),
        ],
    )
    def test_another_origin_or_an_unknown_person_is_refused(
        self, alice: User, browse: Browse, passkey: SoftPasskey, what: str, wrong: object
    ) -> None:
        setattr(passkey, what, wrong)
        answer = add(browse(alice), passkey)
        assert (answer.status_code, REFUSED in words(answer)) == (422, True)
        assert not Authenticator.objects.exists()

    def test_a_question_is_answered_once(
        self, alice: User, browse: Browse, passkey: SoftPasskey
    ) -> None:
        browser = browse(alice)
        question = ask(browser, CREATION)
        assert send(browser, NEW, passkey.created(question)).status_code == 302
        other = SoftPasskey(origin=ORIGIN, host="testserver")
        assert send(browser, NEW, other.created(question)).status_code == 422
        assert Authenticator.objects.filter(type="webauthn").count() == 1

    def test_what_was_typed_stays(self, alice: User, browse: Browse) -> None:
        answer = browse(alice).post(NEW, {"name": "My phone"}, secure=True)
        assert (answer.status_code, "The browser gave no passkey." in words(answer)) == (422, True)
        assert 'value="My phone"' in answer.content.decode()


class TestSigningIn:
    @pytest.fixture(autouse=True)
    def added(self, alice: User, browse: Browse, passkey: SoftPasskey) -> None:
        assert add(browse(alice), passkey).status_code == 302

    def test_alone_it_signs_in_and_leads_on(
        self, alice: User, client: Client, passkey: SoftPasskey
    ) -> None:
        answer = use(client, passkey, alice, next="/history/")
        assert answer["Location"] == "/history/"
        assert is_in(client)

    def test_what_another_port_of_the_host_hands_on_is_refused(
        self, alice: User, passkey: SoftPasskey
    ) -> None:
        """It writes into the Host header what the browser saw."""
        passkey.origin = f"{ORIGIN}:8443"
        other = Client(headers={"Host": "testserver:8443"})
        assert use(other, passkey, alice)["Location"] == LOGIN
        assert not is_in(other)

    def test_it_leads_to_no_other_host(
        self, alice: User, client: Client, passkey: SoftPasskey
    ) -> None:
        answer = use(client, passkey, alice, next="https://evil.example/")
        assert answer["Location"] == reverse("home")

    @pytest.mark.parametrize(
        ("what", "wrong"),
        [
            ("origin", "https://evil.testserver"),
            ("host", "evil.example"),
            ("knows_person", False),
            ("id", b"another id of thirty-two bytes!!"),
            ("key", SoftPasskey("", "").key),
        ],
    )
    def test_whatever_is_wrong_nobody_comes_in(
        self, alice: User, client: Client, passkey: SoftPasskey, what: str, wrong: object
    ) -> None:
        setattr(passkey, what, wrong)
        answer = use(client, passkey, alice)
        assert answer["Location"] == LOGIN
        assert REFUSED in words(client.get(LOGIN, secure=True))
        assert not is_in(client)

    def test_a_failure_is_told(self, alice: User, client: Client, passkey: SoftPasskey) -> None:
        passkey.key = SoftPasskey("", "").key
        use(client, passkey, alice)
        failed = AuditEvent.objects.get(action="session.failed")
        assert failed.target == str(alice.pk)
        assert failed.facts == {"reason": "second_factor", "kind": "passkey"}

    def test_anothers_name_opens_nothing(
        self, bob: User, client: Client, passkey: SoftPasskey
    ) -> None:
        assert use(client, passkey, bob)["Location"] == LOGIN
        assert not is_in(client)

    def test_a_disabled_person_stays_out(
        self, alice: User, client: Client, passkey: SoftPasskey
    ) -> None:
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert use(client, passkey, alice)["Location"] == LOGIN
        assert not is_in(client)
        assert AuditEvent.objects.filter(action="session.signed_in").count() == 1  # while adding

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            7,
            [],
            {},
            {"id": 1},
            {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}},
            {"id": "AA", "rawId": "AA", "type": "public-key", "response": None},
            {
                "id": "AA",
                "rawId": "BB",
                "type": "public-key",
                "response": {"clientDataJSON": "e30"},
            },
            {"id": "é", "rawId": "%%", "type": "x", "response": {"clientDataJSON": "AAAA"}},
        ],
    )
    def test_nonsense_is_refused_in_words(self, client: Client, answer: object) -> None:
        ask(client, QUESTION)
        assert send(client, SIGN_IN, answer)["Location"] == LOGIN
        assert REFUSED in words(client.get(LOGIN, secure=True))

    @pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
    @pytest.mark.parametrize("value", ["", "AA", "e30", "_" * 400])
    def test_a_broken_part_is_refused(
        self, alice: User, client: Client, passkey: SoftPasskey, part: str, value: str
    ) -> None:
        answer = passkey.used(ask(client, QUESTION), person=alice.pk.hex)
        answer["response"][part] = value
        assert send(client, SIGN_IN, answer)["Location"] == LOGIN
        assert not is_in(client)

    @pytest.mark.parametrize("handle", ["", "AA", "_w", "bm9ib2R5"])
    def test_a_handle_of_nobody_is_refused(
        self, client: Client, passkey: SoftPasskey, handle: str
    ) -> None:
        answer = passkey.used(ask(client, QUESTION))
        answer["response"]["userHandle"] = handle
        assert send(client, SIGN_IN, answer)["Location"] == LOGIN

    def test_no_json_at_all_is_refused(self, client: Client, db: None) -> None:
        for typed in ("", "{", "\x00"):
            answer = client.post(SIGN_IN, {"credential": typed}, secure=True)
            assert answer["Location"] == LOGIN

    def test_tries_are_limited(self, client: Client, db: None) -> None:
        statuses = [send(client, SIGN_IN, {}).status_code for _ in range(12)]
        assert statuses == [302] * 10 + [429] * 2

    def test_questions_of_strangers_are_limited(self, client: Client, db: None) -> None:
        statuses = [client.post(QUESTION, secure=True).status_code for _ in range(31)]
        assert statuses == [200] * 30 + [429]


class TestTheSecondStep:
    def test_after_the_password_it_is_asked_of_this_person(
        self, alice: User, browse: Browse, client: Client, passkey: SoftPasskey
    ) -> None:
        add(browse(alice), passkey)
        sent = {"username": "alice", "password": PASSWORD}
        assert client.post(LOGIN, sent, secure=True)["Location"] == STEP
        assert "Use a passkey" in words(client.get(STEP, secure=True))
        question = ask(client, QUESTION)
        assert len(question["publicKey"]["allowCredentials"]) == 1
        wrong = send(client, STEP, {})
        assert (wrong.status_code, REFUSED in words(wrong)) == (422, True)
        assert send(client, STEP, passkey.used(ask(client, QUESTION))).status_code == 302
        assert is_in(client)

    def test_it_proves_again_who_one_is(
        self, alice: User, browse: Browse, passkey: SoftPasskey
    ) -> None:
        browser = browse(alice)
        add(browser, passkey)
        answer = send(browser, PROOF, passkey.used(ask(browser, QUESTION)), next="/history/")
        assert answer["Location"] == "/history/"

    def test_one_with_an_app_alone_is_not_offered_a_passkey(
        self, alice: User, client: Client
    ) -> None:
        give_app(alice)
        client.post(LOGIN, {"username": "alice", "password": PASSWORD}, secure=True)
        assert "Use a passkey" not in words(client.get(STEP, secure=True))
