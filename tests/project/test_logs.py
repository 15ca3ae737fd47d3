"""The log: one line for each event, whoever wrote into it, and no secret in any."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from images.middleware import OriginMiddleware
from images.models import User
from tests.log_lines import Lines, captured
from tests.people import Browse
from tests.project.starting import MASTER, SECRET_KEY, environment, manage, run

logger = logging.getLogger("a.library")
# What begins a new line for one reader or another, turns text round, or is no text at all.
BREAKING = [
    *("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"),
    *("\x00", "\x1b[2J", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\udfff"),
]
SECRETS = ["S3CRET-key-of-django", "0123456789abcdef0123456789abcdef0123456789A=", "hunter2"]


@pytest.fixture(params=["json", "line"])
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    with captured(request.param, secrets=SECRETS) as found:
        yield found


@pytest.fixture
def json_lines() -> Iterator[Lines]:
    with captured() as found:
        yield found


class TestOneLine:
    @pytest.mark.parametrize("breaking", BREAKING, ids=ascii)
    def test_whoever_writes_into_it(self, lines: Lines, breaking: str) -> None:
        forged = f"a name{breaking}2026-11-23 INFO images.access all is well"
        logger.warning("SCP said: %s", forged)
        logger.warning(forged)  # noqa: G004 - as a careless library does
        assert len(lines.text.splitlines()) == 2
        assert breaking.strip("\n") not in lines.text or breaking == "\n"

    def test_json_is_ascii_and_keeps_every_character(self, json_lines: Lines) -> None:
        logger.warning("서버 %s", "\u202e\ud800\n")
        assert json_lines.text.isascii()
        assert json_lines.events[0]["event"] == "서버 \u202e\ud800\n"

    def test_a_traceback_is_part_of_it(self, lines: Lines) -> None:
        try:
            raise ValueError("two\nlines of what somebody sent")
        except ValueError:
            logger.exception("it failed")
        first, *below = lines.text.splitlines()
        if first.startswith("{"):
            assert below == []
            assert json.loads(first)["exception"].endswith("lines of what somebody sent")
        else:
            assert below
            assert all(line.startswith("    ") for line in below)

    def test_what_is_no_text(self, json_lines: Lines) -> None:
        logger.warning({"a": 1, "b": object()})  # noqa: G004 - as a careless library does
        logger.warning("%s %d %r", "a", 7, b"\xff\n")
        assert len(json_lines.events) == 2


class TestWhatItTells:
    def test_time_level_place_and_words(self, json_lines: Lines) -> None:
        logger.error("it failed")
        [event] = json_lines.events
        assert (event["level"], event["logger"], event["event"]) == (
            "error",
            "a.library",
            "it failed",
        )
        at = datetime.fromisoformat(event["timestamp"])
        assert at.utcoffset() is not None
        assert set(event) == {"level", "logger", "event", "timestamp"}

    def test_a_line_to_read(self) -> None:
        with captured("line") as found:
            logger.warning("it failed", extra={"status": 502, "request": object()})
        assert found.text.endswith("Z WARNING a.library it failed status=502\n")

    def test_a_request_with_its_id_and_actor(
        self, alice: User, browse: Browse, json_lines: Lines
    ) -> None:
        browser = browse(alice)
        json_lines.clear()
        answer = browser.get(reverse("key-list"), {"q": "what somebody searched for"})
        [event] = json_lines.events
        assert event["request_id"] == answer["X-Request-ID"]
        assert event["actor"] == str(alice.pk)
        assert (event["method"], event["path"], event["status"]) == ("GET", "/keys/", 200)
        assert event["duration_ms"] >= 0
        assert "alice" not in json_lines.text
        assert "searched" not in json_lines.text

    def test_nobody_is_named_where_nobody_is_signed_in(self, db: None, json_lines: Lines) -> None:
        Browser().get(reverse("account_login"))
        Browser().get(reverse("key-list"))
        assert [event["status"] for event in json_lines.events] == [200, 302]
        assert not any("actor" in event for event in json_lines.events)

    def test_the_next_request_does_not_inherit_the_actor(
        self, alice: User, browse: Browse, json_lines: Lines
    ) -> None:
        browse(alice).get(reverse("key-list"))
        Browser().get(reverse("account_login"))
        logger.info("afterwards")
        *_, after, afterwards = json_lines.events
        assert "actor" not in after
        assert "request_id" not in afterwards

    @pytest.mark.parametrize(
        ("path", "status", "is_told"),
        [
            ("/healthz", 200, False),
            ("/static/app.css", 200, False),
            ("/static/gone.css", 404, True),
            ("/readyz", 503, True),
            ("/keys/", 200, True),
        ],
    )
    def test_files_and_probes_that_are_well_are_not_told(
        self, json_lines: Lines, path: str, status: int, *, is_told: bool
    ) -> None:
        request = HttpRequest()
        request.path, request.method = path, "GET"
        OriginMiddleware(lambda _request: HttpResponse(status=status))(request)
        assert bool(json_lines.events) is is_told


class TestSecrets:
    @pytest.mark.parametrize("secret", SECRETS)
    def test_the_settings_secrets(self, lines: Lines, secret: str) -> None:
        logger.warning("odd: %s", f"x{secret}x")
        try:
            raise ValueError(secret)
        except ValueError:
            logger.exception("it failed")
        assert secret not in lines.text
        assert "hidden" in lines.text

    @pytest.mark.parametrize(
        "spoken",
        [
            "Scp-Signature: XXXX",
            "{'Scp-Signature': 'XXXX', 'Scp-Accesskey': 'XXXX'}",
            '{\\"Scp-Signature\\": \\"XXXX\\"}',
            "scp-signature=XXXX",
            "secret_key=XXXX&alias=a",
            "secret-key: 'XXXX'",
            'accessKey="XXXX"',
            "Authorization: Bearer XXXX",
            "Authorization: Basic XXXX",
            "Cookie: XXXX",
            "X-Vault-Token: XXXX",
            "password: XXXX",
            "postgres://console:XXXX@db.example.com/console",
        ],
    )
    def test_what_is_called_a_secret(self, lines: Lines, spoken: str) -> None:
        said = spoken.replace("XXXX", "kD83/+jdQ9w==")
        logger.warning("odd: %s", said)
        logger.warning("odd", extra={"path": said})
        assert "kD83" not in lines.text
        assert lines.text.count("hidden") >= 2

    def test_what_is_none_stays(self, json_lines: Lines) -> None:
        said = "the server list of key 2a9be312-5d4b-4bc8-b2ae-35100fa9241f failed: timeout"
        logger.warning(said)
        assert json_lines.events[0]["event"] == said


class TestProcesses:
    """As an operator gets it: on standard error, of our own and of the web server."""

    LOG = """
