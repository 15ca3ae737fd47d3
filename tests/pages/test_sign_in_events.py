"""Who came, who went, who was refused: all of it is in the history, or it does not happen."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from images.models import AuditEvent, User
from images.vocabulary import Role
from tests.people import PASSWORD, make_person

pytestmark = pytest.mark.django_db


def sign_in(browser: Browser, name: str, password: str) -> int:
    answer = browser.post(reverse("account_login"), {"username": name, "password": password})
    return answer.status_code


def refuse_events() -> None:
    """From now on the database takes no event: the next sequence is blocked by a trigger."""
    statement = {
        "sqlite": "CREATE TRIGGER no_more BEFORE INSERT ON images_auditevent"
        " BEGIN SELECT RAISE(ABORT, 'full'); END",
        "postgresql": "ALTER TABLE images_auditevent ADD CONSTRAINT no_more CHECK (sequence < 0)"
        " NOT VALID",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)


class TestSignIn:
    def test_it_is_an_event_with_the_address(self, alice: User) -> None:
        assert sign_in(Browser(), "alice", PASSWORD) == 302
        event = AuditEvent.objects.get(action="session.signed_in")
        assert (event.actor, event.address) == (alice, "127.0.0.1")
        assert event.http_request_id
        assert event.facts == {"method": "password"}

    def test_sign_out_is_one_too(self, alice: User) -> None:
        browser = Browser()
        sign_in(browser, "alice", PASSWORD)
        browser.post(reverse("account_logout"))
        assert AuditEvent.objects.get(action="session.signed_out").actor == alice

    def test_sign_out_of_nobody_is_none(self, db: None) -> None:
        Browser().post(reverse("account_logout"))
        assert not AuditEvent.objects.exists()

    def test_a_wrong_password_names_the_account(self, alice: User) -> None:
        assert sign_in(Browser(), "alice", "wrong") == 200
        event = AuditEvent.objects.get(action="session.failed")
        assert (event.actor, event.target) == (None, str(alice.pk))

    def test_capitals_name_it_as_well(self, alice: User) -> None:
        sign_in(Browser(), "ALICE", "wrong")
        assert AuditEvent.objects.get().target == str(alice.pk)

    @pytest.mark.parametrize("typed", ["ſam-ida", "sam-ıda", "SAM-İDA", "ſAM-IDA"])
    def test_letters_that_look_alike_name_nobody(self, db: None, typed: str) -> None:
        """As the right password does not let them in: it is another name."""
        make_person("sam-ida", Role.OPERATOR)
        assert sign_in(Browser(), typed, PASSWORD) == 200
        assert [event.target for event in AuditEvent.objects.all()] == [""]

    def test_what_was_typed_for_a_name_is_not_kept(self, db: None) -> None:
        sign_in(Browser(), "my-secret-password", "oops")
        event = AuditEvent.objects.get(action="session.failed")
        assert event.target == ""
        assert b"my-secret" not in bytes(event.content or b"")

    def test_without_the_record_nobody_comes_in(self, alice: User) -> None:
        refuse_events()
        browser = Browser(raise_request_exception=False)
        assert sign_in(browser, "alice", PASSWORD) == 500
        assert browser.get(reverse("home")).status_code == 302  # to the sign-in page
        assert not AuditEvent.objects.exists()


class TestRefusals:
    def test_a_forbidden_page_is_an_event(self, bob: User) -> None:
        browser = Browser()
        sign_in(browser, "bob", PASSWORD)
        assert browser.get(reverse("key-new")).status_code == 403
        event = AuditEvent.objects.get(action="access.refused")
        assert (event.actor, event.facts) == (bob, {"method": "GET", "path": "/keys/new/"})
