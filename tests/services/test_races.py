"""Somebody else acts between our look and our write: the row decides, and no event tells a lie."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from images.models import AccessKey, ImageRequest
from images.scp.exchange import Exchange
from images.services import keys, outcomes
from images.services.following import follow
from images.services.outcome import Outcome
from images.services.reconciling import reconcile
from images.services.sending import send
from images.services.settling import NONE, settle
from images.services.waking import give_up_dead_leases
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.services.asking import actions, ask_for, fresh, make_due
from tests.services.test_spill import accepted, claimed

ROW = 'UPDATE "images_imagerequest"'


@contextlib.contextmanager
def meanwhile(act: Callable[[], Any], *, before_write: int = 1) -> Iterator[None]:
    """Let `act` come just before the block's write number `before_write` to a request."""
    writes = 0

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal writes
        if sql.startswith(ROW):
            writes += 1
            if writes == before_write:
                act()
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield
    assert writes >= before_write


def becomes(asked: ImageRequest, **changes: Any) -> Callable[[], int]:
    return lambda: ImageRequest.objects.filter(pk=asked.pk).update(**changes)


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    scp.options.image_grace_seconds = 0
    return ask_for(alices_key, scp)


def test_a_withdrawal_wins_over_our_own_refusal(
    asked: ImageRequest, alices_key: AccessKey, scp: Sandbox
) -> None:
    keys.disable(actor=alices_key.owner, key=alices_key)
    with meanwhile(becomes(asked, state=State.CANCELLED)):
        send(request_id=asked.pk)
    assert (fresh(asked).state, actions(asked)) == (State.CANCELLED, ["request.recorded"])


def test_a_withdrawal_wins_over_the_claim(asked: ImageRequest, scp: Sandbox) -> None:
    with meanwhile(becomes(asked, state=State.CANCELLED)):
        send(request_id=asked.pk)
    assert (fresh(asked).state, scp.journal) == (State.CANCELLED, [])


def test_an_answer_wins_over_the_end_of_its_lease(alices_key: AccessKey) -> None:
    ended = timezone.now() - timedelta(seconds=1)
    asked = make_request(alices_key, state=State.SENDING, attempt=1, lease_until=ended)
    with meanwhile(becomes(asked, state=State.REFUSED)):
        give_up_dead_leases(timezone.now())
    assert (fresh(asked).state, actions(asked)) == (State.REFUSED, [])


def test_what_was_settled_meanwhile_is_not_seen_ready(asked: ImageRequest, scp: Sandbox) -> None:
    send(request_id=asked.pk)
    scp.clock.advance(30)
    make_due(asked)
    before = actions(asked)
    with meanwhile(becomes(asked, state=State.GONE), before_write=2):
        follow(request_id=asked.pk)
    assert (fresh(asked).state, actions(asked)) == (State.GONE, before)


def test_a_late_answer_wins_over_the_search(asked: ImageRequest, scp: Sandbox) -> None:
    scp.faults.add("drop_after", kind="create_image")
    send(request_id=asked.pk)
    make_due(asked)
    before = actions(asked)
    with meanwhile(becomes(asked, state=State.REFUSED), before_write=2):
        reconcile(request_id=asked.pk)
    assert (fresh(asked).state, fresh(asked).image_id) == (State.REFUSED, "")
    assert actions(asked) == before


