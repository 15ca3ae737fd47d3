"""Roles and names: a change is an event, and a removed name is removed everywhere."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from pytest_django import Settings

from images.models import AccessKey, AuditEvent, User
from images.services import people
from images.services.refusal import NotAllowed
from images.vocabulary import OwnReason, Role, State
from tests.people import make_key, make_person, make_request

pytestmark = pytest.mark.django_db

ISSUER = "https://id.example"


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

    def test_the_administrator_who_changes_it_is_known(self, alice: User, dora: User) -> None:
        people.change_role(name="alice", role=Role.AUDITOR, actor=dora)
        assert AuditEvent.objects.get(action="person.role_changed").actor == dora

    def test_the_same_role_is_no_change(self, alice: User) -> None:
        people.change_role(name="alice", role=Role.OPERATOR)
        assert not AuditEvent.objects.exists()

    def test_what_the_new_role_may_not_send_is_refused(self, alice: User, dora: User) -> None:
        asked = make_request(make_key(alice))
        people.change_role(name="alice", role=Role.AUDITOR, actor=dora)
        asked.refresh_from_db()
        assert (asked.state, asked.outcome_reason) == (State.REFUSED, OwnReason.ROLE_LOST)
        event = AuditEvent.objects.get(request=asked)
        assert (event.actor, event.facts) == (dora, {"reason": "role_lost", "was_sent": False})

    def test_what_the_new_role_may_send_too_stays(self, alice: User, dora: User) -> None:
        asked = make_request(make_key(alice))
        people.change_role(name="alice", role=Role.ADMINISTRATOR, actor=dora)
        asked.refresh_from_db()
        assert asked.state == State.RECORDED

    def test_a_name_that_nobody_has_is_refused(self, db: None) -> None:
        with pytest.raises(NotAllowed):
            people.change_role(name="nobody", role=Role.AUDITOR)
        assert not AuditEvent.objects.exists()


class TestTheLastAdministrator:
    def step_down(self, dora: User) -> None:
        people.change_role(name="dora", role=Role.OPERATOR, actor=dora)

    def test_keeps_the_role(self, dora: User) -> None:
        with pytest.raises(NotAllowed, match="last administrator who can sign in"):
            self.step_down(dora)
        dora.refresh_from_db()
        assert dora.role == Role.ADMINISTRATOR
        assert not AuditEvent.objects.exists()

    def test_may_step_down_once_there_is_another(self, dora: User) -> None:
        make_person("erin", Role.ADMINISTRATOR)
        self.step_down(dora)
        dora.refresh_from_db()
        assert dora.role == Role.OPERATOR

    @pytest.mark.parametrize("changes", [{"is_active": False}, {"password": "!none"}])
    def test_one_who_cannot_sign_in_is_none(self, dora: User, changes: dict[str, Any]) -> None:
        make_person("erin", Role.ADMINISTRATOR)
        User.objects.filter(username="erin").update(**changes)
        with pytest.raises(NotAllowed):
            self.step_down(dora)

    def test_one_with_a_passkey_or_single_sign_on_is_one(
        self, dora: User, settings: Settings
    ) -> None:
        settings.OIDC_ISSUER = ISSUER
        erin = make_person("erin", Role.ADMINISTRATOR)
        User.objects.filter(pk=erin.pk).update(password="!none")  # noqa: S106  (no password)
        passkey = Authenticator.objects.create(user=erin, type="webauthn", data={})
        people.require_another_administrator(dora)
        passkey.delete()
        SocialAccount.objects.create(user=erin, uid="1", extra_data={"iss": ISSUER})
        people.require_another_administrator(dora)

    @pytest.mark.parametrize("issuer", ["", "https://another.example"])
    def test_an_account_of_a_service_that_is_not_set_is_no_way_in(
        self, dora: User, settings: Settings, issuer: str
    ) -> None:
        settings.OIDC_ISSUER = issuer
        erin = make_person("erin", Role.ADMINISTRATOR)
        User.objects.filter(pk=erin.pk).update(password="!none")  # noqa: S106  (no password)
        SocialAccount.objects.create(user=erin, uid="1", extra_data={"iss": ISSUER})
        with pytest.raises(NotAllowed):
            self.step_down(dora)

    def test_the_command_line_may_all_the_same(self, dora: User) -> None:
        people.change_role(name="dora", role=Role.OPERATOR)
        dora.refresh_from_db()
        assert dora.role == Role.OPERATOR


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

    def test_second_factors_go_with_it(self, alice: User) -> None:
        data = {"name": "Phone of Alice Kim"}
        Authenticator.objects.create(user=alice, type="webauthn", data=data)
        people.remove_name(name="alice")
        assert not Authenticator.objects.exists()
        told = AuditEvent.objects.get(action="factor.removed")
        assert (told.actor, told.facts["kind"]) == (None, "passkey")
        assert b"Kim" not in bytes(told.content or b"")

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
