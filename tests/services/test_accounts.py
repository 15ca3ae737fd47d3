"""Accounts that are disabled, enabled, signed out: at once, also in the middle of the work."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.urls import reverse

from images.models import AccessKey, AuditEvent, User
from images.services import accounts, people
from images.services.password_links import invite, person_of
from images.services.refusal import NotAllowed
from images.services.sending import send
from images.services.verifying import Means, verify
from images.vocabulary import OwnReason, Role, State
from scpconsole.sandbox import Sandbox
from tests.people import Browse, make_key, make_person, make_request
from tests.services.asking import actions, ask_for, fresh, last_facts, posts
from tests.services.verified import sentences

pytestmark = pytest.mark.django_db


def told(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action))


def ways(person: User) -> tuple[bool, bool]:
    person.refresh_from_db()
    return person.is_active, person.may_ask


class TestDisabling:
    def test_it_is_recorded_and_shuts_the_person_out(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        accounts.disable(actor=dora, person=alice)
        assert ways(alice) == (False, False)
        assert browser.get(reverse("home")).status_code == 302
        (event,) = told("person.disabled")
        assert (event.actor, event.target, event.facts) == (dora, str(alice.pk), {})

    def test_it_ends_every_session_of_this_person_alone(
        self, alice: User, bob: User, dora: User, browse: Browse
    ) -> None:
        for _ in range(2):
            browse(alice)
        kept = browse(bob)
        accounts.disable(actor=dora, person=alice)
        assert Session.objects.count() == 1
        assert not UserSession.objects.filter(user=alice).exists()
        assert kept.get(reverse("history")).status_code == 200

    def test_what_was_not_sent_is_refused_at_once(
        self, alice: User, dora: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        asked = ask_for(alices_key, scp)
        done = make_request(alices_key, state=State.READY)
        assert accounts.disable(actor=dora, person=alice) == 1
        now = fresh(asked)
        assert (now.state, now.outcome_reason) == (State.REFUSED, OwnReason.ACCOUNT_DISABLED)
        assert now.settled_at is not None
        assert actions(asked) == ["request.recorded", "request.refused"]
        assert last_facts(asked) == {"reason": "account_disabled", "was_sent": False}
        assert fresh(done).state == State.READY

    def test_enabled_a_moment_later_nothing_of_it_is_sent(
        self, alice: User, dora: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        asked = ask_for(alices_key, scp)
        accounts.disable(actor=dora, person=alice)
        accounts.enable(actor=dora, person=alice)
        send(request_id=asked.pk)
        assert (fresh(asked).state, posts(scp)) == (State.REFUSED, 0)

    def test_another_persons_requests_are_left_alone(
        self, alice: User, bob: User, dora: User
    ) -> None:
        asked = make_request(make_key(bob))
        accounts.disable(actor=dora, person=alice)
        assert fresh(asked).state == State.RECORDED

    def test_a_second_time_changes_nothing(self, alice: User, dora: User) -> None:
        accounts.disable(actor=dora, person=alice)
        assert accounts.disable(actor=dora, person=alice) == 0
        assert len(told("person.disabled")) == 1

    def test_nobody_disables_themselves(self, dora: User) -> None:
        make_person("erin", Role.ADMINISTRATOR)
        with pytest.raises(NotAllowed, match="Another administrator"):
            accounts.disable(actor=dora, person=dora)
        assert ways(dora)[0]

    def test_the_last_administrator_stays(self, alice: User, dora: User) -> None:
        with pytest.raises(NotAllowed, match="the last administrator"):
            accounts.disable(actor=alice, person=dora)
        assert ways(dora)[0]
        assert told("person.disabled") == []

    def test_an_open_invitation_is_dead_for_good(self, dora: User) -> None:
        link = invite(actor=dora, name="erin", email="", role=Role.OPERATOR)
        token = link.url.partition("token=")[2]
        assert person_of(token) == link.person
        accounts.disable(actor=dora, person=link.person)
        accounts.enable(actor=dora, person=link.person)
        assert person_of(token) is None


class TestEnabling:
    def test_it_restores_the_rights_and_the_keys(
        self, alice: User, dora: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        accounts.disable(actor=dora, person=alice)
        accounts.enable(actor=dora, person=alice)
        assert ways(alice) == (True, True)
        assert browse(alice).get(reverse("key-list")).status_code == 200
        asked = ask_for(AccessKey.objects.get(pk=alices_key.pk), scp)
        send(request_id=asked.pk)
        assert fresh(asked).state == State.ACCEPTED
        (event,) = told("person.enabled")
        assert (event.actor, event.target) == (dora, str(alice.pk))

    def test_what_is_enabled_already_is_no_event(self, alice: User, dora: User) -> None:
        accounts.enable(actor=dora, person=alice)
        assert told("person.enabled") == []

    def test_a_removed_name_is_over_for_good(self, alice: User, dora: User) -> None:
        people.remove_name(name="alice")
        with pytest.raises(NotAllowed, match="name was removed"):
            accounts.enable(actor=dora, person=alice)
        assert not ways(alice)[0]


class TestEndingSessions:
    def test_the_person_is_signed_out_and_may_come_again(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        assert accounts.end_sessions(actor=dora, person=alice) == 1
        assert browser.get(reverse("home"))["Location"].startswith(reverse("account_login"))
        assert browse(alice).get(reverse("key-list")).status_code == 200
        (event,) = told("person.sessions_ended")
        assert (event.actor, event.target, event.facts) == (dora, str(alice.pk), {"sessions": 1})

    def test_ones_own_are_ended_elsewhere(self, dora: User) -> None:
        with pytest.raises(NotAllowed, match="your own account"):
            accounts.end_sessions(actor=dora, person=dora)
        assert told("person.sessions_ended") == []


class TestTheProof:
    def test_disabling_and_enabling_verify(
        self, dora: User, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        ask_for(alices_key, scp)
        accounts.disable(actor=dora, person=alice)
        assert sentences(verify(Means())) == []
        accounts.enable(actor=dora, person=alice)
        assert sentences(verify(Means())) == []

    @pytest.mark.parametrize(("is_active", "state"), [(True, "enabled"), (False, "disabled")])
    def test_an_account_that_was_switched_by_hand_is_found(
        self, alice: User, dora: User, is_active: bool, state: str
    ) -> None:
        accounts.disable(actor=dora, person=alice)
        if not is_active:
            accounts.enable(actor=dora, person=alice)
        User.objects.filter(pk=alice.pk).update(is_active=is_active)
        last = AuditEvent.objects.size()
        assert sentences(verify(Means())) == [
            f"The account of the person {alice.pk} is {state}; event {last} says otherwise."
        ]

    def test_a_person_of_whom_no_event_tells_is_nobodys_fault(self, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert sentences(verify(Means())) == []
