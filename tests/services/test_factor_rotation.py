"""Secrets of second factors under a new master: resumed, beside sign-ins, bound to their row."""

import io
import signal
import threading
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from pytest_django import Settings

from images.models import AuditEvent, User
from images.services import factor_rotation, factors
from images.services.factor_secrets import open_here, seal_here
from images.services.refusal import NotAllowed
from images.services.starting import CannotStart, refuse_bad_start
from images.vault import VaultError, master_of
from images.vocabulary import Role
from tests.factors import give_app, give_codes
from tests.people import make_person
from tests.services.background import in_threads
from tests.services.test_rotation import new_master, put_first

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer() -> str:
    return new_master()


def rotated(batch: int = 200) -> tuple[int, list[int]]:
    steps = list(factor_rotation.rotate(batch=batch))
    return sum(step.sealed for step in steps), [pk for step in steps for pk in step.unopened]


def masters() -> set[str]:
    rows = Authenticator.objects.exclude(type="webauthn")
    return {master_of(row.data.get("secret") or row.data["seed"]) for row in rows}


class TestRotating:
    def test_the_new_master_alone_opens_all_afterwards(
        self, alice: User, bob: User, settings: Settings, newer: str
    ) -> None:
        for person in (alice, bob):
            give_app(person)
        codes = give_codes(alice)
        put_first(settings, newer)
        assert factor_rotation.waiting() == 3
        assert rotated(batch=2) == (3, [])
        settings.KEYRING = [newer]
        assert factors.codes_of(alice) == codes
        assert (factor_rotation.waiting(), factor_rotation.missing_masters()) == (0, set())
        told = AuditEvent.objects.filter(action="vault.rotated").order_by("sequence")
        assert [event.facts["count"] for event in told] == [2, 1]
        assert {event.facts["what"] for event in told} == {"second_factors"}

    def test_one_may_stop_after_a_batch_and_go_on(self, settings: Settings, newer: str) -> None:
        for number in range(5):
            give_app(make_person(f"person {number}", Role.OPERATOR))
        put_first(settings, newer)
        next(iter(factor_rotation.rotate(batch=2)))
        assert factor_rotation.waiting() == 3
        assert len(masters()) == 2
        assert rotated(batch=2) == (3, [])
        assert rotated() == (0, [])

    def test_passkeys_have_nothing_to_seal(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Phone"})
        put_first(settings, newer)
        assert (factor_rotation.waiting(), rotated()) == (0, (0, []))
        assert not AuditEvent.objects.exists()

    def test_what_does_not_open_is_named_and_left(
        self, alice: User, bob: User, settings: Settings, newer: str
    ) -> None:
        good, bad = give_app(alice), give_app(bob)
        Authenticator.objects.filter(pk=bad.pk).update(data=good.data)
        put_first(settings, newer)
        assert rotated() == (1, [bad.pk])
        bad.refresh_from_db()
        assert bad.data == good.data

    def test_a_code_used_before_stays_used(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        give_app(alice)
        give_codes(alice)
        row = Authenticator.objects.get(type="recovery_codes")
        row.data["used_mask"] = 0b101
        row.save()
        put_first(settings, newer)
        rotated()
        row.refresh_from_db()
        assert row.data["used_mask"] == 0b101
        assert len(factors.codes_of(alice)) == 8


class TestStarting:
    def test_without_their_master_nothing_starts(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        give_app(alice)
        settings.KEYRING = [newer]
        with pytest.raises(CannotStart, match="second factors were encrypted with"):
            refuse_bad_start()


@pytest.mark.django_db(transaction=True)
class TestTheCommand:
    @pytest.fixture(autouse=True)
    def own_signals(self) -> Iterator[None]:
        ours = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        yield
        for number, handler in ours.items():
            signal.signal(number, handler)

    def test_it_seals_them_too(self, alice: User, settings: Settings, newer: str) -> None:
        give_app(alice)
        put_first(settings, newer)
        said = io.StringIO()
        call_command("rotate_keys", stdout=said)
        assert "1 second factors were sealed with the first master.\n" in said.getvalue()
        assert factor_rotation.waiting() == 0

    def test_it_names_what_does_not_open(
        self, alice: User, bob: User, settings: Settings, newer: str
    ) -> None:
        good, bad = give_app(alice), give_app(bob)
        Authenticator.objects.filter(pk=bad.pk).update(data=good.data)
        put_first(settings, newer)
        words = f"These second factors do not open and stay as they were: {bad.pk}\\."
        with pytest.raises(CommandError, match=words):
            call_command("rotate_keys", stdout=io.StringIO())


@pytest.mark.django_db(transaction=True)
class TestBesideOthers:
    def test_readers_never_meet_one_that_does_not_open(
        self, settings: Settings, newer: str
    ) -> None:
        people = [make_person(f"person {number}", Role.OPERATOR) for number in range(20)]
        for person in people:
            give_app(person)
            factors.make_codes(actor=person)
        put_first(settings, newer)
        has_ended = threading.Event()
        reads: list[bool] = []

        def read() -> None:
            while not has_ended.is_set():
                for person in people:
                    try:
                        reads.append(len(factors.codes_of(person)) == 10)
                    except VaultError:
                        reads.append(False)

        with in_threads(read, count=2):
            assert rotated(batch=3) == (40, [])
            has_ended.set()
        assert len(reads) > 5
        assert all(reads)


class TestWhoseItIs:
    def test_nothing_is_sealed_or_opened_for_nobody(self) -> None:
        with pytest.raises(VaultError, match="Nobody said whose"):
            seal_here("a secret")
        with pytest.raises(VaultError, match="Nobody said whose"):
            open_here("v1.0a1b2c3d.AAAA")

    def test_anothers_secret_opens_nothing(self, alice: User, bob: User) -> None:
        pending = factors.pending_app(alice, "")
        assert factors.pending_app(alice, pending.sealed) == pending
        assert factors.pending_app(bob, pending.sealed).secret != pending.secret
        assert pending.secret not in repr(pending)

    def test_a_person_without_codes_has_none(self, alice: User) -> None:
        assert factors.codes_of(alice) == []
        with pytest.raises(NotAllowed):
            factors.make_codes(actor=alice)
