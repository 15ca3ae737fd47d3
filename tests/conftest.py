"""Three people and an administrator, a stand-in SCP over real HTTP, and a worker to run.

Alice operates, Bob audits and only reads, Charlie has no role, Dora administers.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS
from django.test import Client as Browser
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from pytest_django import Settings

from images import guards
from images.models import AccessKey, User
from images.services import keys
from images.services.waking import Ticker
from images.vocabulary import Role
from scpconsole.sandbox import Sandbox
from tests.browser_setup import find_chromium
from tests.people import ACCESS_KEY, PASSWORD, SECRET_KEY, make_person


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a browser comes last: its event loop stays in the thread until the run ends."""
    items.sort(key=lambda item: "chromium" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One browser for the whole run: a second Playwright in one thread is refused.

    It keeps an event loop in this thread, beside which Django would refuse its database.
    """
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=find_chromium() or None,
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def guarded(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test with real transactions is cleaned up by emptying the tables, which the guards
    refuse: they go after its body, and are back before the next one."""
    if not _has_real_transactions(request):
        yield
        return
    request.getfixturevalue("transactional_db")
    guards.install(DEFAULT_DB_ALIAS)
    yield
    guards.remove(DEFAULT_DB_ALIAS)


def _has_real_transactions(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    is_marked = bool(marker and marker.kwargs.get("transaction"))
    return is_marked or bool({"transactional_db", "live_server"} & set(request.fixturenames))


@pytest.fixture(autouse=True)
def signers_memory(tmp_path: Path, settings: Settings) -> None:
    """Each test's database is new, so the signer's memory is, too."""
    settings.LEDGER_STATE_FILE = tmp_path / "ledger" / "head.json"
    settings.LEDGER_ANCHOR_DIR = tmp_path / "ledger" / "checkpoints"


@pytest.fixture
def scp(settings: Settings) -> Iterator[Sandbox]:
    """The stand-in, with Alice's key known to it, as the one SCP that the settings name."""
    with Sandbox(seed_servers=12) as running:
        running.options.burst_calls = None
        running.add_key(ACCESS_KEY, SECRET_KEY)
        settings.SCP_URL_TEMPLATE = running.url
        yield running


@pytest.fixture
def alice(db: None) -> User:
    return make_person("alice", Role.OPERATOR)


@pytest.fixture
def bob(db: None) -> User:
    return make_person("bob", Role.AUDITOR)


@pytest.fixture
def charlie(db: None) -> User:
    return make_person("charlie", Role.NONE)


@pytest.fixture
def dora(db: None) -> User:
    return make_person("dora", Role.ADMINISTRATOR)


@pytest.fixture
def alices_key(alice: User, scp: Sandbox) -> AccessKey:
    return keys.add(
        actor=alice,
        alias="alice's key",
        environment="e",
        region="kr-west1",
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        api_version="1.3",
    )


@pytest.fixture
def browse() -> Callable[[User], Browser]:
    """Return a signed-in test browser of a person."""

    def signed_in(person: User) -> Browser:
        browser = Browser()
        assert browser.login(username=person.username, password=PASSWORD)
        return browser

    return signed_in


@pytest.fixture
def work(db: None) -> Callable[[], None]:
    """Return the worker: one tick, then every job that is queued, in this thread."""
    ticker = Ticker("the tests' worker")
    worker = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="tests",
        excluded_queue_names=[],
    )

    def until_nothing_is_queued() -> None:
        ticker.tick()
        while job := DBTaskResult.objects.ready().first():
            job.claim("tests")
            worker.run_task(job)
            job.refresh_from_db()
            assert job.status == TaskResultStatus.SUCCESSFUL, job.traceback

    return until_nothing_is_queued
