"""A new master at the head of the keyring: every key is sealed with it, and all stay readable."""

import base64
import io
import os
import random
import signal
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from images.models import AccessKey, AuditEvent, User
from images.services import keys, rotation
from images.services.refusal import NotAllowed
from images.vault import Vault, VaultError, open_vault
from images.vocabulary import Role
from tests.people import SECRET_KEY, make_key, make_person, make_request
from tests.services.background import in_threads

pytestmark = pytest.mark.django_db


def new_master() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def newer(settings: Settings) -> str:
    """Put a new master before the others, once the test has made its first keys."""
    return new_master()


def put_first(settings: Settings, master: str) -> None:
    settings.KEYRING = [master, *settings.KEYRING]


def halves(key: AccessKey) -> tuple[str, str]:
    vault = open_vault()
    return (
        vault.open(key.sealed_access_key, key.place("access_key")),
        vault.open(key.sealed_secret_key, key.place("secret_key")),
    )


def rotated(**options: int) -> tuple[int, list[UUID]]:
    steps = list(rotation.rotate(**options))
    return sum(step.sealed for step in steps), [each for step in steps for each in step.unopened]


def told() -> list[dict[str, object]]:
    return [event.facts for event in AuditEvent.objects.filter(action="vault.rotated")]


class TestRotating:
    def test_all_open_with_the_new_master_alone(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        made = {f"AKEY{n}": make_key(alice, access_key=f"AKEY{n}") for n in range(5)}
        keys.disable(actor=alice, key=made["AKEY3"])
        put_first(settings, newer)
        assert rotation.waiting() == 5
        assert rotated() == (5, [])
        settings.KEYRING = [newer]
        for access_key, key in made.items():
            key.refresh_from_db()
            assert halves(key)[0] == access_key
        assert rotation.waiting() == 0
        assert rotated() == (0, [])

    def test_each_batch_is_one_event(self, alice: User, settings: Settings, newer: str) -> None:
        old = open_vault().sealing_id
        for _ in range(5):
            make_key(alice)
        put_first(settings, newer)
        rotated(batch=2)
        to = Vault([newer]).sealing_id
        assert told() == [{"from": old, "to": to, "count": count} for count in (2, 2, 1)]
        rotated(batch=2)
        assert len(told()) == 3

    def test_one_may_stop_after_any_batch_and_go_on(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        every = [make_key(alice) for _ in range(7)]
        put_first(settings, newer)
        for _ in range(3):
            next(iter(rotation.rotate(batch=2)))
            assert all(halves(AccessKey.objects.get(pk=key.pk)) for key in every)
        assert rotation.waiting() == 1
        assert rotated(batch=2) == (1, [])

    def test_of_three_masters_two_go(self, alice: User, settings: Settings) -> None:
        made = []
        for _ in range(3):
            put_first(settings, new_master())
            made.append(make_key(alice))
        assert rotated() == (2, [])
        settings.KEYRING = settings.KEYRING[:1]
        for key in made:
            key.refresh_from_db()
            assert halves(key)

    def test_what_else_stands_in_the_row_stays(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        key = make_key(alice, alias="web", access_key="AKEY")
        before = set(AccessKey.objects.values_list().get(pk=key.pk))
        put_first(settings, newer)
        rotated()
        after = AccessKey.objects.values().get(pk=key.pk)
        changed = {name for name, value in after.items() if value not in before}
        assert changed == {"sealed_access_key", "sealed_secret_key", "sealed_with", "mark"}

    def test_the_row_as_read_before_opens_after(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        key = make_key(alice, access_key="AKEY", secret_key=SECRET_KEY)
        put_first(settings, newer)
        rotated()
        assert halves(key) == ("AKEY", SECRET_KEY)


class TestWhatDoesNotFit:
    def test_a_key_that_was_tampered_with_is_named_and_left(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        good, bad = make_key(alice), make_key(alice)
        AccessKey.objects.filter(pk=bad.pk).update(sealed_secret_key=good.sealed_secret_key)
        put_first(settings, newer)
        assert rotated(batch=1) == (1, [bad.pk])
        bad.refresh_from_db()
        assert bad.sealed_secret_key == good.sealed_secret_key
        assert bad.sealed_with != Vault([newer]).sealing_id
        assert [facts["count"] for facts in told()] == [1]

    def test_a_master_that_is_missing_changes_nothing(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        key = make_key(alice)
        before = AccessKey.objects.values().get()
        settings.KEYRING = [newer]
        assert rotated() == (0, [key.pk])
        assert AccessKey.objects.values().get() == before
        assert told() == []

    def test_a_key_changed_meanwhile_is_not_overwritten(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        """Between the batch's reading and its writing somebody seals another secret."""
        key = make_key(alice)
        put_first(settings, newer)
        stale = AccessKey.objects.get(pk=key.pk)
        key.seal(access_key="ANOTHER", secret_key="another secret")
        key.save()
        step = rotation._seal(open_vault(), stale.sealed_with, [stale])
        assert (step.sealed, step.unopened) == (0, [])
        key.refresh_from_db()
        assert halves(key) == ("ANOTHER", "another secret")
        assert told() == []


@pytest.mark.django_db(transaction=True)
class TestTheCommand:
    """Its signals and its end are shown by real processes, in tests/project."""

    @pytest.fixture(autouse=True)
    def own_signals(self) -> Iterator[None]:
        """The command listens to Ctrl-C; the tests want to do so again afterwards."""
        ours = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        yield
        for number, handler in ours.items():
            signal.signal(number, handler)

    def test_it_names_what_does_not_open(self, alice: User, settings: Settings, newer: str) -> None:
        good, bad = make_key(alice), make_key(alice)
        AccessKey.objects.filter(pk=bad.pk).update(sealed_secret_key=good.sealed_secret_key)
        put_first(settings, newer)
        said = io.StringIO()
        with pytest.raises(CommandError, match=f"stay as they were: {bad.pk}\\.$"):
            call_command("rotate_keys", stdout=said)
        assert said.getvalue().startswith("1 access keys were sealed with the first master.\n")

    def test_a_key_that_was_added_meanwhile_by_an_old_process(
        self, alice: User, settings: Settings, newer: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_key(alice)
        put_first(settings, newer)
        monkeypatch.setattr(rotation, "rotate", lambda: iter(()))
        with pytest.raises(CommandError, match="1 more access keys are sealed with another master"):
            call_command("rotate_keys", stdout=io.StringIO())


class TestTheSameKey:
    def add(self, person: User, alias: str) -> AccessKey:
        return keys.add(
            actor=person,
            alias=alias,
            environment="e",
            region="kr-west1",
            access_key="AKEY",
            secret_key=SECRET_KEY,
            api_version="1.3",
        )

    @pytest.mark.parametrize("is_rotated", [False, True])
    def test_it_is_found_under_every_master(
        self, alice: User, settings: Settings, newer: str, *, is_rotated: bool
    ) -> None:
        self.add(alice, "first")
        put_first(settings, newer)
        if is_rotated:
            rotated()
            settings.KEYRING = [newer]
        with pytest.raises(NotAllowed, match="You already have this access key"):
            self.add(alice, "second")

    def test_it_keeps_one_fingerprint_in_all_records(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        first = self.add(alice, "first")
        asked = make_request(first)
        put_first(settings, newer)
        rotated()
        settings.KEYRING = [newer]
        first.refresh_from_db()
        second = self.add(make_person("erin", Role.OPERATOR), "hers")
        assert first.fingerprint == second.fingerprint == asked.key_fingerprint
        assert first.mark == second.mark != first.fingerprint
        said = AuditEvent.objects.filter(action="key.added").order_by("sequence")
        assert len({event.facts["fingerprint"] for event in said}) == 1


@pytest.mark.django_db(transaction=True)
class TestBesideOthers:
    def test_two_runs_at_once_seal_each_key_once(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        for _ in range(60):
            make_key(alice)
        put_first(settings, newer)

        def rotate() -> None:
            rotated(batch=7)

        with in_threads(rotate, count=2):
            pass
        assert rotation.waiting() == 0
        assert sum(int(str(facts["count"])) for facts in told()) == 60

    def test_readers_never_meet_a_key_that_does_not_open(
        self, alice: User, settings: Settings, newer: str
    ) -> None:
        every = [make_key(alice).pk for _ in range(80)]
        put_first(settings, newer)
        has_ended = threading.Event()
        reads: list[bool] = []

        def read() -> None:
            while not has_ended.is_set():
                try:
                    reads.append(bool(halves(AccessKey.objects.get(pk=random.choice(every)))))
                except VaultError:
                    reads.append(False)

        with in_threads(read, count=2):
            rotated(batch=5)
            has_ended.set()
        assert len(reads) > 10
        assert all(reads)
