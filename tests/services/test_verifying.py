"""Verifying: a good history is called good; what is odd is told in notes.

What a tampered one is called, the tamper matrix shows (tests/tamper).
"""

import base64
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from images import guards
from images.ledger import heads, merkle
from images.ledger.heads import Head
from images.models import AccessKey, AuditEvent, Checkpoint, ImageRequest
from images.services import checkpoints, keys, standing_settings
from images.services.checkpoints import publish
from images.services.following import follow
from images.services.people import add_person, change_role, remove_name
from images.services.requests import withdraw
from images.services.sending import send
from images.services.verifying import By, Means, rows, verify
from images.vocabulary import Role
from scpconsole.sandbox import Sandbox
from tests.people import PASSWORD, make_person, make_request
from tests.services.asking import ask_for, make_due
from tests.services.verified import happen, made, sentences
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def means(settings: Settings) -> Means:
    return Means(anchors=settings.LEDGER_ANCHOR_DIR, memory=settings.LEDGER_STATE_FILE)


class TestAGoodHistory:
    def test_that_is_empty(self, means: Means) -> None:
        report = verify(means)
        assert (report.is_good, report.size, report.root) == (True, 0, merkle.EMPTY_ROOT)
        assert (report.first_bad, report.notes) == (None, [])

    def test_of_requests_and_calls(self, means: Means, alices_key: AccessKey, scp: Sandbox) -> None:
        scp.options.image_grace_seconds = scp.options.image_done_seconds = 0
        asked = ask_for(alices_key, scp)
        send(request_id=asked.pk)
        make_due(asked)
        follow(request_id=asked.pk)
        withdrawn = ask_for(alices_key, scp, position=1, image_name="another-image")
        withdraw(actor=alices_key.owner, asked=withdrawn)
        again = ask_for(alices_key, scp, position=1, image_name="another-image", previous=withdrawn)
        scp.faults.add("status", kind="create_image", status=401)
        send(request_id=again.pk)
        unsent = ask_for(alices_key, scp, position=2, image_name="a-third-image")
        keys.disable(actor=alices_key.owner, key=alices_key)
        send(request_id=unsent.pk)
        publish()
        report = verify(means)
        assert sentences(report) == []
        assert report.requests == 4
        assert report.heads == {By.HEAD: 1, By.MEMORY: 1, By.ANCHOR: 1}
        assert report.root == AuditEvent.objects.root_at(report.size)

    def test_of_many_chunks(self, means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rows, "CHUNK", 7)
        for _ in range(4):
            happen(11)
            publish()
        told: list[tuple[str, int, int]] = []
        assert verify(means, lambda *progress: told.append(progress)).is_good
        assert told == [("events", done, 44) for done in (7, 14, 21, 28, 35, 42, 44)]

    def test_of_whole_seconds(self, means: Means) -> None:
        """SQLite keeps no fraction of zero; the bytes do."""
        with time_machine.travel(datetime(2026, 11, 23, tzinfo=UTC), tick=False):
            happen(3)
        assert b"T00:00:00.000000Z" in bytes(AuditEvent.objects.get(sequence=1).content or b"")
        assert verify(means).is_good

    def test_of_people(self, means: Means) -> None:
        for name in ("alice", "bob"):
            add_person(name=name, role=Role.OPERATOR, password=PASSWORD)
        change_role(name="alice", role=Role.AUDITOR)
        remove_name(name="bob")
        make_person("from-before-the-ledger", Role.ADMINISTRATOR)
        assert verify(means).is_good

    def test_from_before_the_facts_were_whole(self, means: Means, alices_key: AccessKey) -> None:
        """Requests that an earlier version recorded told less of themselves."""
        asked = make_request(alices_key)
        with AuditEvent.objects.act():
            AuditEvent.objects.append(
                "request.recorded",
                actor=alices_key.owner,
                request=asked,
                facts={"reason": asked.reason, "server_id": asked.server_id},
            )
        assert verify(means).is_good
        with unguarded():
            ImageRequest.objects.filter(pk=asked.pk).update(reason="another")
        assert verify(means).first_bad == AuditEvent.objects.size()

    def test_with_a_signing_key_that_was_changed(self, means: Means, settings: Settings) -> None:
        standing_settings.note()
        publish()
        settings.LEDGER_KEY = base64.b64encode(b"another key of the tests 0123456").decode()
        standing_settings.note()
        publish()
        report = verify(means)
        assert report.is_good
        assert [note for note in report.notes if note.startswith("The signing key changed")]

    def test_that_names_another_key_than_ours(self, means: Means, settings: Settings) -> None:
        standing_settings.note()
        settings.LEDGER_KEY = base64.b64encode(b"another key of the tests 0123456").decode()
        assert (
            verify(means).notes[0].startswith("Event 1 names another signing key than is trusted")
        )

    def test_whose_signer_s_clock_was_set_back(self, means: Means) -> None:
        happen()
        publish()
        with time_machine.travel(timezone.now() - timedelta(hours=1)):
            happen()
            publish()
        report = verify(means)
        assert report.is_good
        assert [note for note in report.notes if "clock was set back" in note]

    def test_whose_console_ended_while_it_signed(self, means: Means, settings: Settings) -> None:
        """The memory is written first: for a moment it is ahead of the database."""
        happen(3)
        publish()
        happen()
        head = Head(4, AuditEvent.objects.root_at(4))
        heads.write(settings.LEDGER_STATE_FILE, head)
        report = verify(means)
        assert report.is_good
        assert [note for note in report.notes if "over 4 events that is not" in note]

    def test_whose_signer_forgot(self, means: Means, settings: Settings) -> None:
        happen()
        publish()
        settings.LEDGER_STATE_FILE.unlink()
        notes = verify(means).notes
        assert notes == ["The signer remembers nothing here, although checkpoints were signed."]

    def test_that_is_not_guarded(self, means: Means) -> None:
        happen()
        guards.remove("default")
        report = verify(means)
        assert report.is_good
        assert "guard_event_update" in report.notes[0]

    def test_that_was_restored_and_accepted(self, means: Means) -> None:
        happen(3)
        publish()
        happen(3)
        publish()
        with unguarded():
            AuditEvent.objects.filter(sequence__gt=3).delete()
            Checkpoint.objects.filter(size=6)._raw_delete("default")
        assert verify(means).first_bad == 4
        checkpoints.acknowledge(reason="The disk broke.")
        happen(5)
        publish()
        report = verify(means)
        assert sentences(report) == []
        assert any(note.endswith("The reason given: “The disk broke.”") for note in report.notes)
        assert any("was given up" in note for note in report.notes)


def test_memory_stays_flat(means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CHUNK", 200)
    peaks = []
    for size in (2_000, 8_000):
        with unguarded():
            AuditEvent.objects.all()._raw_delete("default")
            AuditEvent.objects.bulk_create(made(size), batch_size=500)
        tracemalloc.start()
        assert verify(Means()).is_good
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000, peaks
