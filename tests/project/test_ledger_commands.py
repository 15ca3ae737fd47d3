"""The commands for whoever runs the host: roles, names, the keeping rule, a restored backup."""

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from images.models import AuditEvent, User
from images.services import checkpoints
from images.vocabulary import Role

pytestmark = pytest.mark.django_db


def told(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


class TestRoles:
    def test_a_role_is_given_and_taken(self, alice: User) -> None:
        assert told("set_role", "alice", "auditor") == "alice: Auditor.\n"
        told("set_role", "alice", "none")
        alice.refresh_from_db()
        assert alice.role == Role.NONE

    def test_nobody_has_this_name(self, db: None) -> None:
        with pytest.raises(CommandError, match="There is no person with this name"):
            told("set_role", "nobody", "auditor")


class TestNames:
    def test_it_is_gone(self, alice: User) -> None:
        assert str(alice.pk) in told("remove_name", "alice", "--yes")
        assert not User.objects.filter(username="alice").exists()

    @pytest.mark.parametrize("answer", ["no", "", "y"])
    def test_only_yes_is_yes(
        self, alice: User, monkeypatch: pytest.MonkeyPatch, answer: str
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
        with pytest.raises(CommandError, match="Nothing was changed"):
            told("remove_name", "alice")
        assert User.objects.filter(username="alice").exists()

    def test_nobody_has_this_name(self, db: None) -> None:
        with pytest.raises(CommandError, match="There is no person with this name"):
            told("remove_name", "nobody", "--yes")


def test_the_keeping_rule_says_what_it_took(db: None) -> None:
    assert told("apply_retention").startswith("0 events were older than 5 years")


class TestARestoredBackup:
    @pytest.fixture
    def rolled_back(self, settings: Settings) -> None:
        with AuditEvent.objects.act():
            AuditEvent.objects.append("key.tested", actor=None)
        settings.LEDGER_STATE_FILE.parent.mkdir()
        settings.LEDGER_STATE_FILE.write_text('{"size": 5, "root": "00"}')

    def test_it_is_accepted_with_a_reason(self, rolled_back: None) -> None:
        said = told("acknowledge_ledger", "--reason", "The disk died.")
        assert said.startswith("Accepted and recorded. The new checkpoint is 2 ")
        assert checkpoints.trouble() == ""

    def test_not_without_a_reason(self, rolled_back: None) -> None:
        with pytest.raises(CommandError, match="Give the reason"):
            told("acknowledge_ledger", "--reason", "  ")

    def test_not_when_nothing_is_wrong(self, db: None) -> None:
        with pytest.raises(CommandError, match="nothing to accept"):
            told("acknowledge_ledger", "--reason", "Just so.")

    def test_a_memory_that_cannot_be_read_is_said(
        self, rolled_back: None, settings: Settings
    ) -> None:
        settings.LEDGER_STATE_FILE.write_text("no memory")
        with pytest.raises(CommandError, match="cannot be read"):
            told("acknowledge_ledger", "--reason", "The disk died.")
