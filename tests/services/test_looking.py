"""With whose key the console looks: the request's own, then others of the same person."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ImageRequest, User
from images.scp.errors import Missing, Reason
from images.services import keys
from images.services.following import follow
from images.services.looking import NotSeen, look
from images.services.reconciling import SEARCH_FOR, reconcile
from images.services.sending import send
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import OTHER_ACCOUNT, Sandbox
from tests.people import ACCESS_KEY, make_key, make_request
from tests.services.asking import ask_for, calls, fresh, make_due
from tests.services.test_sending_never import OTHER_KEYRING


@pytest.fixture
def asked(alices_key: AccessKey) -> ImageRequest:
    return make_request(alices_key, state=State.ACCEPTED, image_id=str(uuid.uuid4()))


def known_key(owner: User, scp: Sandbox, name: str, **changes: str) -> AccessKey:
    """Store a key of `owner` that the stand-in accepts."""
    scp.add_key(name, f"secret-of-{name}")
    return make_key(owner, access_key=name, secret_key=f"secret-of-{name}", **changes)


def ask_for_the_list(asked: ImageRequest) -> bool:
    """Look at the list; return whether it was read to its end."""
    return look(asked, lambda client: client.list_images(name="x")).is_complete


def askers(scp: Sandbox) -> list[str]:
    return [call.access_key for call in scp.journal]


def revoke(scp: Sandbox, *, times: int | None = 1) -> None:
    scp.faults.add("status", status=401, kind="list_images", times=times)


def disable_in_scp(scp: Sandbox, access_key: str) -> None:
    key = scp.keyring.get(access_key)
    assert key is not None
    key.is_enabled = False


class TestItsOwnKey:
    def test_comes_first(self, asked: ImageRequest, alice: User, scp: Sandbox) -> None:
        known_key(alice, scp, "NEWER")
        assert ask_for_the_list(asked)
        assert askers(scp) == [ACCESS_KEY]

    def test_is_used_even_when_it_is_disabled(
        self, asked: ImageRequest, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        keys.disable(actor=alice, key=alices_key)
        assert ask_for_the_list(asked)
        assert askers(scp) == [ACCESS_KEY]


class TestOtherKeysOfTheSamePerson:
    @pytest.mark.parametrize("status", [401, 403])
    def test_look_where_scp_denies_the_first(
        self, asked: ImageRequest, alice: User, scp: Sandbox, status: int
    ) -> None:
        known_key(alice, scp, "REPLACEMENT")
        scp.faults.add("status", status=status, kind="list_images")
        assert ask_for_the_list(asked)
        assert askers(scp) == [ACCESS_KEY, "REPLACEMENT"]

    def test_look_where_the_first_cannot_be_opened(
        self, asked: ImageRequest, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        known_key(alice, scp, "REPLACEMENT")
        AccessKey.objects.filter(pk=alices_key.pk).update(sealed_secret_key="damaged")
        assert ask_for_the_list(fresh(asked))
        assert askers(scp) == ["REPLACEMENT"]

    def test_the_newest_first_and_three_at_most(
        self, asked: ImageRequest, alice: User, scp: Sandbox
    ) -> None:
        for age, name in enumerate(["FOURTH", "THIRD", "SECOND", "FIRST"], start=-4):
            key = known_key(alice, scp, name)
            created_at = timezone.now() + timedelta(minutes=age)
            AccessKey.objects.filter(pk=key.pk).update(created_at=created_at)
        revoke(scp, times=None)
        with pytest.raises(NotSeen) as trouble:
            ask_for_the_list(asked)
        assert trouble.value.reason == Reason.SIGNATURE
        assert askers(scp) == [ACCESS_KEY, "FIRST", "SECOND", "THIRD"]

    def test_not_a_disabled_one_nor_one_of_another_place(
        self, asked: ImageRequest, alice: User, scp: Sandbox
    ) -> None:
        keys.disable(actor=alice, key=known_key(alice, scp, "DISABLED"))
        known_key(alice, scp, "ELSEWHERE", region="kr-east1")
        known_key(alice, scp, "OTHERWHERE", environment="g")
        revoke(scp, times=None)
        with pytest.raises(NotSeen):
            ask_for_the_list(asked)
        assert askers(scp) == [ACCESS_KEY]

    def test_the_first_trouble_is_the_one_that_is_told(
        self, asked: ImageRequest, alice: User, scp: Sandbox, settings: Settings
    ) -> None:
        known_key(alice, scp, "REPLACEMENT")
        AccessKey.objects.filter(owner=alice).exclude(pk=asked.key_id).update(
            sealed_secret_key="damaged"
        )
        scp.faults.add("status", status=403, kind="list_images")
        with pytest.raises(NotSeen) as trouble:
            ask_for_the_list(asked)
        assert trouble.value.reason == Reason.FORBIDDEN
        settings.KEYRING = OTHER_KEYRING
        with pytest.raises(NotSeen) as trouble:
            ask_for_the_list(asked)
        assert trouble.value.reason == OwnReason.KEY_UNREADABLE

    def test_a_busy_or_broken_host_is_not_asked_with_one_key_after_the_other(
        self, asked: ImageRequest, alice: User, scp: Sandbox
    ) -> None:
        known_key(alice, scp, "REPLACEMENT")
        scp.faults.add("status", status=429, kind="list_images", times=None)
        with pytest.raises(NotSeen) as trouble:
            ask_for_the_list(asked)
        assert trouble.value.reason == Reason.RATE
        assert set(askers(scp)) == {ACCESS_KEY}


class TestAnotherPerson:
    def test_never_looks_even_with_a_key_of_the_same_place(
        self, asked: ImageRequest, dora: User, scp: Sandbox
    ) -> None:
        known_key(dora, scp, "DORAS")
        revoke(scp, times=None)
        with pytest.raises(NotSeen) as trouble:
            ask_for_the_list(asked)
        assert trouble.value.reason == Reason.SIGNATURE
        assert askers(scp) == [ACCESS_KEY]


class TestNotFound:
    def test_of_an_image_is_for_the_caller_to_judge(
        self, asked: ImageRequest, alice: User, scp: Sandbox
    ) -> None:
        known_key(alice, scp, "REPLACEMENT")
        with pytest.raises(Missing):
            look(asked, lambda client: client.show_image(asked.image_id))
        assert calls(scp, "show_image") == 1

    def test_of_a_wrong_host_tells_nothing(self, asked: ImageRequest, scp: Sandbox) -> None:
        scp.faults.add("wrong_host", kind="show_image")
        with pytest.raises(NotSeen) as trouble:
            look(asked, lambda client: client.show_image(asked.image_id))
        assert trouble.value.reason == Reason.WRONG_HOST


class TestAKeyOfAnotherAccount:
    """A person may hold keys of two SCP accounts for one region; one does not see the other's."""

    @pytest.fixture
    def stranger(self, alice: User, scp: Sandbox) -> AccessKey:
        scp.add_key("ELSEWHERE", "secret-of-ELSEWHERE", account=OTHER_ACCOUNT)
        return make_key(alice, access_key="ELSEWHERE", secret_key="secret-of-ELSEWHERE")

    def test_its_empty_list_proves_nothing(
        self, alices_key: AccessKey, stranger: AccessKey, scp: Sandbox
    ) -> None:
        scp.options.image_grace_seconds = 0
        asked = ask_for(alices_key, scp)
        scp.faults.add("drop_after", kind="create_image")
        send(request_id=asked.pk)
        ImageRequest.objects.filter(pk=asked.pk).update(lost_at=timezone.now() - SEARCH_FOR)
        disable_in_scp(scp, ACCESS_KEY)
        for _ in range(4):
            if fresh(asked).due_at:
                make_due(asked)
                reconcile(request_id=asked.pk)
        assert (fresh(asked).state, fresh(asked).needs_person) == (State.UNKNOWN, True)

    def test_its_404_proves_nothing(
        self, alices_key: AccessKey, stranger: AccessKey, scp: Sandbox
    ) -> None:
        scp.options.image_grace_seconds = 0
        asked = ask_for(alices_key, scp)
        send(request_id=asked.pk)
        make_due(asked)
        follow(request_id=asked.pk)
        disable_in_scp(scp, ACCESS_KEY)
        for _ in range(4):
            if fresh(asked).due_at:
                make_due(asked)
                follow(request_id=asked.pk)
        assert fresh(asked).state == State.ACCEPTED
