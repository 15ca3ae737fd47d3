"""Sending beside others: who wins, what stands in the database meanwhile, and late answers."""

import contextlib
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ImageRequest
from images.scp.errors import Reason
from images.services import keys
from images.services.reconciling import reconcile
from images.services.sending import send
from images.services.waking import give_up_dead_leases
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Sandbox
from tests.services.asking import (
    actions,
    ask_for,
    fresh,
    last_facts,
    make_due,
    posts,
    record_of,
    seconds_until_due,
)
from tests.services.background import (
    in_threads,
    locked_database,
    short_patience,
    while_sending,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    return ask_for(alices_key, scp)


def give_up(asked: ImageRequest) -> None:
    """Let the lease run out under the worker that sends, and the ticker find it."""
    long_ago = timezone.now() - timedelta(seconds=1)
    ImageRequest.objects.filter(pk=asked.pk).update(lease_until=long_ago)
    give_up_dead_leases(timezone.now())
    assert fresh(asked).state == State.UNKNOWN


class TestTwoWorkers:
    def test_one_of_many_sends_it(self, asked: ImageRequest, scp: Sandbox) -> None:
        with in_threads(lambda: send(request_id=asked.pk), count=4):
            pass
        assert (posts(scp), len(scp.ledger)) == (1, 1)
        assert (fresh(asked).state, fresh(asked).attempt) == (State.ACCEPTED, 1)
        assert actions(asked).count("request.sending") == 1

    def test_one_of_two_claims_wins(self, asked: ImageRequest, settings: Settings) -> None:
        now = timezone.now()
        claim = ImageRequest.objects.claim(asked.pk, now=now)
        assert claim is not None
        assert (claim.state, claim.attempt) == (State.SENDING, 1)
        assert claim.lease_until == now + timedelta(seconds=settings.SEND_LEASE_SECONDS)
        assert ImageRequest.objects.claim(asked.pk, now=now) is None

    def test_the_lease_outlasts_the_longest_call(self, settings: Settings) -> None:
        assert settings.SEND_LEASE_SECONDS > settings.SCP_TOTAL_SECONDS


class TestWhileTheCallIsUnderWay:
    def test_claim_and_plan_are_committed_before_a_byte_leaves(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(20)
            settings.SCP_URL_TEMPLATE = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with in_threads(lambda: send(request_id=asked.pk)):
                peer, _ = listener.accept()  # connected; nothing of the call was read yet
                with peer:
                    kept = record_of(asked)
                    assert fresh(asked).state == State.SENDING
                    assert (kept.attempt, kept.is_finished, kept.status) == (1, False, None)
                    assert kept.request_headers["Scp-Timestamp"] == "(set when sent)"
                    assert actions(asked)[-1] == "request.sending"
                    assert last_facts(asked)["sha256"] == kept.request_sha256
        assert (fresh(asked).state, fresh(asked).outcome_reason) == (
            State.UNKNOWN,
            Reason.BROKEN_OFF,
        )

    def test_no_transaction_is_open_and_others_write(
        self, asked: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        # with so little patience, whoever writes stops us at once
        with short_patience(0.01), while_sending(asked, scp):
            keys.change(actor=alices_key.owner, key=alices_key, alias="new", api_version="1.3")
            assert fresh(asked).state == State.SENDING
            assert scp.ledger == []
        assert fresh(asked).image_id == scp.ledger[0].image_id


class TestLateAnswers:
    def test_a_late_yes_is_taken(self, asked: ImageRequest, scp: Sandbox) -> None:
        with while_sending(asked, scp):
            give_up(asked)
        now = fresh(asked)
        assert (now.state, now.image_id) == (State.ACCEPTED, scp.ledger[0].image_id)
        assert actions(asked)[1:] == [
            "request.sending",
            "request.unknown",
            "request.answered_late",
            "request.accepted",
        ]
        assert 9 < seconds_until_due(asked) <= 10
        assert (record_of(asked).status, record_of(asked).is_finished) == (202, True)
        assert posts(scp) == 1

    def test_a_late_no_is_certain_and_settles_it(self, asked: ImageRequest, scp: Sandbox) -> None:
        scp.faults.add("status", status=409, kind="create_image")
        with while_sending(asked, scp):
            give_up(asked)
        now = fresh(asked)
        assert (now.state, now.outcome_reason) == (State.REFUSED, Reason.CONFLICT)
        assert actions(asked)[-2:] == ["request.answered_late", "request.refused"]
        assert last_facts(asked)["status"] == record_of(asked).status == 409

    def test_another_attempt_of_the_row_takes_no_late_answer(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        with while_sending(asked, scp):
            ImageRequest.objects.filter(pk=asked.pk).update(state=State.UNKNOWN, attempt=2)
        now = fresh(asked)
        assert (now.state, now.image_id) == (State.UNKNOWN, "")
        assert actions(asked)[-1] == "request.answered_late"
        assert posts(scp) == 1

    def test_a_late_answer_with_an_id_of_another_is_not_taken(
        self, asked: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        owned = "0f8fad5b-d9cb-469f-a165-70867728950e"
        other = ask_for(alices_key, scp, position=1, image_name="another")
        ImageRequest.objects.filter(pk=other.pk).update(state=State.READY, image_id=owned)
        scp.faults.add("given_image_id", image_id=owned)
        with while_sending(asked, scp):
            give_up(asked)
        assert (fresh(asked).state, fresh(asked).image_id) == (State.UNKNOWN, "")
        assert last_facts(asked)["reason"] == OwnReason.IMAGE_OF_ANOTHER

    def test_what_was_found_meanwhile_stays_found(self, asked: ImageRequest, scp: Sandbox) -> None:
        found = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
        scp.faults.add("given_image_id", image_id=found)
        with while_sending(asked, scp):
            ImageRequest.objects.filter(pk=asked.pk).update(state=State.ACCEPTED, image_id=found)
        assert (fresh(asked).state, fresh(asked).image_id) == (State.ACCEPTED, found)
        assert actions(asked)[-1] == "request.answered_late"
        assert posts(scp) == 1


class TestADatabaseThatIsLocked:
    @pytest.fixture(autouse=True)
    def little_patience(self) -> Iterator[None]:
        with short_patience(0.1):
            yield

    def test_an_answer_that_it_cannot_take_is_found_again(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        scp.options.image_grace_seconds = 0
        with contextlib.ExitStack() as lock, while_sending(asked, scp):
            lock.enter_context(locked_database())
        assert (fresh(asked).state, len(scp.ledger)) == (State.SENDING, 1)
        give_up(asked)
        make_due(asked)
        reconcile(request_id=asked.pk)
        assert fresh(asked).image_id == scp.ledger[0].image_id
        assert posts(scp) == 1

    def test_a_wish_that_it_cannot_claim_is_not_sent(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        with (
            locked_database(),
            pytest.raises(OperationalError),
            in_threads(lambda: send(request_id=asked.pk)),
        ):
            pass
        assert (fresh(asked).state, scp.journal) == (State.RECORDED, [])
        send(request_id=asked.pk)
        assert (fresh(asked).state, posts(scp)) == (State.ACCEPTED, 1)
