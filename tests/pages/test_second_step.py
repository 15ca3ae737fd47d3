"""The second step of a sign-in, the lost factor, and roles that need a second factor."""

import logging
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
from images.services import accounts, password_links, passwords
from images.vocabulary import Role
from tests.authenticator_app import code_of, start_of_a_step
from tests.factors import APP_SECRET, give_app, give_codes
from tests.pages.reading import Answer, actions, by_id, text, words
from tests.people import PASSWORD, Browse

pytestmark = pytest.mark.django_db

LOGIN, STEP, LEAVE = map(reverse, ("account_login", "mfa_authenticate", "mfa_leave"))
HOME, INDEX, APP = map(reverse, ("home", "mfa_index", "mfa_activate_totp"))
PROOF, ACCOUNT = reverse("mfa_reauthenticate"), reverse("account")
NEW = "violet tractor beneath seven"
NOT_RIGHT = "This code is not right"


def first_step(client: Client, **more: str) -> Answer:
    return client.post(LOGIN, {"username": "alice", "password": PASSWORD, **more})


def last(action: str) -> AuditEvent:
    found = AuditEvent.objects.filter(action=action).order_by("-sequence").first()
    assert found
    return found


@pytest.fixture(autouse=True)
def _early() -> Iterator[None]:
    with time_machine.travel(start_of_a_step()):
        yield