class TestAnImageIdThatAnotherRequestTakesAtTheSameMoment:
    """Only databases where two transactions write at once know this; here it is acted out."""

    def test_is_a_doubt_and_the_answer_is_kept(self, alices_key: AccessKey) -> None:
        image_id, asked = str(uuid.uuid4()), claimed(alices_key)
        other = make_request(alices_key, state=State.READY, due_at=None)
        steps = ["refuse the write", "give it to the other"]

        def race(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if len(steps) == 2 and sql.startswith(ROW):
                steps.pop(0)
                raise IntegrityError("UNIQUE constraint failed: images_imagerequest.image_id")
            if len(steps) == 1 and sql.startswith("SAVEPOINT"):
                steps.pop(0)
                becomes(other, image_id=image_id)()
            return execute(sql, *rest)

        with connection.execute_wrapper(race):
            outcomes.record(asked, accepted(image_id))
        now = fresh(asked)
        assert not steps
        assert (now.state, now.outcome_reason) == (State.UNKNOWN, OwnReason.IMAGE_OF_ANOTHER)
        assert actions(asked) == ["request.unknown"]


class TestLateAnswers:
    def test_a_late_nothing_changes_nothing(self, alices_key: AccessKey) -> None:
        asked = claimed(alices_key)
        becomes(asked, state=State.UNKNOWN, outcome_reason=OwnReason.WORKER_DIED)()
        exchange = Exchange("POST", "https://scp.example/v1", "1.3", left_us=True)
        outcomes.record(asked, Outcome(State.UNKNOWN, exchange, reason="timeout"))
        now = fresh(asked)
        assert (now.state, now.outcome_reason) == (State.UNKNOWN, OwnReason.WORKER_DIED)
        assert actions(asked) == ["request.answered_late"]

    @pytest.mark.parametrize("state", [State.ACCEPTED, State.NOT_MADE, State.READY])
    def test_a_late_no_takes_back_no_image(self, alices_key: AccessKey, state: State) -> None:
        asked = claimed(alices_key)
        becomes(asked, state=state)()
        exchange = Exchange("POST", "https://scp.example/v1", "1.3", status=409, left_us=True)
        outcomes.record(asked, Outcome(State.REFUSED, exchange, reason="conflict"))
        assert (fresh(asked).state, actions(asked)) == (state, ["request.answered_late"])

    def test_a_late_word_that_nothing_was_made_lets_it_be_sent_again(
        self, alices_key: AccessKey
    ) -> None:
        asked = claimed(alices_key)
        becomes(asked, state=State.UNKNOWN)()
        exchange = Exchange("POST", "https://scp.example/v1", "1.3", status=429, left_us=True)
        outcomes.record(asked, Outcome(State.RECORDED, exchange, reason="rate", wait_seconds=60))
        assert fresh(asked).state == State.RECORDED
        assert actions(asked) == ["request.answered_late", "request.postponed"]

    @pytest.mark.parametrize("state", sorted({State.READY, State.REFUSED, State.CANCELLED}))
    def test_what_is_settled_otherwise_stays(self, alices_key: AccessKey, state: State) -> None:
        asked = claimed(alices_key)
        becomes(asked, state=state)()
        outcomes.record(asked, accepted(str(uuid.uuid4())))
        assert (fresh(asked).state, actions(asked)) == (state, ["request.answered_late"])

    def test_a_yes_after_the_server_got_a_new_request_says_that_there_is_an_image(
        self, alices_key: AccessKey
    ) -> None:
        asked = claimed(alices_key)
        becomes(asked, state=State.NOT_MADE)()
        newer = make_request(alices_key, server_id=asked.server_id)
        image_id = str(uuid.uuid4())
        outcomes.record(asked, accepted(image_id))
        now = fresh(asked)
        assert (now.state, now.image_id) == (State.NOT_MADE, image_id)
        assert now.badge.label == "Made after all · not watched"
        assert "SCP made an image after all" in now.sentence
        assert now.refusal is not None
        assert actions(asked) == ["request.answered_late"]
        assert fresh(newer).state == State.RECORDED

    def test_a_yes_after_a_person_said_none_is_believed(self, alices_key: AccessKey) -> None:
        asked = claimed(alices_key)
        becomes(asked, state=State.UNKNOWN, needs_person=True)()
        settle(actor=alices_key.owner, asked=fresh(asked), image_id=NONE, reason="r")
        image_id = str(uuid.uuid4())
        outcomes.record(asked, accepted(image_id))
        assert (fresh(asked).state, fresh(asked).image_id) == (State.ACCEPTED, image_id)
