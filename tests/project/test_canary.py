"""A planted key pair, used in every way and through every trouble, and found nowhere afterwards.

Here in one process, with every page, log, report, export and table. In real processes:
test_canary_processes.py; that the search finds what it looks for: test_canary_search.py.
"""

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from images.models import AccessKey, ImageRequest, ServerListing, User
from images.scp import signing
from images.services import checkpoints, keys, rotation, spill
from images.vocabulary import ExportKind
from scpconsole.sandbox import Sandbox, Server
from tests.canary import Canary
from tests.canary_places import Search, postgres_files, table_rows
from tests.log_lines import Lines, captured
from tests.pages.asking import typed, url_of
from tests.pages.crawling import Crawl
from tests.pages.exporting import body_of, file_of, made
from tests.people import Work
from tests.services.asking import end_silence, make_due
from tests.services.background import locked_database, short_patience, while_sending
from tests.services.test_rotation import new_master, put_first

ALIAS = "the canary's cage"


class WatchedBrowser(Browser):
    """Looks into every answer."""

    def __init__(self, search: Search, person: User) -> None:
        super().__init__(raise_request_exception=False)
        self._search = search
        self.force_login(person)

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        where = f"{request.get('REQUEST_METHOD')} {request.get('PATH_INFO')}"
        if not answer.streaming:
            self._search.look(where, answer.content)
        self._search.look(where, f"{answer.headers} {answer.cookies.output()}")
        return answer


@dataclass
class Cage:
    """The canary's key in the console, and who uses it."""

    canary: Canary
    search: Search
    browser: WatchedBrowser
    scp: Sandbox
    work: Work

    @property
    def key(self) -> AccessKey:
        return AccessKey.objects.get()

    def plant(self) -> None:
        """Add the key by the form, as a person does, after some slips."""
        for slip in (
            {"alias": ""},
            {"place": "x/y"},
            {"access_key": f"{self.canary.access_key} x"},
        ):
            assert self.add(**slip).status_code == 422
        assert self.add().status_code == 302
        assert self.add(alias="again").status_code == 422

    def add(self, **changes: str) -> Any:
        return self.browser.post(reverse("key-new"), {**self.form, **changes})

    @property
    def form(self) -> dict[str, str]:
        return {
            "alias": ALIAS,
            "place": "e/kr-west1",
            "access_key": self.canary.access_key,
            "secret_key": self.canary.secret_key,
            "expires_on": "",
            "api_version": "1.3",
            "other_version": "",
        }

    def act(self, name: str, **fields: str) -> Any:
        """Post to an address of the key."""
        return self.browser.post(reverse(name, args=[self.key.pk]), fields)

    def refresh(self) -> None:
        self.browser.post(reverse("server-refresh"), {"key": str(self.key.pk)})

    def ask(self, name: str) -> ImageRequest:
        """Ask for an image of a new server."""
        server = self.scp.add_server(Server(name))
        self.refresh()
        self.browser.post(url_of(self.key, server.id), typed(image_name=name))
        return ImageRequest.objects.get(image_name=name)


@pytest.fixture
def search() -> Search:
    return Search(Canary.hatched())


@pytest.fixture
def lines() -> Iterator[tuple[Lines, Lines]]:
    with captured("json", level=logging.DEBUG) as one, captured("line") as other:
        yield one, other


@pytest.fixture
def cage(alice: User, scp: Sandbox, search: Search, work: Work) -> Cage:
    scp.add_key(search.canary.access_key, search.canary.secret_key)
    scp.options.image_grace_seconds = 0
    return Cage(search.canary, search, WatchedBrowser(search, alice), scp, work)


