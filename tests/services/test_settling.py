"""What a person decides when the console cannot, and a look that a person wishes for."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.services.following import follow
from images.services.refusal import NotAllowed
from images.services.settling import NONE, look_sooner, settle
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Image, Sandbox
from tests.people import ACCESS_KEY, make_request
from tests.services.asking import (
    NAME,
    actions,
    ask_for,
    fresh,
    make_due,
    posts,
    seconds_until_due,
)
from tests.services.test_reconciling import search
from tests.unguarded import unguarded

REASON = "I looked at both in the console of SCP."


@pytest.fixture
def both(scp: Sandbox) -> list[Image]:
    """Two images in SCP with the name that the request asked for."""
    scp.options.image_grace_seconds = 0
    key = scp.keyring.get(ACCESS_KEY)
    assert key is not None
    return [scp.make_image(server, NAME, key=key, version="1.3") for server in scp.servers[:2]]


@pytest.fixture
def waiting(alices_key: AccessKey, scp: Sandbox, both: list[Image]) -> ImageRequest:
    """A request that waits for a person, who has two images to choose from."""
    asked = make_request(alices_key, state=State.UNKNOWN, image_name=NAME, lost_at=timezone.now())
    found = search(asked)
    assert found.needs_person
    return found


class TestChoosing:
    def test_an_image_is_the_requests_from_then_on(
        self, alice: User, waiting: ImageRequest, both: list[Image], scp: Sandbox
    ) -> None:
        settle(actor=alice, asked=waiting, image_id=both[1].id, reason=REASON)
        now = fresh(waiting)
        assert (now.state, now.image_id, now.needs_person) == (State.ACCEPTED, both[1].id, False)
        assert (waiting.state, now.looks, now.misses) == (State.ACCEPTED, 0, 0)
        assert 9 < seconds_until_due(waiting) <= 10
        assert now.answered_at is not None
        both[1].life.done_seconds = 0
        make_due(waiting)
        follow(request_id=waiting.pk)
        assert (fresh(waiting).state, posts(scp)) == (State.READY, 0)

    def test_none_means_that_none_was_made(self, alice: User, waiting: ImageRequest) -> None:
        settle(actor=alice, asked=waiting, image_id=NONE, reason=REASON)
        now = fresh(waiting)
        assert (now.state, now.image_id, now.due_at) == (State.NOT_MADE, "", None)
        assert (now.needs_person, now.may_ask_again) == (False, True)
        assert now.settled_at is not None

    @pytest.mark.parametrize("pick", [lambda both: both[0].id, lambda both: NONE])
    def test_who_and_why_is_kept(
        self,
        alice: User,
        waiting: ImageRequest,
        both: list[Image],
        pick: Callable[[list[Image]], str],
    ) -> None:
        settle(actor=alice, asked=waiting, image_id=pick(both), reason=REASON)
        event = AuditEvent.objects.get(request=waiting, action="request.settled")
        assert (event.actor_id, event.actor_name) == (alice.pk, "alice")
        assert event.facts == {"image_id": pick(both), "reason_given": REASON}

    def test_after_none_the_server_is_free_for_a_new_request(
        self, alice: User, waiting: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        server = scp.servers[5]
        with unguarded():
            ImageRequest.objects.filter(pk=waiting.pk).update(server_id=server.id)
        settle(actor=alice, asked=waiting, image_id=NONE, reason=REASON)
        again = ask_for(alices_key, scp, position=5, previous=fresh(waiting))
        assert again.previous == waiting


class TestWhatIsNotTaken:
    def refusal(self, actor: User, asked: ImageRequest, image_id: str) -> NotAllowed:
        state, told = fresh(asked).state, actions(asked)
        with pytest.raises(NotAllowed) as refusal:
            settle(actor=actor, asked=asked, image_id=image_id, reason=REASON)
        told_now = actions(asked)
        assert fresh(asked).state == state
        assert told_now[: len(told)] == told
        assert set(told_now[len(told) :]) <= {"request.turned_away"}
        return refusal.value

    def test_an_image_that_was_not_shown(self, alice: User, waiting: ImageRequest) -> None:
        refusal = self.refusal(alice, waiting, str(uuid.uuid4()))
        assert (refusal.field, "images shown" in refusal.sentence) == ("image_id", True)

    def test_an_image_that_another_request_got_meanwhile(
        self, alice: User, waiting: ImageRequest, both: list[Image], alices_key: AccessKey
    ) -> None:
        make_request(alices_key, state=State.READY, image_id=both[0].id, due_at=None)
        refusal = self.refusal(alice, waiting, both[0].id)
        assert (refusal.field, "another request" in refusal.sentence) == ("image_id", True)

    def test_a_decision_that_is_no_longer_wanted(
        self, alice: User, waiting: ImageRequest, both: list[Image]
    ) -> None:
        shown_twice = fresh(waiting)
        settle(actor=alice, asked=waiting, image_id=both[0].id, reason=REASON)
        refusal = self.refusal(alice, shown_twice, NONE)
        assert "does not wait for a person" in refusal.sentence
        assert actions(waiting).count("request.settled") == 1

    def test_a_search_that_still_goes_on_alone(self, alice: User, alices_key: AccessKey) -> None:
        asked = make_request(alices_key, state=State.UNKNOWN)
        assert "does not wait" in self.refusal(alice, asked, NONE).sentence


class TestAnIdOfAnotherRequest:
    """SCP's answer named an image that another request has: never settled without a person."""

    @pytest.fixture
    def doubted(self, alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
        scp.options.image_grace_seconds = 0
        return make_request(
            alices_key,
            state=State.UNKNOWN,
            image_name=NAME,
            needs_person=True,
            lost_at=timezone.now() - timedelta(hours=1),
            outcome_reason=OwnReason.IMAGE_OF_ANOTHER,
        )

    def test_the_one_that_fits_is_shown_and_not_taken(
        self, doubted: ImageRequest, both: list[Image], alice: User
    ) -> None:
        both[1].name = "renamed"
        now = search(doubted)
        assert (now.state, now.needs_person, now.due_at) == (State.UNKNOWN, True, None)
        assert [each["id"] for each in now.candidates] == [both[0].id]
        assert now.outcome_reason == OwnReason.IMAGE_OF_ANOTHER
        settle(actor=alice, asked=now, image_id=both[0].id, reason=REASON)
        assert (fresh(doubted).state, fresh(doubted).image_id) == (State.ACCEPTED, both[0].id)

    def test_where_nothing_fits_a_person_still_decides(
        self, doubted: ImageRequest, alice: User
    ) -> None:
        for _ in range(3):
            now = search(doubted)
        assert (now.state, now.needs_person, now.due_at) == (State.UNKNOWN, True, None)
        settle(actor=alice, asked=now, image_id=NONE, reason=REASON)
        assert fresh(doubted).state == State.NOT_MADE


class TestLookingSooner:
    @pytest.mark.parametrize("state", [State.UNKNOWN, State.ACCEPTED])
    def test_the_next_look_is_due_now(
        self, alice: User, alices_key: AccessKey, state: State
    ) -> None:
        later = timezone.now() + timedelta(minutes=3)
        asked = make_request(alices_key, state=state, due_at=later)
        assert look_sooner(actor=alice, asked=asked)
        assert seconds_until_due(asked) <= 0
        assert actions(asked) == ["request.look_wished"]
        assert AuditEvent.objects.get(request=asked).actor_id == alice.pk
        assert not look_sooner(actor=alice, asked=asked)
        assert actions(asked) == ["request.look_wished"]

    @pytest.mark.parametrize(
        "state", [State.RECORDED, State.SENDING, State.READY, State.REFUSED, State.NOT_MADE]
    )
    def test_a_send_is_never_hurried(
        self, alice: User, alices_key: AccessKey, state: State
    ) -> None:
        later = timezone.now() + timedelta(minutes=3)
        asked = make_request(alices_key, state=state, due_at=later)
        assert not look_sooner(actor=alice, asked=asked)
        assert (fresh(asked).due_at, actions(asked)) == (later, [])

    def test_where_no_look_is_to_come_none_is_wished(
        self, alice: User, waiting: ImageRequest
    ) -> None:
        assert not look_sooner(actor=alice, asked=waiting)
        assert fresh(waiting).due_at is None
