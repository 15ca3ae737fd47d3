"""The queue of several machines: procrastinate on PostgreSQL, behind the API of django_tasks.

A job is put in through Django's own connection, so it stands or falls with the transaction that
wants it. One procrastinate task runs them all; its arguments say which of ours is meant.
"""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

QUEUE = "default"
TASK = "console.run"


class ProcrastinateBackend(BaseTaskBackend):
    """Puts jobs into procrastinate's table. A job tells no result: the row it works on does."""

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Add the job to the current transaction. Raises OperationalError when that fails."""
        self.validate_task(task)
        try:
            job_id = app.configure_task(TASK, queue=QUEUE).defer(
                path=task.module_path, args=list(args), kwargs=dict(kwargs)
            )
        except ConnectorException as error:
            raise OperationalError(f"The job could not be put into the queue: {error}") from error
        return TaskResult(
            task=task,
            id=str(job_id),
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


def run(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Run one job of django_tasks, named by its import path.

    Raises SuspiciousOperation when the path names anything else.
    """
    task = import_string(path)
    if not isinstance(task, Task):
        raise SuspiciousOperation(f"{path} is not a job.")
    task.call(*args, **kwargs)


def register(ready: App) -> None:
    """Make `run` known to procrastinate. Named by PROCRASTINATE_ON_APP_READY."""
    ready.task(name=TASK, queue=QUEUE)(run)
