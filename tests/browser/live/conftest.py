"""The console's pages in a real Chromium, over records that a test writes and changes itself."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from images.models import User
from tests.people import PASSWORD

Open = Callable[..., BrowserContext]


@pytest.fixture
def open_as(chromium: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Return a function that opens a browser profile in which a person is signed in already.

    The sign-in itself has tests of its own. Fails the test on any script error.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(person: User, *, width: int = 1280, **options: object) -> BrowserContext:
        values = {"locale": "en-US", "viewport": {"width": width, "height": 800}, **options}
        context = chromium.new_context(base_url=live_server.url, **values)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        contexts.append(context)
        client = Client()
        assert client.login(username=person.username, password=PASSWORD)
        name = configured.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        return context

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(open_as: Open, alice: User) -> Page:
    """Alice's browser, in English, on a wide screen."""
    return open_as(alice).new_page()


def wait_until_it_listens(page: Page) -> None:
    """Wait for htmx to be done with what it put into the page last: before, it hears nothing."""
    expect(page.locator(".htmx-added, .htmx-settling")).to_have_count(0)


def look_again(page: Page, part: str) -> None:
    """Let a part that polls do so now, as on the return to a hidden tab."""
    wait_until_it_listens(page)
    page.evaluate("part => htmx.trigger(part, 'catch-up')", part)
