"""Roles and names: a change is an event, and a removed name is removed everywhere."""

import pytest

from images.models import AccessKey, AuditEvent, User
from images.services import people
from images.services.refusal import NotAllowed
from images.vocabulary import Role
from tests.people import make_request

pytestmark = pytest.mark.django_db


class TestRoles:
    def test_a_change_is_an_event(self, alice: User) -> None:
        people.change_role(name="alice", role=Role.AUDITOR)
        alice.refresh_from_db()
        event = AuditEvent.objects.get(action="person.role_changed")
        assert alice.role == Role.AUDITOR
        assert (event.target, event.facts) == (
            str(alice.pk),
            {"from": "operator", "to": "auditor"},
        )

    def test_a_name_that_nobody_has_is_refused(self, db: None) -> None:
        with pytest.raises(NotAllowed):
            people.change_role(name="nobody", role=Role.AUDITOR)
        assert not AuditEvent.objects.exists()


class TestRemovingAName:
    def test_it_goes_from_records_and_the_pseudonym_stays(
        self, alice: User, alices_key: AccessKey
    ) -> None:
        asked = make_request(alices_key)
        people.remove_name(name="alice")
        alice.refresh_from_db()
        asked.refresh_from_db()
        assert (asked.actor_name, asked.actor_id) == ("", alice.pk)
        assert (alice.display_name, alice.is_active, alice.role) == ("(name removed)", False, "")
        assert not alice.has_usable_password()
        first = AuditEvent.objects.order_by("sequence").first()
        assert first is not None
        assert first.actor_name == "(name removed)"

    def test_no_event_holds_the_name(self, alice: User, alices_key: AccessKey) -> None:
        people.remove_name(name="alice")
        bytes_of_all = b"".join(
            bytes(event.content or b"") for event in AuditEvent.objects.exclude(key=alices_key)
        )
        assert b"alice" not in bytes_of_all
        assert AuditEvent.objects.filter(action="person.name_removed").count() == 1

    def test_the_tree_is_as_before(self, alice: User, alices_key: AccessKey) -> None:
        size = AuditEvent.objects.size()
        root = AuditEvent.objects.root_at(size)
        people.remove_name(name="alice")
        assert AuditEvent.objects.root_at(size) == root
