"""The two addresses for machines, open to all and telling nobody anything but the state."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DEFAULT_DB_ALIAS
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from images import guards
from images.models import AuditEvent, WorkerPulse
from images.services.checkpoints import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy(db: None) -> None:
    WorkerPulse.objects.create(worker="w", seen_at=timezone.now())
    with AuditEvent.objects.act():
        AuditEvent.objects.append("key.tested", actor=None)
    publish()


def troubles() -> tuple[int, set[str]]:
    answer = Browser().get("/readyz")
    return answer.status_code, set(answer.json()["troubles"])


def test_the_process_answers(db: None) -> None:
    answer = Browser().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


def test_all_is_well(healthy: None) -> None:
    assert troubles() == (200, set())


def test_no_worker(healthy: None) -> None:
    WorkerPulse.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert troubles() == (503, {"worker"})


def test_guards_that_are_off(healthy: None) -> None:
    guards.remove(DEFAULT_DB_ALIAS)
    assert troubles() == (503, {"guards"})


def test_no_checkpoint_for_more_than_a_day(healthy: None) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=2)):
        WorkerPulse.objects.update(seen_at=timezone.now())
        assert troubles() == (503, {"checkpoint"})


def test_data_that_contradict_what_was_signed(healthy: None, settings: Settings) -> None:
    settings.LEDGER_STATE_FILE.write_text('{"size": 99, "root": "00"}')
    assert troubles() == (503, {"ledger"})
