"""The queue in the console's own database: what waits in it, and that it does not grow for ever."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from images import jobs
from images.services.waking import Backlog
from scpconsole.database_hands import DatabaseHands

pytestmark = pytest.mark.django_db
ENDED = [TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED]


def job(status: TaskResultStatus, *, hours_ago: int) -> uuid.UUID:
    """Put a job into the queue and return its id."""
    number = uuid.UUID(jobs.send.enqueue(str(uuid.uuid4())).id)
    enqueued_at = timezone.now() - timedelta(hours=hours_ago)
    DBTaskResult.objects.filter(pk=number).update(status=status, enqueued_at=enqueued_at)
    return number


def kept() -> set[uuid.UUID]:
    return set(DBTaskResult.objects.values_list("pk", flat=True))


def test_what_nobody_has_taken_is_counted() -> None:
    for status in TaskResultStatus:
        job(status, hours_ago=3)
    oldest = job(TaskResultStatus.READY, hours_ago=2)
    DBTaskResult.objects.filter(status=TaskResultStatus.READY).exclude(pk=oldest).update(
        enqueued_at=timezone.now()
    )
    since = DBTaskResult.objects.get(pk=oldest).enqueued_at
    assert DatabaseHands(1).backlog() == Backlog(jobs=2, since=since)


def test_nothing_waits_in_an_empty_queue() -> None:
    assert DatabaseHands(1).backlog() == Backlog(jobs=0, since=None)


@pytest.mark.parametrize("status", [*ENDED, TaskResultStatus.RUNNING])
def test_what_ended_or_lost_its_worker_is_dropped_after_a_day(status: TaskResultStatus) -> None:
    job(status, hours_ago=25)
    young = job(status, hours_ago=23)
    DatabaseHands(1).sweep()
    assert kept() == {young}


def test_what_still_waits_is_kept() -> None:
    waiting = job(TaskResultStatus.READY, hours_ago=1000)
    DatabaseHands(1).sweep()
    assert kept() == {waiting}


def test_it_sweeps_at_its_start_and_then_once_an_hour() -> None:
    hands = DatabaseHands(1)
    hands.sweep()
    old = job(TaskResultStatus.SUCCESSFUL, hours_ago=25)
    hands.sweep()
    assert kept() == {old}
    hands._swept_at -= timedelta(hours=1)
    hands.sweep()
    assert kept() == set()
