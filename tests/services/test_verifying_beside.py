"""Verifying beside a working console: no false alarm."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, AuditEvent, ImageRequest
from images.services import retention
from images.services.checkpoints import publish
from images.services.following import follow
from images.services.requests import withdraw
from images.services.sending import send
from images.services.verifying import Means, rows, verify
from images.services.verifying.claims import notes_in
from scpconsole.sandbox import Sandbox
from tests.services.asking import ask_for
from tests.services.background import in_threads
from tests.services.verified import happen, sentences

pytestmark = pytest.mark.django_db


@pytest.fixture
def means(settings: Settings) -> Means:
    return Means(anchors=settings.LEDGER_ANCHOR_DIR, memory=settings.LEDGER_STATE_FILE)


class TestWhileItGrows:
    def test_what_is_written_meanwhile_is_left_for_the_next_time(
        self, means: Means, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rows, "CHUNK", 5)
        happen(20)
        publish()

        def write_on(what: str, done: int, total: int) -> None:
            happen()
            publish()

        report = verify(means, write_on)
        assert (report.is_good, report.size) == (True, 20)
        assert AuditEvent.objects.size() > 20

    def test_the_keeping_rule_may_be_at_work(
        self, means: Means, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rows, "CHUNK", 5)
        with time_machine.travel(timezone.now() - timedelta(days=6 * 366)):
            happen(20)
            publish()
        happen()
        report = verify(means, lambda what, done, total: void(retention.apply()))
        assert sentences(report) == []
        assert report.expired == 15

    @pytest.mark.django_db(transaction=True)
    def test_requests_may_move(self, means: Means, alices_key: AccessKey, scp: Sandbox) -> None:
        is_over = threading.Event()
        alice = alices_key.owner

        def act() -> None:
            for number in range(40):
                name = f"image-{number}"
                asked = ask_for(alices_key, scp, image_name=name, position=number % 5)
                if number % 2:
                    withdraw(actor=alice, asked=asked)
                else:
                    send(request_id=asked.pk)
                    ImageRequest.objects.filter(pk=asked.pk).update(due_at=timezone.now())
                    follow(request_id=asked.pk)
                if number % 7 == 0:
                    publish()
            is_over.set()

        scp.options.image_grace_seconds = scp.options.image_done_seconds = 0
        looks = 0
        deadline = time.monotonic() + 60
        with in_threads(act):
            while not is_over.is_set() and time.monotonic() < deadline:
                assert sentences(verify(means)) == []
                looks += 1
        assert sentences(verify(means)) == []
        assert looks > 3

    def test_a_note_that_is_being_written_is_not_read(self, tmp_path: Path) -> None:
        happen()
        note = publish().note
        file = tmp_path / "notes.txt"
        file.write_text(f"{note}\n{note}\n{note[:80]}", encoding="utf-8")
        length = len(f"{note}\n".encode())
        assert list(notes_in(file, length)) == [note]
        assert list(notes_in(file, 2 * length)) == [note, note]


def void(value: object) -> None:
    """Take a value and give none."""
