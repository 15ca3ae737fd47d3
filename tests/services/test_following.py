"""Following: an accepted image until it is ready, failed or gone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ImageRequest
from images.models.image_request import OVERDUE_AFTER, VISIBLE_WITHIN
from images.scp.errors import Reason
from images.services import keys
from images.services.following import follow
from images.services.sending import send
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Image, Sandbox
from tests.services.asking import (
    actions,
    ask_for,
    calls,
    fresh,
    last_facts,
    make_due,
    seconds_until_due,
)
from tests.services.test_sending_never import OTHER_KEYRING

UNSEEN, QUEUED, IMPORTING, DONE = 0, 3, 10, 30  # seconds of an image's life


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    """A request that SCP has accepted."""
    found = ask_for(alices_key, scp)
    send(request_id=found.pk)
    assert fresh(found).state == State.ACCEPTED
    return found


@pytest.fixture
def image(asked: ImageRequest, scp: Sandbox) -> Image:
    return scp.images[0]


def look(asked: ImageRequest) -> ImageRequest:
    make_due(asked)
    follow(request_id=asked.pk)
    return fresh(asked)


def accepted_before(asked: ImageRequest, ago: timedelta) -> None:
    ImageRequest.objects.filter(pk=asked.pk).update(answered_at=timezone.now() - ago)


class TestWhenToLook:
    def test_after_ten_then_thirty_then_every_sixty_seconds(self, asked: ImageRequest) -> None:
        assert 9 < seconds_until_due(asked) <= 10
        waits = []
        for _ in range(4):
            now = look(asked)
            assert now.due_at and now.last_look_at
            waits.append((now.due_at - now.last_look_at).total_seconds())
        assert waits == [30, 60, 60, 60]

    def test_a_look_that_is_not_due_is_not_made(self, asked: ImageRequest, scp: Sandbox) -> None:
        follow(request_id=asked.pk)
        assert (fresh(asked).looks, calls(scp, "show_image")) == (0, 0)

    def test_of_two_wake_ups_one_looks(self, asked: ImageRequest, scp: Sandbox) -> None:
        look(asked)
        follow(request_id=asked.pk)
        assert (fresh(asked).looks, calls(scp, "show_image")) == (1, 1)

    def test_what_is_settled_is_not_looked_at(self, asked: ImageRequest, scp: Sandbox) -> None:
        ImageRequest.objects.filter(pk=asked.pk).update(state=State.GONE)
        look(asked)
        assert calls(scp, "show_image") == 0

    def test_every_look_asks_in_the_version_of_the_request(
        self, asked: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        keys.change(actor=alices_key.owner, key=alices_key, alias="k", api_version="1.2")
        look(asked)
        assert scp.journal[-1].version == "virtualserver 1.3"


class TestTheWayToReady:
    def test_unseen_queued_importing_active(self, asked: ImageRequest, scp: Sandbox) -> None:
        now = look(asked)
        assert (now.state, now.misses, now.first_seen_at) == (State.ACCEPTED, 0, None)
        assert now.is_not_visible_yet
        scp.clock.advance(QUEUED)
        now = look(asked)
        assert (now.state, now.scp_status, now.misses) == (State.ACCEPTED, "queued", 0)
        first_seen_at = now.first_seen_at
        assert first_seen_at is not None
        scp.clock.advance(IMPORTING - QUEUED)
        assert look(asked).scp_status == "importing"
        look(asked)  # the same word again is no news
        scp.clock.advance(DONE - IMPORTING)
        now = look(asked)
        assert (now.state, now.scp_status, now.due_at) == (State.READY, "active", None)
        assert now.first_seen_at == first_seen_at
        assert now.last_seen_at is not None
        assert now.settled_at is not None
        assert actions(asked)[3:] == ["request.status", "request.status", "request.ready"]
        assert last_facts(asked) == {"status": "active", "image_id": now.image_id}

    def test_a_status_in_capitals_is_the_same_word(self, asked: ImageRequest, scp: Sandbox) -> None:
        scp.options.status_case = "upper"
        scp.clock.advance(DONE)
        assert (look(asked).state, fresh(asked).scp_status) == (State.READY, "ACTIVE")

    @pytest.mark.parametrize("word", ["saving", "uploading", "Größe wird geprüft", "x" * 300, ""])
    def test_an_unknown_word_means_in_progress(
        self, asked: ImageRequest, image: Image, scp: Sandbox, word: str
    ) -> None:
        image.life.word = word
        scp.clock.advance(IMPORTING)
        assert (look(asked).state, fresh(asked).scp_status) == (State.ACCEPTED, word[:60])

    @pytest.mark.parametrize("word", ["killed", "error", "deactivated"])
    def test_a_word_of_failure_ends_it(
        self, asked: ImageRequest, image: Image, scp: Sandbox, word: str
    ) -> None:
        image.life.end = word
        scp.clock.advance(DONE)
        now = look(asked)
        assert (now.state, now.scp_status, now.due_at) == (State.FAILED, word, None)
        assert (actions(asked)[-1], last_facts(asked)["status"]) == ("request.failed", word)

    @pytest.mark.parametrize("word", ["deleted", "pending_delete"])
    def test_a_word_of_deletion_is_gone(
        self, asked: ImageRequest, image: Image, scp: Sandbox, word: str
    ) -> None:
        image.life.end = word
        scp.clock.advance(DONE)
        assert look(asked).state == State.GONE
        assert actions(asked)[-1] == "request.gone"


class TestNotFound:
    def test_early_it_is_only_not_visible_yet(self, asked: ImageRequest) -> None:
        for _ in range(5):
            now = look(asked)
        assert (now.state, now.looks, now.misses) == (State.ACCEPTED, 5, 0)
        assert "not visible in SCP yet" in now.sentence

    def test_what_was_missed_early_does_not_count_later(self, asked: ImageRequest) -> None:
        for _ in range(5):
            look(asked)
        accepted_before(asked, VISIBLE_WITHIN)
        found = [(look(asked).state, fresh(asked).misses) for _ in range(3)]
        assert found == [(State.ACCEPTED, 1), (State.ACCEPTED, 2), (State.GONE, 3)]

    def test_later_several_misses_in_a_row_are_gone(
        self, asked: ImageRequest, image: Image
    ) -> None:
        image.life.grace_seconds = 10_000
        accepted_before(asked, VISIBLE_WITHIN)
        assert [look(asked).state for _ in range(3)] == [State.ACCEPTED, State.ACCEPTED, State.GONE]
        assert fresh(asked).due_at is None
        assert last_facts(asked) == {"image_id": image.id, "was_seen": False}

    def test_an_image_that_was_seen_and_vanishes_is_gone_after_several_misses(
        self, asked: ImageRequest, image: Image, scp: Sandbox
    ) -> None:
        scp.clock.advance(QUEUED)
        look(asked)
        image.life.end = "vanish"
        scp.clock.advance(DONE)
        assert [look(asked).state for _ in range(3)] == [State.ACCEPTED, State.ACCEPTED, State.GONE]
        assert last_facts(asked)["was_seen"] is True

    def test_one_lagging_replica_starts_the_count_afresh(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        scp.clock.advance(QUEUED)
        look(asked)
        scp.faults.add("status", status=404, kind="show_image", times=2)
        assert [look(asked).misses for _ in range(3)] == [1, 2, 0]
        scp.faults.add("status", status=404, kind="show_image", times=2)
        assert [look(asked).state for _ in range(2)] == [State.ACCEPTED, State.ACCEPTED]

    def test_the_404_of_a_wrong_host_is_no_miss(self, asked: ImageRequest, scp: Sandbox) -> None:
        accepted_before(asked, VISIBLE_WITHIN)
        scp.faults.add("wrong_host", kind="show_image", times=None)
        for _ in range(4):
            now = look(asked)
        assert (now.state, now.misses, now.look_trouble) == (State.ACCEPTED, 0, Reason.WRONG_HOST)


class TestTrouble:
    @pytest.mark.parametrize("status", [401, 403, 417, 500])
    def test_a_look_that_fails_is_noted_and_following_goes_on(
        self, asked: ImageRequest, scp: Sandbox, status: int
    ) -> None:
        scp.faults.add("status", status=status, kind="show_image", times=4)
        before = actions(asked)
        for _ in range(4):
            now = look(asked)
        assert (now.state, now.misses) == (State.ACCEPTED, 0)
        assert now.look_trouble
        assert seconds_until_due(asked) > 50
        assert actions(asked) == before
        scp.clock.advance(DONE)
        assert (look(asked).state, fresh(asked).look_trouble) == (State.READY, "")

    def test_a_key_that_does_not_open_any_more_is_noted(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        settings.KEYRING = OTHER_KEYRING
        now = look(asked)
        assert (now.state, now.look_trouble) == (State.ACCEPTED, OwnReason.KEY_UNREADABLE)
        assert calls(scp, "show_image") == 0

    def test_a_place_that_is_not_configured_any_more_is_noted(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        settings.SCP_ENVIRONMENTS = {"g": ("kr-south1",)}
        now = look(asked)
        assert (now.state, now.look_trouble) == (State.ACCEPTED, OwnReason.PLACE_UNKNOWN)
        assert calls(scp, "show_image") == 0

    def test_a_disabled_key_still_follows_what_was_accepted(
        self, asked: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        keys.disable(actor=alices_key.owner, key=alices_key)
        scp.clock.advance(DONE)
        assert look(asked).state == State.READY

    def test_after_half_an_hour_it_is_overdue_and_still_followed(
        self, asked: ImageRequest, image: Image, scp: Sandbox
    ) -> None:
        image.life.done_seconds = 100_000
        scp.clock.advance(IMPORTING)
        look(asked)
        assert not fresh(asked).is_overdue
        accepted_before(asked, OVERDUE_AFTER + timedelta(seconds=1))
        now = look(asked)
        assert now.is_overdue
        assert (now.badge.tone, now.badge.icon) == ("watch", "clock")
        assert "taking longer than usual" in now.sentence
        assert seconds_until_due(asked) > 50
        image.life.done_seconds = 0
        assert look(asked).state == State.READY
