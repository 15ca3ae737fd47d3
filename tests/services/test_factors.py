"""Second factors as rows and events: each act is told, whole or not at all."""

import pytest
from allauth.mfa.models import Authenticator

from images.models import AuditEvent, User
from images.services import factors
from images.services.refusal import NotAllowed

pytestmark = pytest.mark.django_db


def hold(person: User, kind: str) -> Authenticator:
    return Authenticator.objects.create(user=person, type=kind, data={})


class TestAReset:
    def test_it_takes_all_and_tells_each(self, alice: User, bob: User, dora: User) -> None:
        lost = [hold(alice, kind) for kind in ("totp", "webauthn", "recovery_codes")]
        kept = hold(bob, "totp")
        assert factors.remove_all(actor=dora, person=alice) == 3
        assert [each.pk for each in Authenticator.objects.all()] == [kept.pk]
        told = AuditEvent.objects.filter(action="factor.removed").order_by("sequence")
        assert [event.facts["kind"] for event in told] == ["totp", "passkey", "recovery_codes"]
        assert {event.target for event in told} == {str(alice.pk)}
        assert {event.actor for event in told} == {dora}
        assert len(lost) == told.count()

    def test_without_a_factor_nothing_is_told(self, alice: User, dora: User) -> None:
        assert factors.remove_all(actor=dora, person=alice) == 0
        assert not AuditEvent.objects.exists()

    def test_one_does_not_reset_oneself(self, dora: User) -> None:
        hold(dora, "totp")
        with pytest.raises(NotAllowed):
            factors.remove_all(actor=dora, person=dora)
        assert Authenticator.objects.count() == 1
        assert not AuditEvent.objects.exists()