import logging
import django
django.setup()
from django.conf import settings
logging.getLogger("x").warning("%s %s\\nforged", settings.SECRET_KEY, settings.KEYRING[0])
logging.getLogger("gunicorn.error").error("of the web server")
logging.getLogger("django.request").error("of Django")
"""

    def test_json_by_default(self, tmp_path: Path) -> None:
        ended = run(
            "-c", self.LOG, env=environment(tmp_path, DJANGO_SETTINGS_MODULE="scpconsole.settings")
        )
        events = [json.loads(line) for line in ended.lines]
        assert [event["logger"] for event in events] == ["x", "gunicorn.error", "django.request"]
        assert SECRET_KEY not in ended.text
        assert MASTER not in ended.text

    def test_lines_to_read_when_asked_for(self, tmp_path: Path) -> None:
        env = environment(tmp_path, DJANGO_SETTINGS_MODULE="scpconsole.settings", LOG_FORMAT="line")
        ended = run("-c", self.LOG, env=env)
        assert len(ended.lines) == 3
        assert "‹U+000A›forged" in ended.lines[0]

    def test_another_form_is_refused(self, tmp_path: Path) -> None:
        ended = manage("check", env=environment(tmp_path, LOG_FORMAT="xml"))
        assert ended.lines == [
            "The console cannot start. LOG_FORMAT must be one of json, line, not “xml”."
        ]
