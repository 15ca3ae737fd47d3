"""`manage.py add_person`: real people for a real installation."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from images.models import AuditEvent, User
from images.vocabulary import Role
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))


def test_the_person_can_sign_in_with_the_role(typed: None) -> None:
    call_command("add_person", "erin", "--role", "operator", stdout=io.StringIO())
    erin = User.objects.get(username="erin")
    assert erin.role == Role.OPERATOR
    assert erin.check_password(PASSWORD)
    assert AuditEvent.objects.get(action="person.added").facts == {"role": "operator"}


def test_an_address_can_be_given(typed: None) -> None:
    call_command(
        *("add_person", "erin", "--role", "operator", "--email", "Erin@Example.com"),
        stdout=io.StringIO(),
    )
    assert User.objects.get().email == "Erin@example.com"
    assert b"xample.com" not in bytes(AuditEvent.objects.get().content or b"")


def test_a_taken_address_is_refused(typed: None) -> None:
    User.objects.create_user("another", email="erin@example.com")
    with pytest.raises(CommandError, match="There is a person with this e-mail address already"):
        call_command("add_person", "erin", "--role", "auditor", "--email", "erin@EXAMPLE.com")
    assert User.objects.count() == 1


def test_what_is_no_address_is_refused(typed: None) -> None:
    with pytest.raises(CommandError, match="valid email address"):
        call_command("add_person", "erin", "--role", "auditor", "--email", "erin at example")
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["short", "password1234", "erin-the-operator-erin"])
def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    name = "erin-the-operator"
    with pytest.raises(CommandError, match="password"):
        call_command("add_person", name, "--role", "operator")
    assert not User.objects.exists()


def test_a_taken_name_is_refused(typed: None) -> None:
    User.objects.create_user("erin")
    with pytest.raises(CommandError, match="There is a person with this name already"):
        call_command("add_person", "erin", "--role", "auditor")


def test_a_bad_name_is_refused(typed: None) -> None:
    with pytest.raises(CommandError, match="Enter a valid username"):
        call_command("add_person", "erin\n", "--role", "auditor")
