"""`/password/`: where a link leads, until it is used, too old, or replaced."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from images.models import AuditEvent, User
from images.services.password_links import Link, invite, set_password, start_reset
from images.vocabulary import Role
from tests.log_lines import captured
from tests.pages.reading import Answer, by_id, elements, text, words
from tests.people import PASSWORD, Browse

pytestmark = pytest.mark.django_db

PAGE = reverse("password-link")
NEW_PASSWORD = "quite another long password"


@pytest.fixture
def link(dora: User) -> Link:
    return invite(actor=dora, name="erin", email="", role=Role.AUDITOR)


def token_of(link: Link) -> str:
    return link.url.partition("token=")[2]


def opened(browser: Client, link: Link) -> Answer:
    """Follow the link as a browser does."""
    first = browser.get(PAGE, {"token": token_of(link)})
    assert (first.status_code, first["Location"]) == (302, PAGE)
    return browser.get(PAGE)


def send(browser: Client, password: str = NEW_PASSWORD, again: str = NEW_PASSWORD) -> Answer:
    return browser.post(PAGE, {"password": password, "again": again})


class TestALink:
    def test_leads_to_a_password_and_on_to_sign_in(self, client: Client, link: Link) -> None:
        page = opened(client, link)
        assert "Your user name is erin." in words(page)
        answer = send(client)
        assert answer["Location"] == reverse("account_login")
        assert "Your password is set. Sign in with it." in words(client.get(answer["Location"]))
        assert client.login(username="erin", password=NEW_PASSWORD)
        assert client.get(reverse("history")).status_code == 200

    def test_works_once(self, client: Client, link: Link) -> None:
        opened(client, link)
        send(client)
        assert opened(client, link).status_code == 404
        assert send(client, PASSWORD, PASSWORD).status_code == 404
        assert not client.login(username="erin", password=PASSWORD)

    def test_that_was_used_meanwhile_sets_nothing(
        self, client: Client, link: Link, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two browsers send at once: both were told that the link works."""
        opened(client, link)
        monkeypatch.setattr("images.forms.people.validate_password", used_by_another(link))
        answer = send(client)
        assert answer.status_code == 404
        erin = User.objects.get(username="erin")
        assert erin.check_password("the password of the other one")

    def test_is_too_old_after_three_days(self, client: Client, link: Link) -> None:
        opened(client, link)
        with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
            assert opened(client, link).status_code == 404
            assert send(client).status_code == 404

    def test_is_dead_after_a_newer_one(self, client: Client, link: Link, dora: User) -> None:
        opened(client, link)
        newer = start_reset(actor=dora, person=link.person)
        page = client.get(PAGE)
        assert page.status_code == 404
        assert "Ask an administrator for a new link." in words(page)
        assert opened(client, newer).status_code == 200

    @pytest.mark.parametrize("token", ["", "nonsense", "0" * 32 + ".x-y", "\x00", "é" * 2000])
    def test_that_is_none_leaves_nothing_behind(self, client: Client, token: str) -> None:
        assert client.get(PAGE, {"token": token})["Location"] == PAGE
        assert client.get(PAGE).status_code == 404
        assert not Session.objects.exists()

    def test_that_is_dead_takes_the_place_of_a_live_one(self, client: Client, link: Link) -> None:
        opened(client, link)
        client.get(PAGE, {"token": "nonsense"})
        assert client.get(PAGE).status_code == 404

    def test_opened_by_somebody_who_is_signed_in_signs_nobody_out(
        self, alice: User, browse: Browse, link: Link
    ) -> None:
        browser = browse(alice)
        assert opened(browser, link).status_code == 200
        assert browser.get(reverse("key-list")).status_code == 200


class TestTheForm:
    @pytest.mark.parametrize(
        ("first", "again", "field", "sentence"),
        [
            ("", "", "id_password", "Enter the new password in both fields."),
            ("short", "short", "id_password", "It must contain at least 12 characters."),
            ("passwordpassword", "passwordpassword", "id_password", ""),
            ("Samsung-SCP-2026", "Samsung-SCP-2026", "id_password", ""),
            ("erin-erin-erin", "erin-erin-erin", "id_password", ""),
            (NEW_PASSWORD, "another one", "id_again", "The two passwords are not the same."),
            ("x y" * 100, "x y" * 100, "id_password", ""),
        ],
    )
    def test_a_password_against_the_rules_is_refused(
        self, client: Client, link: Link, first: str, again: str, field: str, sentence: str
    ) -> None:
        opened(client, link)
        answer = send(client, first, again)
        assert answer.status_code == 422
        assert by_id(answer, field).attributes["aria-invalid"] == "true"
        assert sentence in words(answer)
        values = {each.attributes.get("value", "") for each in elements(answer)}
        assert not {first, again} & (values - {""})
        assert not User.objects.get(username="erin").has_usable_password()

    def test_tells_the_rules_in_words(self, client: Client, link: Link) -> None:
        page = words(opened(client, link))
        assert "12 to 128 characters of any kind" in page

    def test_spaces_are_part_of_the_password(self, client: Client, link: Link) -> None:
        spaced = "  twelve and more  "
        opened(client, link)
        send(client, spaced, spaced)
        assert User.objects.get(username="erin").check_password(spaced)

    def test_speaks_the_browsers_language(self, client: Client, link: Link) -> None:
        opened(client, link)
        page = client.get(PAGE, headers={"accept-language": "ko"})
        with translation.override("ko"):
            assert str(page.context["form"]["password"].help_text) in words(page)
        assert 'lang="ko"' in text(page)


class TestTheToken:
    def test_is_in_no_log_and_no_event(self, link: Link) -> None:
        browser = Client()
        with captured(level=logging.DEBUG) as lines:
            opened(browser, link)
            browser.put(f"{PAGE}?token={token_of(link)}")
            send(browser)
            opened(browser, link)
        assert lines.events
        assert token_of(link) not in lines.text
        assert NEW_PASSWORD not in lines.text
        every = b"".join(bytes(event.content or b"") for event in AuditEvent.objects.all())
        assert token_of(link).encode() not in every

    def test_is_in_no_page_and_gone_from_the_session(self, client: Client, link: Link) -> None:
        assert token_of(link) not in text(opened(client, link))
        assert client.session["password_link"] == token_of(link)
        send(client)
        assert "password_link" not in client.session

    def test_the_session_gets_an_id_that_nobody_knew(self, client: Client, link: Link) -> None:
        session = client.session
        session["anything"] = True
        session.save()
        client.cookies["session"] = session.session_key or ""
        opened(client, link)
        assert client.cookies["session"].value != session.session_key


def used_by_another(link: Link):  # type: ignore[no-untyped-def]
    def use(password: str, person: User) -> None:
        set_password(token=token_of(link), password="the password of the other one")  # noqa: S106

    return use
