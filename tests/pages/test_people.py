"""`/settings/people/`: who there is, one person, and the invitation of another."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AuditEvent, User
from images.services import people
from images.services.password_links import person_of
from images.vocabulary import Role
from tests.pages.reading import Answer, actions, by_id, elements, links, text, words
from tests.people import Browse, make_key, make_person

pytestmark = pytest.mark.django_db

LIST, NEW = reverse("person-list"), reverse("person-new")


def page_of(person: User) -> str:
    return reverse("person-detail", args=[person.pk])


def act_on(person: User, act: str) -> str:
    return reverse(f"person-{act}", args=[person.pk])


def shown_link(answer: Answer) -> str:
    """Return the link that the page shows, as a person copies it."""
    (url,) = {
        each.attributes["data-copy"]
        for each in elements(answer)
        if "data-copy" in each.attributes and "token=" in each.attributes["data-copy"]
    }
    return url


def typed(**changes: Any) -> dict[str, Any]:
    return {"name": "erin", "email": "erin@example.com", "role": "auditor", **changes}


@pytest.fixture
def doras(dora: User, browse: Browse) -> Client:
    """The browser of the administrator."""
    return browse(dora)


class TestTheList:
    def test_tells_what_an_administrator_needs(self, doras: Client, alice: User, bob: User) -> None:
        Authenticator.objects.create(user=alice, type="totp", data={})
        Authenticator.objects.create(user=bob, type="recovery_codes", data={})
        make_key(alice, alias="the alias of a key")
        make_key(alice, disabled_at=timezone.now())
        User.objects.filter(pk=bob.pk).update(is_active=False)
        page = doras.get(LIST)
        told = words(page)
        assert "People (3)" in told
        assert re.search(r"alice Operator Enabled Yes Never 1", told)
        assert re.search(r"bob Auditor Disabled No Never 0", told)
        assert re.search(r"dora Administrator Enabled No \d{4}-", told)
        assert "the alias of a key" not in text(page)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("ali", ["alice"]),
            ("EXAMPLE.com", ["bob"]),
            ("", ["alice", "bob", "dora"]),
            ("x" * 300, ["alice", "bob", "dora"]),
        ],
    )
    def test_can_be_searched(
        self, doras: Client, alice: User, bob: User, query: str, found: list[str]
    ) -> None:
        User.objects.filter(pk=bob.pk).update(email="bob@example.com")
        page = doras.get(LIST, {"q": query})
        assert [each.username for each in page.context["page"]] == found

    def test_that_finds_nobody_says_so(self, doras: Client) -> None:
        page = doras.get(LIST, {"q": "nobody"})
        assert "Nothing matches these filters." in words(page)
        assert LIST in links(page)

    def test_goes_on_after_fifty(self, doras: Client) -> None:
        User.objects.bulk_create(User(username=f"person-{number:02}") for number in range(60))
        assert "1 to 50 of 61" in words(doras.get(LIST))
        assert "person-59" in words(doras.get(LIST, {"page": 2}))

    def test_costs_the_same_for_many(self, doras: Client) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                doras.get(LIST)
            return len(asked)

        queries()
        before = queries()
        for number in range(10):
            make_key(make_person(f"person-{number}", Role.OPERATOR))
        assert queries() == before

    def test_is_the_settings_second_tab(self, doras: Client, alice: User, browse: Browse) -> None:
        account, console = reverse("account"), reverse("console-settings")
        assert {account, LIST, console} <= links(doras.get(LIST))
        assert {account, LIST, console} <= links(doras.get(account))
        assert LIST not in links(browse(alice).get(account))
        settings = [
            each
            for each in elements(doras.get(LIST))
            if each.attributes.get("href") == account and "aria-current" in each.attributes
        ]
        assert len(settings) == 1


class TestOnePerson:
    def test_shows_facts_and_acts(self, doras: Client, alice: User) -> None:
        Authenticator.objects.create(user=alice, type="webauthn", data={})
        page = doras.get(page_of(alice))
        assert str(alice.pk) in words(page)
        every = {act_on(alice, act) for act in ("role", "reset", "factors", "sessions", "disable")}
        assert every <= actions(page)
        assert act_on(alice, "enable") not in actions(page)
        assert "The password stops working now, all sessions end" in words(page)

    def test_offers_no_removal_of_factors_that_are_not_there(
        self, doras: Client, alice: User
    ) -> None:
        assert act_on(alice, "factors") not in actions(doras.get(page_of(alice)))

    def test_of_a_disabled_account_offers_to_enable_it(self, doras: Client, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(is_active=False)
        offered = actions(doras.get(page_of(alice)))
        assert act_on(alice, "enable") in offered
        assert not {act_on(alice, "disable"), act_on(alice, "reset")} & offered

    def test_of_oneself_offers_the_role_alone(self, doras: Client, dora: User) -> None:
        page = doras.get(page_of(dora))
        own = {each for each in actions(page) if str(dora.pk) in each}
        assert own == {act_on(dora, "role")}
        assert "This is your own account." in words(page)

    def test_whose_name_was_removed_offers_nothing(self, doras: Client, alice: User) -> None:
        people.remove_name(name="alice")
        page = doras.get(page_of(alice))
        assert not {each for each in actions(page) if str(alice.pk) in each}
        assert "over for good" in words(page)

    def test_shows_what_they_did_and_what_was_done_to_them(
        self, doras: Client, dora: User, alice: User, bob: User
    ) -> None:
        people.change_role(name="alice", role=Role.AUDITOR, actor=dora)
        people.change_role(name="bob", role=Role.OPERATOR, actor=dora)
        with AuditEvent.objects.act():
            AuditEvent.objects.append("session.signed_out", actor=alice)
        page = doras.get(page_of(alice))
        actions_shown = [line.event.action for line in page.context["lines"]]
        assert actions_shown == ["session.signed_out", "person.role_changed"]
        assert f"{reverse('history')}?person={alice.pk}" in links(page)

    def test_shows_ten_events_at_most(self, doras: Client, alice: User) -> None:
        with AuditEvent.objects.act():
            for _ in range(12):
                AuditEvent.objects.append("session.signed_out", actor=alice)
        assert len(doras.get(page_of(alice)).context["lines"]) == 10

    def test_without_events_says_so(self, doras: Client, alice: User) -> None:
        assert "No events yet." in words(doras.get(page_of(alice)))


class TestAnInvitation:
    def test_shows_a_link_once(self, doras: Client, dora: User) -> None:
        answer = doras.post(NEW, typed())
        assert answer.status_code == 200
        token = shown_link(answer).partition("token=")[2]
        erin = person_of(token)
        assert erin is not None
        assert (erin.username, erin.role, erin.email) == ("erin", "auditor", "erin@example.com")
        assert answer["Cache-Control"] == "no-store"
        for url in (page_of(erin), LIST, reverse("history")):
            assert token not in text(doras.get(url))
        assert "Invited" in words(doras.get(LIST))

    def test_tells_what_each_role_may_do(self, doras: Client) -> None:
        said = words(doras.get(NEW))
        assert (
            "Auditor Reads everybody's requests and events, signs off months, and changes nothing "
            "else."
        ) in said

    def test_asks_for_no_password(self, doras: Client) -> None:
        kinds = {each.attributes.get("type") for each in elements(doras.get(NEW))}
        assert "password" not in kinds

    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"name": ""}, "id_name", "Enter a user name."),
            ({"name": "a" * 151}, "id_name", "The user name is too long."),
            ({"name": "two words"}, "id_name", "Use only letters, digits and"),
            # one letter, which is four words in its normal form
            ({"name": "\ufdfa"}, "id_name", "Use only letters, digits and"),
            ({"name": "DORA"}, "id_name", "There is a person with this name already."),
            ({"email": "nonsense"}, "id_email", "Enter an e-mail address such as"),
            ({"role": ""}, "id_role", "Choose a role."),
            ({"role": "king"}, "id_role", "Choose one of the roles shown."),
        ],
    )
    def test_that_is_not_right_comes_back_filled(
        self, doras: Client, changes: dict[str, str], field: str, sentence: str
    ) -> None:
        answer = doras.post(NEW, typed(**changes))
        assert answer.status_code == 422
        assert by_id(answer, field).attributes["aria-invalid"] == "true"
        assert sentence in words(answer)
        kept = by_id(answer, "id_email").attributes["value"]
        assert kept == changes.get("email", "erin@example.com")
        assert User.objects.count() == 1

    def test_needs_a_fresh_proof(self, dora: User, browse: Browse) -> None:
        browser = browse(dora)
        with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
            for answer in (browser.get(NEW), browser.post(NEW, typed())):
                assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert User.objects.count() == 1


class TestByMail:
    @pytest.fixture(autouse=True)
    def allowed(self, settings: Settings) -> None:
        settings.PASSWORD_LINK_MAIL = True

    def test_the_link_is_sent_and_not_shown(self, doras: Client) -> None:
        answer = doras.post(NEW, typed(by_mail="on"))
        assert "The link was sent to erin@example.com." in words(answer)
        assert "token=" not in text(answer)
        (sent,) = mail.outbox
        assert "token=" in sent.body

    def test_a_mail_that_cannot_be_sent_shows_the_link(
        self, doras: Client, settings: Settings
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        answer = doras.post(NEW, typed(by_mail="on"))
        assert "The mail could not be sent, so the link is shown here." in words(answer)
        assert shown_link(answer)

    def test_needs_an_address(self, doras: Client) -> None:
        answer = doras.post(NEW, typed(by_mail="on", email=""))
        assert "Enter the address that the link is to be sent to." in words(answer)
        assert not User.objects.filter(username="erin").exists()

    def test_is_not_asked_where_the_settings_forbid_it(
        self, doras: Client, settings: Settings
    ) -> None:
        settings.PASSWORD_LINK_MAIL = False
        assert "by_mail" not in text(doras.get(NEW))
        assert shown_link(doras.post(NEW, typed(by_mail="on")))
        assert mail.outbox == []
