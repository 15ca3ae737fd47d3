"""Checkpoints leave the house by HTTP and by mail; a way that is blocked is told and harms none."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from pytest_django import Settings

from images.models import AuditEvent, Checkpoint
from images.services import anchors
from images.services.checkpoints import publish
from tests.people import Work

pytestmark = pytest.mark.django_db


@dataclass
class Receiver:
    status: int = 204
    got: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            told.got.append(self.rfile.read(length).decode())
            self.send_response(told.status)
            self.send_header("Location", f"{told.url}elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def checkpoint() -> Checkpoint:
    with AuditEvent.objects.act():
        AuditEvent.objects.append("key.tested", actor=None)
    return publish()


class TestByHttp:
    def test_the_note_arrives_byte_for_byte(
        self, settings: Settings, receiver: Receiver, work: Work
    ) -> None:
        settings.LEDGER_ANCHOR_URL = receiver.url
        with AuditEvent.objects.act():
            AuditEvent.objects.append("key.tested", actor=None)
        published = publish()
        work()
        assert receiver.got == [published.note]

    @pytest.mark.parametrize("status", [302, 307, 404, 500])
    def test_another_answer_is_told_and_no_redirect_is_followed(
        self,
        settings: Settings,
        receiver: Receiver,
        checkpoint: Checkpoint,
        caplog: pytest.LogCaptureFixture,
        status: int,
    ) -> None:
        settings.LEDGER_ANCHOR_URL = receiver.url
        receiver.status = status
        anchors.carry(checkpoint_id=checkpoint.pk)
        assert len(receiver.got) == 1
        assert "did not reach LEDGER_ANCHOR_URL" in caplog.text

    def test_nobody_there_is_told(
        self, settings: Settings, checkpoint: Checkpoint, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.LEDGER_ANCHOR_URL = "http://127.0.0.1:9/"
        anchors.carry(checkpoint_id=checkpoint.pk)
        assert "did not reach LEDGER_ANCHOR_URL" in caplog.text


class TestByMail:
    def test_the_note_is_the_text(self, settings: Settings, checkpoint: Checkpoint) -> None:
        settings.LEDGER_ANCHOR_MAIL = ["auditor@example.com"]
        anchors.carry(checkpoint_id=checkpoint.pk)
        [letter] = mail.outbox
        assert letter.body == checkpoint.note
        assert letter.subject.startswith("Checkpoint 1 of ")

    def test_a_mail_server_that_is_away_is_told(
        self, settings: Settings, checkpoint: Checkpoint, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        settings.LEDGER_ANCHOR_MAIL = ["auditor@example.com"]
        anchors.carry(checkpoint_id=checkpoint.pk)
        assert "was not sent by mail" in caplog.text
