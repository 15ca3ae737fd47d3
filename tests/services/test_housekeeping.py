"""What the worker does for the ledger, once a second and at its end."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from images.models import AuditEvent, Checkpoint
from images.services import retention, standing_settings
from images.services.housekeeping import Housekeeper
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


def told_settings() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action__startswith="settings.").order_by("sequence"))


class TestSettings:
    def test_the_first_start_tells_them_all(self) -> None:
        assert standing_settings.note()
        [event] = told_settings()
        assert event.action == "settings.noted"
        assert "SCP_URL_TEMPLATE" in event.facts["to"]
        assert event.facts["to"]["RETENTION_YEARS"] == 5

    def test_the_same_ones_are_told_once(self) -> None:
        standing_settings.note()
        assert not standing_settings.note()
        assert len(told_settings()) == 1

    def test_a_change_is_told_by_name(self, settings: Settings) -> None:
        standing_settings.note()
        settings.RETENTION_YEARS = 7
        Housekeeper().tick()
        assert told_settings()[-1].facts["what"] == ["RETENTION_YEARS"]

    def test_another_path_of_the_archive_is_a_change(self, settings: Settings) -> None:
        settings.LEDGER_ANCHOR_URL = "https://archive.example.com/one"
        standing_settings.note()
        settings.LEDGER_ANCHOR_URL = "https://archive.example.com/two"
        standing_settings.note()
        assert told_settings()[-1].facts["what"] == ["LEDGER_ANCHOR_URL"]

    def test_no_secret_is_among_them(self, settings: Settings) -> None:
        settings.LEDGER_ANCHOR_URL = "https://archive.example.com/hooks/T0KEN-in-a-path"
        standing_settings.note()
        told = bytes(told_settings()[0].content or b"").decode()
        assert "https://archive.example.com " in told
        for secret in (settings.SECRET_KEY, settings.LEDGER_KEY, *settings.KEYRING, "T0KEN"):
            assert secret not in told


class TestCheckpoints:
    def test_a_tick_publishes(self) -> None:
        keeper = Housekeeper()
        keeper.tick()
        assert Checkpoint.objects.count() == 1
        keeper.tick()
        assert Checkpoint.objects.count() == 1

    def test_the_end_publishes_what_is_new(self) -> None:
        keeper = Housekeeper()
        keeper.tick()
        with AuditEvent.objects.act():
            AuditEvent.objects.append("key.tested", actor=None)
        keeper.close()
        assert Checkpoint.objects.order_by("-id")[0].size == 2

    def test_a_contradiction_is_said_once_and_nothing_is_signed(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        keeper = Housekeeper()
        keeper.tick()
        with unguarded():
            AuditEvent.objects.filter(sequence=1).update(leaf_hash=bytes(32))
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            keeper.tick()
            keeper.tick()
        keeper.close()
        said = [line for line in caplog.messages if line.startswith("no checkpoint was signed")]
        assert len(said) == 1
        assert Checkpoint.objects.count() == 1

    def test_a_database_that_is_away_at_the_end_is_said(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away() -> None:
            raise OperationalError("away")

        monkeypatch.setattr("images.services.checkpoints.publish_what_is_new", away)
        Housekeeper().close()
        assert "the last checkpoint could not be published" in caplog.text


def test_the_keeping_rule_is_applied_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    monkeypatch.setattr(retention, "apply", lambda: runs.append(timezone.now()))
    keeper = Housekeeper()
    keeper.tick()
    keeper.tick()
    assert len(runs) == 1
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        keeper.tick()
    assert len(runs) == 2
