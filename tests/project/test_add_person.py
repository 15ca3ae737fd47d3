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
