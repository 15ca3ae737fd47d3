"""Reconciling: an unknown outcome is settled by looking for the image, never by sending."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ExchangeRecord, ImageRequest, User
from images.scp.errors import Reason
from images.services import keys
from images.services.reconciling import SEARCH_FOR, ends_at, reconcile
from images.services.sending import send
from images.services.settling import look_sooner
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Image, Sandbox
from tests.people import ACCESS_KEY, make_key, make_request
from tests.services.asking import (
    NAME,
    actions,
    ask_for,
    calls,
    fresh,
    last_facts,
    make_due,
    posts,
    seconds_until_due,
)
from tests.services.test_sending_never import OTHER_KEYRING
from tests.unguarded import unguarded


@pytest.fixture
def lost(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    """A request whose answer was lost; SCP made nothing of it."""
    scp.options.image_grace_seconds = 0
    asked = ask_for(alices_key, scp)
    scp.faults.add("drop_before", kind="create_image")
    send(request_id=asked.pk)
    assert fresh(asked).state == State.UNKNOWN
    return asked


def made(scp: Sandbox, *, name: str = NAME, seconds_ago: float = 0) -> Image:
    """Let SCP hold an image of that name after all."""
    key = scp.keyring.get(ACCESS_KEY)
    assert key is not None
    image = scp.make_image(scp.servers[0], name, key=key, version="1.3")
    image.made_at_ms -= round(seconds_ago * 1000)
    return image


def search(asked: ImageRequest) -> ImageRequest:
    make_due(asked)
    reconcile(request_id=asked.pk)
    return fresh(asked)


def lost_before(asked: ImageRequest, ago: timedelta) -> None:
    """Let the call have been sent, and its answer lost, that long ago."""
    then = timezone.now() - ago
    with unguarded():
        ExchangeRecord.objects.filter(request=asked).update(prepared_at=then)
    ImageRequest.objects.filter(pk=asked.pk).update(lost_at=then)


class TestFound:
    def test_the_one_image_of_the_exact_name_is_adopted(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        image = made(scp)
        now = search(lost)
        assert (now.state, now.image_id) == (State.ACCEPTED, image.id)
        assert (now.looks, now.look_trouble, now.lease_until) == (0, "", None)
        assert now.answered_at is not None
        assert 9 < seconds_until_due(lost) <= 10
        assert (actions(lost)[-1], last_facts(lost)) == (
            "request.adopted",
            {"looks": 1, "image_id": image.id},
        )
        assert posts(scp) == 1

    def test_a_lost_answer_behind_which_an_image_was_made(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.options.image_grace_seconds = 0
        scp.faults.add("drop_after", kind="create_image")
        asked = ask_for(alices_key, scp)
        send(request_id=asked.pk)
        assert (search(asked).state, fresh(asked).image_id) == (
            State.ACCEPTED,
            scp.ledger[0].image_id,
        )
        assert (posts(scp), len(scp.ledger)) == (1, 1)

    def test_a_loose_filter_of_scp_is_filtered_again(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        scp.options.name_filter = "partial"
        made(scp, name=f"{NAME}-2")
        assert search(lost).state == State.UNKNOWN

    def test_a_clock_that_is_a_little_behind_does_no_harm(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        image = made(scp, seconds_ago=300)
        assert search(lost).image_id == image.id

    def test_an_older_image_of_that_name_is_not_adopted(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        made(scp, seconds_ago=3600)
        assert (search(lost).state, fresh(lost).image_id) == (State.UNKNOWN, "")

    def test_an_image_of_another_request_is_not_adopted(
        self, lost: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        image = made(scp)
        make_request(alices_key, state=State.READY, image_id=image.id, due_at=None)
        assert (search(lost).state, fresh(lost).image_id) == (State.UNKNOWN, "")

    def test_several_wait_for_a_person(self, lost: ImageRequest, scp: Sandbox) -> None:
        both = {made(scp).id, made(scp).id}
        now = search(lost)
        assert (now.state, now.needs_person, now.due_at) == (State.UNKNOWN, True, None)
        assert actions(lost)[-1] == "request.ambiguous"
        assert set(last_facts(lost)["image_ids"]) == both
        assert "A person has to look" in now.sentence
        reconcile(request_id=lost.pk)
        assert calls(scp, "list_images") == 1


class TestNotFound:
    def test_the_pauses_between_looks_grow(self, lost: ImageRequest) -> None:
        waits = []
        for _ in range(7):
            now = search(lost)
            assert now.state == State.UNKNOWN
            assert now.due_at is not None
            assert now.last_look_at is not None
            waits.append((now.due_at - now.last_look_at).total_seconds())
        assert waits == [10, 20, 40, 80, 160, 180, 180]

    def test_a_look_that_a_person_wished_puts_the_last_one_off_no_further(
        self, lost: ImageRequest, alice: User
    ) -> None:
        lost_before(lost, SEARCH_FOR - timedelta(seconds=70))
        due_at = timezone.now() + timedelta(seconds=71)
        ImageRequest.objects.filter(pk=lost.pk).update(looks=8, misses=8, due_at=due_at)
        assert look_sooner(actor=alice, asked=lost)
        reconcile(request_id=lost.pk)
        now = fresh(lost)
        assert (now.state, now.looks) == (State.UNKNOWN, 9)
        assert now.due_at is not None
        assert timedelta(0) < now.due_at - ends_at(now) <= timedelta(seconds=1)
        with time_machine.travel(now.due_at, tick=False):
            reconcile(request_id=lost.pk)
        assert (fresh(lost).state, fresh(lost).looks) == (State.NOT_MADE, 10)

    def test_after_the_end_the_pauses_are_the_usual_ones(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        lost_before(lost, SEARCH_FOR)
        ImageRequest.objects.filter(pk=lost.pk).update(looks=8)
        search(lost)
        assert 170 < seconds_until_due(lost) <= 180

    def test_none_until_long_enough_is_not_made(self, lost: ImageRequest, scp: Sandbox) -> None:
        lost_before(lost, SEARCH_FOR - timedelta(seconds=5))
        assert [search(lost).state for _ in range(5)] == [State.UNKNOWN] * 5
        lost_before(lost, SEARCH_FOR)
        now = search(lost)
        assert (now.state, now.due_at) == (State.NOT_MADE, None)
        assert now.settled_at is not None
        assert (actions(lost)[-1], last_facts(lost)) == ("request.not_made", {"looks": 6})
        assert (posts(scp), len(scp.ledger)) == (1, 0)

    def test_one_look_after_a_long_sleep_proves_nothing(self, lost: ImageRequest) -> None:
        lost_before(lost, timedelta(days=2))
        found = [(search(lost).state, fresh(lost).misses) for _ in range(3)]
        assert found == [(State.UNKNOWN, 1), (State.UNKNOWN, 2), (State.NOT_MADE, 2)]

    def test_a_late_image_is_still_adopted_at_the_last_look(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        lost_before(lost, SEARCH_FOR)
        image = made(scp)
        assert search(lost).image_id == image.id

    def test_without_a_kept_call_the_wish_itself_begins_the_search(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        asked = make_request(
            alices_key, state=State.UNKNOWN, recorded_at=timezone.now() - SEARCH_FOR, misses=2
        )
        assert search(asked).state == State.NOT_MADE

    def test_while_the_list_cannot_be_read_nothing_is_decided(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        lost_before(lost, timedelta(days=2))
        scp.faults.add("status", status=500, kind="list_images", times=3)
        for _ in range(3):
            now = search(lost)
            assert (now.state, now.look_trouble) == (State.UNKNOWN, Reason.SERVER_ERROR)
        found = [search(lost).state for _ in range(3)]
        assert found == [State.UNKNOWN, State.UNKNOWN, State.NOT_MADE]

    def test_a_list_that_scp_says_is_not_there_tells_nothing_either(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        """As when the API version of the key is served no more."""
        lost_before(lost, timedelta(days=2))
        scp.faults.add("status", status=404, kind="list_images", times=3)
        for _ in range(3):
            now = search(lost)
            assert (now.state, now.look_trouble) == (State.UNKNOWN, Reason.NOT_FOUND)

    def test_an_image_that_another_own_key_shows_is_adopted(
        self, lost: ImageRequest, alice: User, scp: Sandbox
    ) -> None:
        image = made(scp)
        scp.add_key("REPLACEMENT", "secret-of-it")
        make_key(alice, access_key="REPLACEMENT", secret_key="secret-of-it")
        scp.faults.add("status", status=401, kind="list_images")
        now = search(lost)
        assert (now.state, now.image_id) == (State.ACCEPTED, image.id)

    def test_a_list_that_cannot_be_read_begins_the_row_of_empty_ones_afresh(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        lost_before(lost, timedelta(days=2))
        search(lost)
        search(lost)
        scp.faults.add("status", status=500, kind="list_images")
        search(lost)
        found = [search(lost).state for _ in range(3)]
        assert found == [State.UNKNOWN, State.UNKNOWN, State.NOT_MADE]

    def test_an_incomplete_list_decides_nothing(self, lost: ImageRequest, scp: Sandbox) -> None:
        lost_before(lost, SEARCH_FOR)
        scp.options.name_filter = "partial"
        scp.options.marker_is_ignored = True
        for _ in range(1000):
            image = Image(f"{NAME}-more", scp.clock.now_ms())
            scp.public_images.append(image)
        assert [search(lost).state for _ in range(4)] == [State.UNKNOWN] * 4
        assert (fresh(lost).misses, fresh(lost).look_trouble) == (0, OwnReason.NO_LOOK)


class TestTrouble:
    def test_a_key_that_does_not_open_any_more_is_noted(
        self, lost: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        settings.KEYRING = OTHER_KEYRING
        now = search(lost)
        assert (now.state, now.look_trouble) == (State.UNKNOWN, OwnReason.KEY_UNREADABLE)
        assert calls(scp, "list_images") == 0

    def test_a_place_that_is_not_configured_any_more_is_noted(
        self, lost: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        settings.SCP_ENVIRONMENTS = {"g": ("kr-south1",)}
        assert search(lost).look_trouble == OwnReason.PLACE_UNKNOWN

    def test_a_disabled_key_still_searches(
        self, lost: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        keys.disable(actor=alices_key.owner, key=alices_key)
        image = made(scp)
        assert search(lost).image_id == image.id


class TestWhoseTurnItIs:
    def test_a_look_that_is_not_due_is_not_made(self, lost: ImageRequest, scp: Sandbox) -> None:
        reconcile(request_id=lost.pk)
        assert (fresh(lost).looks, calls(scp, "list_images")) == (0, 0)

    def test_what_is_known_is_not_searched(self, lost: ImageRequest, scp: Sandbox) -> None:
        ImageRequest.objects.filter(pk=lost.pk).update(state=State.NOT_MADE)
        search(lost)
        assert calls(scp, "list_images") == 0
