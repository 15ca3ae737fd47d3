"""Checkpoints: when they are signed, where they go, and what is never signed."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from images.ledger import heads
from images.ledger.heads import BadMemory, Head
from images.ledger.notes import open_checkpoint
from images.ledger_key import signing_key
from images.models import AuditEvent, Checkpoint
from images.services import checkpoints
from images.services.checkpoints import RolledBack, publish, publish_when_due
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


def happen(times: int = 1) -> None:
    for _ in range(times):
        with AuditEvent.objects.act():
            AuditEvent.objects.append("key.tested", actor=None)


class TestWhen:
    def test_nothing_is_signed_before_the_first_event(self) -> None:
        assert publish_when_due() is None

    def test_the_first_event_is_signed_at_once(self) -> None:
        happen()
        assert publish_when_due() is not None
        assert publish_when_due() is None

    def test_new_events_wait_at_most_a_minute(self) -> None:
        happen()
        publish()
        happen()
        with time_machine.travel(timezone.now() + timedelta(seconds=59), tick=False):
            assert publish_when_due() is None
        with time_machine.travel(timezone.now() + timedelta(seconds=60), tick=False):
            assert publish_when_due() is not None

    def test_a_hundred_events_wait_not_at_all(self) -> None:
        happen()
        publish()
        happen(99)
        assert publish_when_due() is None
        happen()
        assert publish_when_due() is not None

    def test_a_quiet_day_brings_one_too(self) -> None:
        happen()
        publish()
        with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59), tick=False):
            assert publish_when_due() is None
        with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
            assert publish_when_due() is not None

    def test_a_clock_that_went_back_delays_none(self) -> None:
        happen()
        with time_machine.travel(timezone.now() + timedelta(hours=5), tick=False):
            publish()
        assert publish_when_due() is not None

    def test_at_the_end_only_what_is_new_is_signed(self) -> None:
        assert checkpoints.publish_what_is_new() is None
        happen()
        assert checkpoints.publish_what_is_new() is not None
        assert checkpoints.publish_what_is_new() is None


class TestWhere:
    def test_the_note_says_the_head_and_is_kept_in_three_places(self, settings: Settings) -> None:
        happen(5)
        published = publish()
        said = open_checkpoint(published.note, signing_key().verifier)
        assert (said.size, said.root) == (5, AuditEvent.objects.root_at(5))
        assert Checkpoint.objects.get().note == published.note
        assert heads.read(settings.LEDGER_STATE_FILE) == Head(5, said.root)
        [month] = Path(settings.LEDGER_ANCHOR_DIR).iterdir()
        assert month.read_text() == published.note + "\n"

    def test_a_log_line_carries_the_head(self, caplog: pytest.LogCaptureFixture) -> None:
        happen()
        with caplog.at_level("INFO", logger="images.services.checkpoints"):
            published = publish()
        assert f"checkpoint 1 {bytes(published.root).hex()}" in caplog.text

    def test_notes_of_one_month_stand_one_below_the_other(self, settings: Settings) -> None:
        with time_machine.travel("2026-11-03T12:00:00Z"):
            happen()
            first = publish()
        with time_machine.travel("2026-11-28T12:00:00Z"):
            happen()
            second = publish()
        file = Path(settings.LEDGER_ANCHOR_DIR) / "2026-11.txt"
        assert file.read_text() == f"{first.note}\n{second.note}\n"
        assert file.stat().st_mode & 0o077 == 0

    def test_a_checkpoint_is_never_changed_or_deleted(self) -> None:
        happen()
        published = publish()
        with pytest.raises(TypeError):
            published.save()
        with pytest.raises(TypeError):
            published.delete()


class TestNeverSigned:
    def test_fewer_events_than_were_signed(self) -> None:
        happen(3)
        publish()
        with unguarded():
            AuditEvent.objects.filter(sequence=3)._raw_delete("default")
        with pytest.raises(RolledBack, match="3 events were signed, 2 are there"):
            publish()
        assert Checkpoint.objects.count() == 1

    def test_other_events_than_were_signed(self) -> None:
        happen(3)
        publish()
        with unguarded():
            AuditEvent.objects.filter(sequence=3).update(leaf_hash=bytes(32))
        happen(4)
        with pytest.raises(RolledBack, match="not the ones that were signed"):
            publish()

    def test_a_hole_where_something_was_signed(self) -> None:
        happen(4)
        publish()
        with unguarded():
            AuditEvent.objects.filter(sequence=4)._raw_delete("default")
            AuditEvent.objects.filter(sequence=3).update(sequence=9)
        assert "not the ones" in checkpoints.trouble()

    def test_without_a_readable_memory(self, settings: Settings) -> None:
        happen()
        publish()
        settings.LEDGER_STATE_FILE.write_text("{}")
        with pytest.raises(BadMemory):
            publish()
        assert "cannot be read" in checkpoints.trouble()

    def test_without_a_memory_that_can_be_written(self, settings: Settings, tmp_path: Path) -> None:
        (tmp_path / "a file").write_text("")
        settings.LEDGER_STATE_FILE = tmp_path / "a file" / "head.json"
        happen()
        with pytest.raises(OSError, match="a file"):
            publish()
        assert not Checkpoint.objects.exists()


class TestAcknowledging:
    def test_it_says_for_good_what_was_remembered_and_why_it_is_right(
        self, settings: Settings
    ) -> None:
        happen(3)
        publish()
        with unguarded():
            AuditEvent.objects.filter(sequence=3)._raw_delete("default")
        published = checkpoints.acknowledge(reason="The disk died; Monday's backup is back.")
        event = AuditEvent.objects.get(action="ledger.acknowledged")
        assert event.facts["remembered_size"] == 3
        assert event.facts["found_size"] == 2
        assert event.facts["reason"] == "The disk died; Monday's backup is back."
        assert (published.size, checkpoints.trouble()) == (3, "")
        kept = list(settings.LEDGER_STATE_FILE.parent.glob("head.2*.json"))
        assert len(kept) == 1

    def test_a_fresh_machine_has_nothing_to_compare(self) -> None:
        happen()
        assert checkpoints.trouble() == ""


class TestAMemoryThatIsGone:
    """What was published is remembered in its place."""

    @pytest.fixture
    def cut(self, settings: Settings) -> None:
        happen(3)
        publish()
        with unguarded():
            AuditEvent.objects.filter(sequence=3)._raw_delete("default")
            Checkpoint.objects.all()._raw_delete("default")
        settings.LEDGER_STATE_FILE.unlink()

    def test_the_anchor_folder_tells(self, cut: None) -> None:
        assert "3 events were signed, 2 are there" in checkpoints.trouble()

    def test_the_checkpoints_of_the_database_tell(self, settings: Settings) -> None:
        happen(3)
        publish()
        shutil.rmtree(settings.LEDGER_ANCHOR_DIR.parent)
        with unguarded():
            AuditEvent.objects.filter(sequence=3)._raw_delete("default")
        assert "3 events were signed, 2 are there" in checkpoints.trouble()

    def test_a_damaged_note_is_left_out(self, cut: None, settings: Settings) -> None:
        [month] = settings.LEDGER_ANCHOR_DIR.iterdir()
        month.write_text("damaged\n\n— x y\n\n" + month.read_text())
        assert "3 events were signed" in checkpoints.trouble()
        month.write_text("damaged\n\n— x y\n")
        assert checkpoints.trouble() == ""
