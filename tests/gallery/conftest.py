"""The product with prepared data behind a real address, and browsers that show it."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from images.services import servers
from scpconsole.sandbox import Sandbox
from tests.gallery.showing import Gallery
from tests.gallery.world import make_world
from tests.people import Work

_A_DAY = 86_400
# Playwright keeps an event loop in this thread, in which Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture
def gallery(
    live_server: LiveServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    scp: Sandbox,
    work: Work,
    chromium: Chromium,
) -> Iterator[Gallery]:
    settings.ROOT_URLCONF = "tests.gallery.urls"
    settings.ALLOWED_HOSTS = ["*"]
    settings.CONSOLE_URL = live_server.url  # passkeys and links to set a password lead there
    settings.SCP_LIST_FRESH_SECONDS = _A_DAY  # what is kept is shown, however long it takes
    monkeypatch.setattr(servers, "_PAUSE_AFTER_FAILURE", timedelta(days=1))  # and not asked again
    with Gallery(chromium, live_server.url, make_world(scp, work)) as shown:
        yield shown
