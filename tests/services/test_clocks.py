"""Machines that sleep and clocks that jump: nothing is sent in vain, and nothing waits for ever."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ApiHost, ImageRequest
from images.services import hosts
from images.services.sending import send
from images.services.waking import Ticker, mend_clock
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Sandbox
from tests.people import Work, make_request
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
from tests.unguarded import unguarded

HOUR = timedelta(hours=1)
TIMES = (
    *("due_at", "lease_until", "woken_for", "woken_at"),
    *("recorded_at", "sent_at", "answered_at", "lost_at"),
)


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    return ask_for(alices_key, scp)


def set_clock_back(by: timedelta) -> None:
    """Let every time that is kept be one of a clock that was ahead by so much."""
    with unguarded():
        ImageRequest.objects.update(**{name: F(name) + by for name in TIMES})
    ApiHost.objects.update(silent_until=F("silent_until") + by)


class TestAMachineThatSlept:
    """Between claim and call: what the lease no longer covers is not sent."""

    def test_sends_nothing_and_records_the_request_again(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        settings.SEND_LEASE_SECONDS = settings.SCP_TOTAL_SECONDS - 1
        send(request_id=asked.pk)
        now, kept = fresh(asked), record_of(asked)
        assert (now.state, now.attempt, now.outcome_reason) == (
            State.RECORDED,
            1,
            OwnReason.OVERSLEPT,
        )
        assert (now.lease_until, now.sent_at, now.may_withdraw) == (None, None, True)
        assert (kept.is_finished, kept.left_us, kept.status) == (True, False, None)
        assert (actions(asked)[-1], last_facts(asked)["was_sent"]) == ("request.postponed", False)
        assert seconds_until_due(asked) <= 0
        assert scp.journal == []

    def test_and_it_is_sent_once_later(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings, work: Work
    ) -> None:
        lease = settings.SEND_LEASE_SECONDS
        settings.SEND_LEASE_SECONDS = 1
        send(request_id=asked.pk)
        settings.SEND_LEASE_SECONDS = lease
        work()
        assert (fresh(asked).state, fresh(asked).attempt) == (State.ACCEPTED, 2)
        assert (posts(scp), len(scp.ledger)) == (1, 1)

    def test_a_lease_that_somebody_took_away_covers_nothing(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        settings.SEND_LEASE_SECONDS = 0
        send(request_id=asked.pk)
        assert (fresh(asked).state, scp.journal) == (State.RECORDED, [])


class TestAClockSetBackByAnHour:
    def test_a_first_send_does_not_wait_for_it(
        self, asked: ImageRequest, scp: Sandbox, work: Work
    ) -> None:
        set_clock_back(HOUR)
        work()
        assert (fresh(asked).state, posts(scp)) == (State.ACCEPTED, 1)

    def test_an_image_is_followed(self, asked: ImageRequest, scp: Sandbox, work: Work) -> None:
        work()
        scp.clock.advance(30)
        set_clock_back(HOUR)
        work()
        assert fresh(asked).state == State.READY

    def test_a_lost_answer_is_looked_for(
        self, asked: ImageRequest, scp: Sandbox, work: Work
    ) -> None:
        scp.options.image_grace_seconds = 0
        scp.faults.add("drop_after", kind="create_image")
        work()
        assert fresh(asked).state == State.UNKNOWN
        set_clock_back(HOUR)
        work()
        assert (fresh(asked).state, fresh(asked).image_id) == (
            State.ACCEPTED,
            scp.ledger[0].image_id,
        )
        assert posts(scp) == 1

    def test_a_dead_worker_is_found_within_a_lease(
        self, alices_key: AccessKey, settings: Settings
    ) -> None:
        now = timezone.now()
        lease = timedelta(seconds=settings.SEND_LEASE_SECONDS)
        asked = make_request(
            alices_key, state=State.SENDING, attempt=1, due_at=None, lease_until=now + lease
        )
        set_clock_back(HOUR)
        Ticker("w").tick()
        left = fresh(asked).lease_until
        assert left is not None
        assert timezone.now() < left <= timezone.now() + lease
        Ticker("w").tick()
        assert fresh(asked).lease_until == left

    def test_a_living_lease_is_not_cut(self, alices_key: AccessKey, settings: Settings) -> None:
        now = timezone.now()
        lease_until = now + timedelta(seconds=settings.SEND_LEASE_SECONDS)
        asked = make_request(
            alices_key, state=State.SENDING, attempt=1, due_at=None, lease_until=lease_until
        )
        mend_clock(now)
        assert fresh(asked).lease_until == lease_until

    def test_a_wait_that_scp_asked_for_is_kept(self, alices_key: AccessKey) -> None:
        later = timezone.now() + HOUR
        asked = make_request(alices_key, attempt=1, due_at=later)
        mend_clock(timezone.now())
        assert fresh(asked).due_at == later


class TestAClockThatWasAYearAhead:
    """What it wrote is no reason to wait for a year."""

    YEAR = timedelta(days=365)

    @pytest.mark.parametrize("state", [State.RECORDED, State.ACCEPTED, State.UNKNOWN])
    def test_every_wait_ends(self, alices_key: AccessKey, state: State) -> None:
        asked = make_request(alices_key, state=state, attempt=1)
        set_clock_back(self.YEAR)
        mend_clock(timezone.now())
        assert seconds_until_due(asked) <= 0

    def test_the_silence_of_a_host_ends(
        self, asked: ImageRequest, scp: Sandbox, work: Work
    ) -> None:
        hosts.silence(environment="e", region="kr-west1", wait=timedelta(seconds=60))
        set_clock_back(self.YEAR)
        work()
        assert (fresh(asked).state, posts(scp)) == (State.ACCEPTED, 1)

    def test_a_silence_that_scp_asked_for_is_kept(self, scp: Sandbox, db: None) -> None:
        hosts.silence(environment="e", region="kr-west1", wait=HOUR)
        mend_clock(timezone.now())
        assert hosts.silent_until(environment="e", region="kr-west1") is not None

    def test_a_search_comes_to_its_end(
        self, alices_key: AccessKey, scp: Sandbox, work: Work
    ) -> None:
        asked = make_request(alices_key, state=State.UNKNOWN, lost_at=timezone.now())
        set_clock_back(self.YEAR)
        Ticker("w").tick()
        lost_at = fresh(asked).lost_at
        assert lost_at is not None
        assert lost_at <= timezone.now()
        ImageRequest.objects.filter(pk=asked.pk).update(lost_at=lost_at - HOUR)
        for _ in range(3):
            make_due(asked)
            work()
        assert fresh(asked).state == State.NOT_MADE