@pytest.mark.django_db(transaction=True)
def test_it_is_found_nowhere(
    lines: tuple[Lines, Lines],
    cage: Cage,
    alice: User,
    bob: User,
    dora: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    search = cage.search
    cage.plant()
    _use(cage)
    _echo(cage)
    _spill(cage, settings)
    _fail(cage, settings, monkeypatch)
    put_first(settings, new_master())
    list(rotation.rotate())
    assert keys.open_key(cage.key).list_servers().rows
    _read_all(search, alice, bob, dora)
    cage.act("key-disable")
    checkpoints.publish()
    call_command("verify_ledger", "--quiet")

    assert search.look_into(table_rows()) > 200
    if connection.vendor == "postgresql":
        search.look_into(postgres_files())
    search.look_into_files(settings.DATA_DIR)  # SQLite's file and its log are among them
    search.look_into_files(settings.LEDGER_STATE_FILE.parent)
    for each in lines:
        search.look("the log", each.text)
    written = capfd.readouterr()
    search.look("standard output and error", written.out + written.err)
    assert search.hits == []
    assert search.looked_at > 400
    assert len(lines[0].events) > 100


def _use(cage: Cage) -> None:
    """Everything goes well."""
    cage.act("key-test")
    cage.act("key-edit", alias=ALIAS, api_version="1.3")
    asked = cage.ask("canary-accepted")
    cage.work()
    cage.scp.images[-1].life.done_seconds = 0
    make_due(asked)
    cage.work()
    asked.refresh_from_db()
    assert asked.state == "ready", asked.state


def _echo(cage: Cage) -> None:
    """SCP refuses, and repeats what it was sent and more; or says nothing that one understands."""
    access_key, secret_key = cage.canary.access_key, cage.canary.secret_key
    words = f"{access_key} and {secret_key}"
    body = {"errors": [{"code": access_key, "detail": words, "request_id": secret_key}]}
    told: dict[str, Any] = {
        "action": "status",
        "body": body,
        "headers": {"X-Echo": words, "Set-Cookie": f"a={secret_key}"},
    }
    page = f"<html><title>{words}</title></html>"
    troubles: list[dict[str, Any]] = [
        *({**told, "status": status} for status in (400, 401, 409, 500)),
        {"action": "status", "status": 403, "body": {"name": words, "message": words, "status": 1}},
        {"action": "status", "status": 500, "body": page, "content_type": "text/html"},
        {"action": "status", "status": 202, "body": {"image_id": secret_key, "x": access_key}},
        {"action": "redirect", "status": 307, "location": f"http://127.0.0.1:9/?{access_key}"},
        {"action": "drop_after"},
        {"action": "half_json"},
    ]
    for position, trouble in enumerate(troubles):
        asked = cage.ask(f"canary-{position}")
        cage.scp.faults.add(kind="create_image", **trouble)
        end_silence()
        cage.work()
        asked.refresh_from_db()
        assert asked.state in {"refused", "unknown"}, (trouble, asked.state)
        for kind in ("list_servers", "versions"):
            cage.scp.faults.add(kind=kind, **told, status=400)
        cage.refresh()
        cage.act("key-test")
        cage.scp.faults.clear()


def _spill(cage: Cage, settings: Settings) -> None:
    """The answer comes while nobody can write, and goes to the spill file."""
    asked = cage.ask("canary-spilt")
    words = f"{cage.canary.access_key} {cage.canary.secret_key}"
    cage.scp.faults.add("status", kind="create_image", status=400, body={"detail": words})
    end_silence()
    with short_patience(0.1), contextlib.ExitStack() as lock, while_sending(asked, cage.scp):
        lock.enter_context(locked_database())
    assert spill.is_waiting()
    cage.search.look_into_files(settings.DATA_DIR)
    assert spill.replay() == 1
    asked.refresh_from_db()
    assert asked.state == "refused"


def _fail(cage: Cage, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of our own in the very middle of a form and of signing, as pages, logs and reports
    tell them."""

    def broken(*args: object, **named: object) -> bytes:
        raise RuntimeError("a bug beside the secret")

    with monkeypatch.context() as patched:
        patched.setattr(signing, "_bytes", broken)
        patched.setattr(keys, "add", broken)
        for is_debug in (False, True):
            settings.DEBUG = is_debug
            assert cage.act("key-test").status_code == 500
            assert cage.add(alias="a third").status_code == 500
        settings.DEBUG = False
        _report(cage)
    ServerListing.objects.filter(key=cage.key).update(servers=[{"id": 7}])
    assert cage.browser.get(reverse("server-list")).status_code == 500
    cage.refresh()


def _report(cage: Cage) -> None:
    """What is written of an error that passed the secret on its way."""
    try:
        keys.open_key(cage.key).list_servers()
    except RuntimeError:
        kind, error, trace = sys.exc_info()
        logging.getLogger("canary").exception("it failed")
        cage.search.look("a traceback", traceback.format_exc())
        for is_email in (False, True):
            report = ExceptionReporter(None, kind, error, trace, is_email=is_email)
            cage.search.look("a report", report.get_traceback_html())
            cage.search.look("a report", report.get_traceback_text())
    else:
        pytest.fail("nothing broke")


def _read_all(search: Search, *people: User) -> None:
    """Every page that they come to, and every kind of export."""
    for person in people:
        browser = WatchedBrowser(search, person)
        assert sum(1 for _page in Crawl(browser, most=6).pages("/", "/history/?show=all")) > 10
        for kind in ExportKind.values:
            content = body_of(file_of(browser, made(browser, kind=kind)))
            assert content
            search.look(f"an export as {kind}", content)
