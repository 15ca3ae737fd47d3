"""`manage.py changepassword` is ours and leaves a trace; `createsuperuser` makes nobody."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from images.models import AuditEvent, User
from images.services import sessions
from images.services.people import remove_name
from tests.people import PASSWORD, Browse

pytestmark = pytest.mark.django_db

NEW = "violet tractor beneath seven"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{NEW}\n"))


def change(name: str) -> str:
    said = io.StringIO()
    call_command("changepassword", name, stdout=said)
    return said.getvalue()


class TestChangingAPassword:
    def test_the_new_one_holds(self, typed: None, alice: User) -> None:
        assert change("alice") == "The password of alice is set, and their sessions ended.\n"
        alice.refresh_from_db()
        assert alice.check_password(NEW)

    def test_it_is_an_event_without_the_password(self, typed: None, alice: User) -> None:
        change("alice")
        (event,) = AuditEvent.objects.all()
        assert (event.action, event.actor, event.target) == (
            "person.password_set",
            None,
            str(alice.pk),
        )
        assert event.facts == {"by": "command"}
        assert NEW.encode() not in bytes(event.content or b"")

    def test_every_session_ends(self, typed: None, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        change("alice")
        assert browser.get(reverse("account")).status_code == 302
        assert list(sessions.sessions_of(alice)) == []

    def test_a_weak_one_is_refused(self, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("Alice.alice.2026\n"))
        with pytest.raises(CommandError, match="password"):
            change("alice")
        self.unchanged(alice)

    def test_a_name_that_nobody_has_is_refused(self, typed: None, alice: User) -> None:
        with pytest.raises(CommandError, match="There is no person with this name"):
            change("erin")
        self.unchanged(alice)

    def test_a_disabled_account_stays_as_it_is(self, typed: None, alice: User) -> None:
        User.objects.update(is_active=False)
        with pytest.raises(CommandError, match="The account is disabled"):
            change("alice")
        self.unchanged(alice)

    def test_so_does_one_whose_name_was_removed(self, typed: None, alice: User) -> None:
        with pytest.raises(CommandError, match="The account is disabled"):
            change(remove_name(name="alice").username)

    def unchanged(self, person: User) -> None:
        person.refresh_from_db()
        assert person.check_password(PASSWORD)
        assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("options", [{}, {"interactive": False, "username": "root"}])
def test_there_are_no_superusers(options: dict[str, object]) -> None:
    with pytest.raises(CommandError, match="add_person NAME --role administrator"):
        call_command("createsuperuser", **options)
    assert not User.objects.exists()