class TestSigningIn:
    def test_the_password_alone_opens_nothing(self, alice: User, client: Client) -> None:
        give_app(alice)
        assert first_step(client)["Location"] == STEP
        assert client.get(ACCOUNT).status_code == 302
        assert not AuditEvent.objects.filter(action="session.signed_in").exists()

    def test_a_code_signs_in_and_leads_on(self, alice: User, client: Client) -> None:
        give_app(alice)
        first_step(client, next=INDEX)
        before = client.session.session_key
        page = client.get(STEP)
        assert "Your account has a second factor." in words(page)
        assert by_id(page, "id_code").attributes["autocomplete"] == "one-time-code"
        assert client.post(STEP, {"code": code_of(APP_SECRET)})["Location"] == INDEX
        assert client.get(ACCOUNT).status_code == 200
        assert client.session.session_key != before
        facts = last("session.signed_in").facts
        assert facts == {"method": "password", "second": "totp"}

    def test_a_code_works_once(self, alice: User, client: Client) -> None:
        give_app(alice)
        code = code_of(APP_SECRET)
        first_step(client)
        assert client.post(STEP, {"code": code}).status_code == 302
        again = Client()
        first_step(again)
        assert NOT_RIGHT in words(again.post(STEP, {"code": code}))
        assert again.get(ACCOUNT).status_code == 302

    def test_the_code_that_added_an_app_signs_nobody_in(
        self, alice: User, browse: Browse, client: Client
    ) -> None:
        browser = browse(alice)
        secret = "".join(
            each.split("secret=")[1].split("&")[0]
            for each in text(browser.get(APP)).split('"')
            if each.startswith("otpauth:")
        )
        code = code_of(secret)
        assert browser.post(APP, {"code": code}).status_code == 302
        first_step(client)
        assert NOT_RIGHT in words(client.post(STEP, {"code": code}))

    @pytest.mark.parametrize("steps", [-1, 1])
    def test_a_code_of_another_half_minute_is_none(
        self, alice: User, client: Client, steps: int
    ) -> None:
        give_app(alice)
        first_step(client)
        answer = client.post(STEP, {"code": code_of(APP_SECRET, steps=steps)})
        assert (answer.status_code, NOT_RIGHT in words(answer)) == (422, True)
        failed = last("session.failed")
        assert (failed.target, failed.facts["reason"]) == (str(alice.pk), "second_factor")

    def test_spaces_in_a_code_do_no_harm(self, alice: User, client: Client) -> None:
        give_app(alice)
        first_step(client)
        code = code_of(APP_SECRET)
        assert client.post(STEP, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302

    def test_guessing_ends_with_a_page_and_one_event(self, alice: User, client: Client) -> None:
        give_app(alice)
        first_step(client)
        answers = [client.post(STEP, {"code": "000000"}) for _ in range(12)]
        assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2
        assert "Too many tries" in words(answers[-1])
        assert client.post(STEP, {"code": code_of(APP_SECRET)}).status_code == 429
        limited = AuditEvent.objects.filter(action="session.limited")
        assert [event.target for event in limited] == [str(alice.pk)]
        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            assert client.post(STEP, {"code": code_of(APP_SECRET)}).status_code == 302

    def test_a_right_code_takes_back_its_own_try_alone(self, alice: User, bob: User) -> None:
        """Else one's own sign-in would wipe out what an address has guessed at others."""
        give_app(alice)

        def guess(name: str) -> int:
            return Client().post(LOGIN, {"username": name, "password": "wrong"}).status_code

        assert [guess(f"name{number}") for number in range(19)] == [200] * 19
        browser = Client()
        first_step(browser)
        assert browser.post(STEP, {"code": code_of(APP_SECRET)}).status_code == 302
        assert [guess("bob") for _ in range(2)] == [200, 429]

    def test_without_the_first_step_there_is_no_second(self, client: Client, db: None) -> None:
        assert client.get(STEP)["Location"] == LOGIN
        assert client.post(STEP, {"code": "123456"})["Location"] == LOGIN

    def test_one_may_leave_it(self, alice: User, client: Client) -> None:
        give_app(alice)
        first_step(client)
        assert LEAVE in actions(client.get(STEP))
        assert client.get(LOGIN)["Location"] == STEP
        assert client.post(LEAVE)["Location"] == LOGIN
        assert client.get(LOGIN).status_code == 200
        assert client.get(STEP)["Location"] == LOGIN

    def test_whoever_is_disabled_meanwhile_does_not_come_in(
        self, alice: User, client: Client
    ) -> None:
        give_app(alice)
        first_step(client)
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert client.post(STEP, {"code": code_of(APP_SECRET)})["Location"] == LOGIN
        assert client.get(ACCOUNT).status_code == 302
        assert not AuditEvent.objects.filter(action="session.signed_in").exists()

    @pytest.mark.parametrize("how", ["a change", "a reset", "a link"])
    def test_a_password_that_is_replaced_meanwhile_opens_nothing(
        self, alice: User, dora: User, client: Client, how: str
    ) -> None:
        give_app(alice)
        first_step(client)
        if how == "a change":
            passwords.change_password(actor=alice, password=NEW, session_key="")
        else:
            link = password_links.start_reset(actor=dora, person=alice)
            if how == "a link":
                token = link.url.partition("token=")[2]
                password_links.set_password(token=token, password=NEW)
        assert client.post(STEP, {"code": code_of(APP_SECRET)})["Location"] == LOGIN
        assert client.get(ACCOUNT).status_code == 302
        assert not AuditEvent.objects.filter(action="session.signed_in").exists()

    @pytest.mark.parametrize("how", ["signed out everywhere", "disabled and enabled"])
    def test_whoever_is_shut_out_meanwhile_begins_anew(
        self, alice: User, dora: User, client: Client, how: str
    ) -> None:
        give_app(alice)
        first_step(client)
        if how == "signed out everywhere":
            assert accounts.end_sessions(actor=dora, person=alice) == 0
        else:
            accounts.disable(actor=dora, person=alice)
            accounts.enable(actor=dora, person=alice)
        assert client.post(STEP, {"code": code_of(APP_SECRET)})["Location"] == LOGIN
        assert client.get(ACCOUNT).status_code == 302

    def test_a_factor_that_is_reset_meanwhile_begins_anew(
        self, alice: User, client: Client
    ) -> None:
        give_app(alice)
        first_step(client)
        Authenticator.objects.all().delete()
        assert client.post(STEP, {"code": code_of(APP_SECRET)})["Location"] == LOGIN
        assert client.get(ACCOUNT).status_code == 302

    def test_an_unrecorded_sign_in_lets_nobody_in(
        self, alice: User, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        give_app(alice)
        first_step(client)

        def fail(*args: object, **kwargs: object) -> None:
            raise OSError("no space")

        monkeypatch.setattr(AuditEvent.objects, "append", fail)
        with pytest.raises(OSError, match="no space"):
            client.post(STEP, {"code": code_of(APP_SECRET)})
        monkeypatch.undo()
        assert client.get(ACCOUNT).status_code == 302


class TestALostFactor:
    def test_a_recovery_code_signs_in_once(self, alice: User, client: Client) -> None:
        give_app(alice)
        code = give_codes(alice)[3]
        first_step(client)
        assert client.post(STEP, {"code": f"{code[:4]} {code[4:8]} {code[8:]}"}).status_code == 302
        assert client.get(ACCOUNT).status_code == 200
        assert last("session.signed_in").facts["second"] == "recovery_codes"
        used = last("factor.recovery_used")
        assert (used.actor, used.target) == (alice, str(alice.pk))
        assert code not in str(list(AuditEvent.objects.values_list("content", flat=True)))
        assert "9 recovery codes are left." in words(client.get(INDEX))
        again = Client()
        first_step(again)
        assert NOT_RIGHT in words(again.post(STEP, {"code": code}))

    def test_an_unrecorded_use_uses_nothing_up(
        self, alice: User, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        give_app(alice)
        code = give_codes(alice)[0]
        first_step(client)

        def fail(*args: object, **kwargs: object) -> None:
            raise OSError("no space")

        monkeypatch.setattr(AuditEvent.objects, "append", fail)
        with pytest.raises(OSError, match="no space"):
            client.post(STEP, {"code": code})
        monkeypatch.undo()
        assert client.post(STEP, {"code": code}).status_code == 302

    def test_a_secret_that_does_not_open_leaves_the_codes(
        self, alice: User, bob: User, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Bob's sealed secret in Alice's row opens nothing: it is bound to him."""
        moved, hers = give_app(bob), give_app(alice)
        Authenticator.objects.filter(pk=hers.pk).update(data=moved.data)
        code = give_codes(alice)[0]
        first_step(client)
        with caplog.at_level(logging.ERROR, logger="images.services.factors"):
            answer = client.post(STEP, {"code": code_of(APP_SECRET)})
        assert NOT_RIGHT in words(answer)
        assert "a second factor does not open" in caplog.text
        assert client.post(STEP, {"code": code}).status_code == 302


class TestProvingAgain:
    def test_a_code_is_a_proof(self, alice: User, browse: Browse) -> None:
        give_app(alice)
        browser = browse(alice)
        with time_machine.travel(timezone.now() + timedelta(minutes=20)):
            assert browser.get(APP).status_code == 302
            page = browser.get(f"{PROOF}?next={APP}")
            assert "a fresh proof that you are alice" in words(page)
            wrong = browser.post(PROOF, {"code": "000000", "next": APP})
            assert (wrong.status_code, NOT_RIGHT in words(wrong)) == (422, True)
            right = browser.post(PROOF, {"code": code_of(APP_SECRET), "next": APP})
            assert right["Location"] == APP
            assert browser.get(APP).status_code == 200

    def test_it_is_offered_beside_the_password(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        url = reverse("account_reauthenticate")
        assert "Use your second factor" not in words(browser.get(url))
        give_app(alice)
        assert "Use your second factor" in words(browser.get(url))

    def test_without_a_factor_the_password_is_asked(self, alice: User, browse: Browse) -> None:
        answer = browse(alice).get(PROOF)
        assert answer["Location"] == reverse("account_reauthenticate")

    def test_it_leads_nowhere_else(self, alice: User, browse: Browse) -> None:
        give_app(alice)
        sent = {"code": code_of(APP_SECRET), "next": "https://evil.example/"}
        assert browse(alice).post(PROOF, sent)["Location"] == HOME

    def test_guessing_ends(self, alice: User, browse: Browse) -> None:
        give_app(alice)
        browser = browse(alice)
        codes = [browser.post(PROOF, {"code": "000000"}).status_code for _ in range(11)]
        assert codes[-1] == 429


class TestRolesThatNeedOne:
    @pytest.fixture(autouse=True)
    def needed(self, settings: Settings) -> None:
        settings.SECOND_FACTOR_ROLES = frozenset({"administrator", "operator"})

    def test_every_page_leads_to_adding_one(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        for name in ("home", "account", "key-list", "request-list", "history", "export-new"):
            assert browser.get(reverse(name))["Location"] == INDEX, name
        assert browser.post(reverse("key-new"), {"alias": "a"})["Location"] == INDEX
        assert "Your role needs a second factor." in words(browser.get(INDEX))

    def test_no_part_of_a_page_leaks(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        part = {"HX-Request": "true"}
        poll = browser.get(reverse("request-list"), headers=part)
        assert (poll.status_code, poll.content) == (401, b"")
        act = browser.post(reverse("key-new"), headers=part)
        assert (act["HX-Redirect"], act.content) == (INDEX, b"")
        boosted = browser.get(reverse("history"), headers={**part, "HX-Boosted": "true"})
        assert boosted["Location"] == INDEX

    def test_with_one_everything_opens(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        page = browser.get(APP)
        secret = next(each for each in text(page).split('data-copy="') if each[4] == " ")[:39]
        assert browser.post(APP, {"code": code_of(secret)}).status_code == 302
        assert browser.get(reverse("history")).status_code == 200

    def test_a_session_from_before_has_to_show_it(self, alice: User, browse: Browse) -> None:
        """Somebody who knows the password alone is still signed in elsewhere."""
        elsewhere = browse(alice)
        give_app(alice)
        history = reverse("history")
        assert elsewhere.get(history)["Location"] == f"{PROOF}?next={history.replace('/', '%2F')}"
        assert elsewhere.post(reverse("key-new"))["Location"] == f"{PROOF}?next=%2F"
        assert elsewhere.get(APP)["Location"].startswith(PROOF)
        assert elsewhere.get(INDEX)["Location"].startswith(PROOF)
        shown = {"code": code_of(APP_SECRET), "next": history}
        assert elsewhere.post(PROOF, shown)["Location"] == history
        assert elsewhere.get(history).status_code == 200

    def test_a_new_role_counts_at_the_next_request(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        assert browser.get(reverse("history")).status_code == 200
        User.objects.filter(pk=bob.pk).update(role=Role.ADMINISTRATOR)
        assert browser.get(reverse("history"))["Location"] == INDEX
        User.objects.filter(pk=bob.pk).update(role=Role.AUDITOR)
        assert browser.get(reverse("history")).status_code == 200

    def test_what_needs_no_role_stays_open(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        assert browser.post(reverse("account-theme"), {"theme": "dark"})["Location"] == "/"
        assert browser.get(reverse("healthz")).status_code == 200
        assert browser.post(reverse("account_logout"))["Location"] == LOGIN

    def test_others_never_notice(self, bob: User, charlie: User, browse: Browse) -> None:
        assert browse(bob).get(reverse("history")).status_code == 200
        assert browse(charlie).get(HOME).status_code == 200
