"""Verifying: who holds a second factor, and which access keys are in use, against the events."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone
from pytest_django import Settings

from images.ledger.canonical import canonical
from images.models import AccessKey, AuditEvent, User
from images.services import factors, keys
from images.services.verifying import Kind, Means, verify
from scpconsole.sandbox import Sandbox
from tests.factors import give_every_factor
from tests.people import ACCESS_KEY, SECRET_KEY
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def means(settings: Settings) -> Means:
    return Means(anchors=settings.LEDGER_ANCHOR_DIR, memory=settings.LEDGER_STATE_FILE)


def kinds(means: Means) -> list[Kind]:
    return [finding.kind for finding in verify(means).findings.listed()]


class TestSecondFactors:
    @pytest.fixture
    def holder(self, alice: User) -> User:
        give_every_factor(alice)
        with AuditEvent.objects.act():
            for factor in factors.second_factors(alice):
                factors.record("factor.added", alice, factor)
        return alice

    def test_added_made_anew_and_removed_by_acts(
        self, holder: User, bob: User, means: Means
    ) -> None:
        assert kinds(means) == []
        factors.make_codes(actor=holder)
        assert kinds(means) == []
        factors.remove_all(actor=bob, person=holder)
        assert kinds(means) == []
        assert not Authenticator.objects.exists()

    def test_one_that_was_put_there(self, bob: User, holder: User, means: Means) -> None:
        stolen = Authenticator.objects.filter(type=Authenticator.Type.TOTP).get()
        Authenticator.objects.create(user=bob, type=stolen.type, data=stolen.data)
        assert kinds(means) == [Kind.FACTOR]

    def test_one_of_a_kind_that_there_is_not(self, bob: User, holder: User, means: Means) -> None:
        Authenticator.objects.create(user=bob, type="unheard", data={})
        assert kinds(means) == [Kind.FACTOR]

    def test_an_event_that_names_nonsense(self, holder: User, means: Means) -> None:
        added = AuditEvent.objects.filter(action="factor.added").earliest("sequence")
        said = json.loads(bytes(added.content or b""))
        said["facts"]["factor"] = [{"not": "a number"}]
        with unguarded():
            AuditEvent.objects.filter(pk=added.pk).update(content=canonical(said))
        assert kinds(means).count(Kind.FACTOR) == 2

    def test_one_that_was_moved_to_another_person(
        self, bob: User, holder: User, means: Means
    ) -> None:
        Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).update(user=bob)
        assert kinds(means) == [Kind.FACTOR, Kind.FACTOR]

    def test_one_that_was_taken_away(self, holder: User, means: Means) -> None:
        added = AuditEvent.objects.filter(action="factor.added").earliest("sequence")
        Authenticator.objects.filter(type=Authenticator.Type.TOTP).delete()
        report = verify(means)
        assert [finding.kind for finding in report.findings.listed()] == [Kind.FACTOR]
        assert report.first_bad == added.sequence

    def test_one_whose_event_the_keeping_rule_took_is_no_fault(
        self, holder: User, means: Means
    ) -> None:
        with unguarded():
            AuditEvent.objects.update(content=None, at=timezone.now())
        assert Kind.FACTOR not in kinds(means)


class TestAccessKeys:
    @pytest.fixture
    def key(self, alice: User, scp: Sandbox) -> AccessKey:
        return keys.add(
            actor=alice,
            alias="k",
            environment="e",
            region="kr-west1",
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            api_version="1.3",
        )

    def test_one_whose_event_names_none(self, key: AccessKey, means: Means) -> None:
        with unguarded():
            AuditEvent.objects.update(key=None)
        assert set(kinds(means)) == {Kind.COLUMN}

    def test_changed_by_acts(self, key: AccessKey, means: Means) -> None:
        keys.set_production(actor=key.owner, key=key, is_production=True)
        keys.disable(actor=key.owner, key=key)
        assert kinds(means) == []

    def test_one_that_was_put_in_use_again(self, key: AccessKey, means: Means) -> None:
        keys.disable(actor=key.owner, key=key)
        AccessKey.objects.update(disabled_at=None)
        report = verify(means)
        assert [finding.kind for finding in report.findings.listed()] == [Kind.KEY]
        assert report.first_bad == AuditEvent.objects.get(action="key.disabled").sequence

    def test_one_that_was_put_out_of_use(self, key: AccessKey, means: Means) -> None:
        AccessKey.objects.update(disabled_at=timezone.now())
        assert kinds(means) == [Kind.KEY]

    def test_one_that_lost_or_got_its_mark(self, key: AccessKey, means: Means) -> None:
        AccessKey.objects.update(is_production=True)
        assert kinds(means) == [Kind.KEY]
        keys.set_production(actor=key.owner, key=AccessKey.objects.get(), is_production=False)
        assert kinds(means) == []
        AccessKey.objects.update(is_production=True)
        assert kinds(means) == [Kind.KEY]
