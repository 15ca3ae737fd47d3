"""The ticker: wakes what is due, gives up dead leases, says that the worker lives."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_tasks import TaskResult
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from images.models import AccessKey, ExchangeRecord, ImageRequest, WorkerPulse
from images.services.following import follow
from images.services.reconciling import reconcile
from images.services.sending import send
from images.services.waking import EMPTY, Backlog, Ticker, give_up_dead_leases, wake_due
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.services.asking import (
    actions,
    ask_for,
    calls,
    fresh,
    last_facts,
    make_due,
    posts,
    seconds_until_due,
)
from tests.services.background import in_threads

Work = Callable[[], None]


def change(asked: ImageRequest, **changes: Any) -> None:
    ImageRequest.objects.filter(pk=asked.pk).update(**changes)


def queued() -> list[tuple[str, str]]:
    """Return job and request of what waits in the queue, oldest first."""
    found = DBTaskResult.objects.ready().order_by("enqueued_at")
    return [(job.task_path.rpartition(".")[2], job.args_kwargs["args"][0]) for job in found]


class TestWakingWhatIsDue:
    @pytest.mark.parametrize(
        ("state", "job"),
        [
            (State.RECORDED, "send"),
            (State.ACCEPTED, "follow"),
            (State.UNKNOWN, "reconcile"),
        ],
    )
    def test_each_state_has_its_job(self, alices_key: AccessKey, state: State, job: str) -> None:
        asked = make_request(alices_key, state=state)
        Ticker("w").tick()
        assert queued() == [(job, str(asked.pk))]

    @pytest.mark.parametrize("state", sorted(set(State) - {"recorded", "accepted", "unknown"}))
    def test_the_other_states_have_none(self, alices_key: AccessKey, state: State) -> None:
        make_request(alices_key, state=state)
        Ticker("w").tick()
        assert queued() == []

    def test_what_is_due_later_or_never_is_left_alone(self, alices_key: AccessKey) -> None:
        make_request(alices_key, attempt=1, due_at=timezone.now() + timedelta(minutes=1))
        make_request(alices_key, state=State.UNKNOWN, due_at=None, needs_person=True)
        Ticker("w").tick()
        assert queued() == []

    def test_the_most_overdue_is_woken_first(self, alices_key: AccessKey) -> None:
        now = timezone.now()
        rows = [
            make_request(alices_key, due_at=now - timedelta(seconds=ago)) for ago in (10, 30, 20)
        ]
        Ticker("w").tick()
        assert [pk for _, pk in queued()] == [str(rows[place].pk) for place in (1, 2, 0)]

    def test_a_wish_has_already_woken_somebody(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        Ticker("w").tick()
        assert queued() == [("send", str(asked.pk))]

    def test_it_says_that_it_lives(self, db: None) -> None:
        Ticker("w").tick()
        pulse = WorkerPulse.last_seen()
        assert pulse is not None
        assert (pulse.worker, str(pulse), pulse.is_fresh) == ("w", "w", True)
        pulse.seen_at -= timedelta(minutes=1)
        assert not pulse.is_fresh
        Ticker("w").tick()
        assert WorkerPulse.objects.count() == 1


class TestHowOftenARowIsWoken:
    """Once for each time it is due, whoever ticks; again when that led to nothing."""

    @pytest.fixture
    def woken(self, alices_key: AccessKey) -> ImageRequest:
        asked = make_request(alices_key)
        Ticker("w").tick()
        return asked

    def test_not_by_the_next_tick_nor_by_a_new_worker(self, woken: ImageRequest) -> None:
        for worker in ("w", "another", "one that was started anew"):
            Ticker(worker).tick()
        assert len(queued()) == 1

    def test_when_it_is_due_anew(self, woken: ImageRequest) -> None:
        change(woken, due_at=timezone.now())
        Ticker("w").tick()
        assert len(queued()) == 2

    @pytest.mark.parametrize(("seconds_ago", "jobs"), [(-3600, 2), (-31, 2), (-2, 1), (28, 1)])
    def test_not_while_the_wake_up_is_young(
        self, woken: ImageRequest, seconds_ago: int, jobs: int
    ) -> None:
        """One of the near future came from a machine whose clock is a little ahead of ours."""
        change(woken, woken_at=timezone.now() - timedelta(seconds=seconds_ago))
        Ticker("w").tick()
        assert len(queued()) == jobs

    def test_again_when_the_wake_up_was_lost(self, woken: ImageRequest) -> None:
        DBTaskResult.objects.all().delete()
        change(woken, woken_at=timezone.now() - timedelta(seconds=31))
        Ticker("w").tick()
        Ticker("w").tick()
        assert queued() == [("send", str(woken.pk))]

    @pytest.mark.parametrize(("seconds_ago", "jobs"), [(100, 1), (71, 1), (69, 2), (-3600, 2)])
    def test_not_while_its_job_may_still_wait(
        self, woken: ImageRequest, seconds_ago: int, jobs: int
    ) -> None:
        """The row was woken 100 s ago; the oldest job was put in so many seconds ago."""
        now = timezone.now()
        change(woken, woken_at=now - timedelta(seconds=100))
        Ticker("w").tick(Backlog(jobs=9, since=now - timedelta(seconds=seconds_ago)))
        assert len(queued()) == jobs

    def test_not_when_the_job_could_not_be_put_in(
        self, alices_key: AccessKey, settings: Settings
    ) -> None:
        asked = make_request(alices_key)
        good = settings.TASKS
        settings.TASKS = {"default": {"BACKEND": "tests.services.test_waking.BrokenQueue"}}
        with pytest.raises(OperationalError):
            Ticker("w").tick()
        assert fresh(asked).woken_at is None
        settings.TASKS = good
        Ticker("w").tick()
        assert queued() == [("send", str(asked.pk))]

    def test_a_doubled_wake_up_does_no_harm(
        self, alices_key: AccessKey, scp: Sandbox, work: Work
    ) -> None:
        asked = ask_for(alices_key, scp)
        for _ in range(2):
            change(asked, woken_at=None)
            Ticker("w").tick()
        assert len(queued()) == 3
        work()
        assert posts(scp) == 1


class BrokenQueue(BaseTaskBackend):
    """A queue that takes nothing."""

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        raise OperationalError("no room")


class TestAFullQueue:
    """It gets nothing more, so that a new wish does not wait behind every look that is due."""

    def test_it_is_filled_up_and_no_further(self, alices_key: AccessKey) -> None:
        now = timezone.now()
        rows = [
            make_request(alices_key, due_at=now - timedelta(seconds=ago)) for ago in (10, 30, 20)
        ]
        Ticker("w").tick(Backlog(jobs=198))
        assert [pk for _, pk in queued()] == [str(rows[place].pk) for place in (1, 2)]
        Ticker("w").tick(Backlog(jobs=199))
        assert [pk for _, pk in queued()][2:] == [str(rows[0].pk)]

    @pytest.mark.parametrize("waiting", [200, 5000])
    def test_nothing_is_woken_while_it_is_full(self, alices_key: AccessKey, waiting: int) -> None:
        make_request(alices_key)
        Ticker("w").tick(Backlog(jobs=waiting))
        assert queued() == []


class TestTheWholeWay:
    def test_the_jobs_lead_from_the_wish_to_the_image(
        self, alices_key: AccessKey, scp: Sandbox, work: Work
    ) -> None:
        asked = ask_for(alices_key, scp)
        work()
        assert fresh(asked).state == State.ACCEPTED
        scp.clock.advance(30)
        make_due(asked)
        work()
        assert fresh(asked).state == State.READY

    def test_the_jobs_lead_from_a_lost_answer_to_the_image(
        self, alices_key: AccessKey, scp: Sandbox, work: Work
    ) -> None:
        scp.options.image_grace_seconds = 0
        scp.faults.add("drop_after", kind="create_image")
        asked = ask_for(alices_key, scp)
        work()
        make_due(asked)
        work()
        assert (fresh(asked).state, len(scp.ledger)) == (State.ACCEPTED, 1)


class TestDeadLeases:
    def test_a_lease_that_ran_out_makes_the_outcome_unknown(self, alices_key: AccessKey) -> None:
        now = timezone.now()
        asked = make_request(
            alices_key,
            state=State.SENDING,
            attempt=1,
            due_at=None,
            lease_until=now - timedelta(seconds=1),
            outcome_code="OfAnEarlierTry",
            outcome_detail="turned away",
            outcome_request_ids={"request_id": "req-1"},
        )
        give_up_dead_leases(now)
        found = fresh(asked)
        assert (found.state, found.lease_until) == (State.UNKNOWN, None)
        assert (found.outcome_reason, found.looks) == (OwnReason.WORKER_DIED, 0)
        assert (found.outcome_code, found.outcome_detail, found.outcome_request_ids) == ("", "", {})
        assert 9 < seconds_until_due(asked) <= 10
        assert actions(asked) == ["request.unknown"]
        assert last_facts(asked) == {"reason": OwnReason.WORKER_DIED}
        give_up_dead_leases(now)
        assert len(actions(asked)) == 1

    def test_a_living_lease_is_left_alone(self, alices_key: AccessKey) -> None:
        now = timezone.now()
        asked = make_request(
            alices_key, state=State.SENDING, attempt=1, lease_until=now + timedelta(seconds=1)
        )
        give_up_dead_leases(now)
        assert (fresh(asked).state, actions(asked)) == (State.SENDING, [])

    def test_a_worker_that_died_before_the_first_byte_leads_to_not_made(
        self, alices_key: AccessKey, scp: Sandbox, work: Work
    ) -> None:
        long_ago = timezone.now() - timedelta(minutes=20)
        asked = make_request(
            alices_key, state=State.SENDING, attempt=1, lease_until=long_ago, recorded_at=long_ago
        )
        work()
        assert fresh(asked).state == State.UNKNOWN
        ImageRequest.objects.filter(pk=asked.pk).update(lost_at=long_ago)
        found = []
        for _ in range(3):
            make_due(asked)
            work()
            found.append(fresh(asked).state)
        assert found == [State.UNKNOWN, State.UNKNOWN, State.NOT_MADE]
        assert posts(scp) == 0
        assert not ExchangeRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTurns:
    """Several tickers may tick at once, and several workers be woken; the row lets one of them."""

    def test_of_many_one_wakes(self, alices_key: AccessKey) -> None:
        rows = {str(make_request(alices_key).pk) for _ in range(3)}
        with in_threads(lambda: wake_due(timezone.now(), EMPTY), count=4):
            pass
        assert (len(queued()), {pk for _, pk in queued()}) == (3, rows)

    def test_of_many_one_follows(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        send(request_id=asked.pk)
        make_due(asked)
        with in_threads(lambda: follow(request_id=asked.pk), count=4):
            pass
        assert (fresh(asked).looks, calls(scp, "show_image")) == (1, 1)

    def test_of_many_one_searches(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = make_request(alices_key, state=State.UNKNOWN)
        with in_threads(lambda: reconcile(request_id=asked.pk), count=4):
            pass
        assert (fresh(asked).looks, calls(scp, "list_images")) == (1, 1)
