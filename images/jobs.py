"""The background jobs: wake-up calls, each for one service. A lost or doubled one does no harm."""

from uuid import UUID

from django_tasks import task

from images.services import anchors, following, ledger_watch, reconciling, sending


@task()
def send(request_id: str) -> None:
    sending.send(request_id=UUID(request_id))


@task()
def follow(request_id: str) -> None:
    following.follow(request_id=UUID(request_id))


@task()
def reconcile(request_id: str) -> None:
    reconciling.reconcile(request_id=UUID(request_id))


@task()
def anchor(checkpoint_id: int) -> None:
    anchors.carry(checkpoint_id=checkpoint_id)


@task()
def watch() -> None:
    ledger_watch.watch()
