"""SCP's words as weapons, in a real browser: nothing runs, loads, leads away or comes to be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from images.models import AccessKey, ImageRequest, User
from scpconsole.sandbox import Sandbox, Server
from tests.hostile import ACTIVE, packed
from tests.pages.markup import known_markup
from tests.people import make_call, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What htmx, dialogs and our own scripts add to a page that was loaded.
_ADDED = {"class", "tabindex", "aria-busy", "disabled", "open", "hidden"}
_DATASET = re.compile(r"\bdataset\.([a-zA-Z]+)")
_WORDS = """() => [...document.querySelectorAll("*")].flatMap((each) =>
  [[each.localName, ""], ...each.getAttributeNames().map((name) => [each.localName, name])])"""


@dataclass
class Witness:
    """Sees all that a page does."""

    url: str
    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:image/svg+xml")):
            self.seen.append(f"request: {request.url}")


@pytest.fixture
def witness(live_server: LiveServer) -> Witness:
    return Witness(live_server.url)


@pytest.fixture
def page(chromium: Browser, alice: User, witness: Witness) -> Iterator[Page]:
    """A tab in which Alice is signed in."""
    signed_in = Client()
    signed_in.force_login(alice)
    cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context(base_url=witness.url, locale="en-US")
    context.set_default_timeout(15_000)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": witness.url}]
    )
    opened = context.new_page()
    witness.watch(opened)
    yield opened
    context.close()


@pytest.fixture
def servers(scp: Sandbox, alices_key: AccessKey) -> list[Server]:
    scp.servers[:] = [
        Server(name=each, state=each, type_name=each, volume_ids=[each])
        for each in [*packed(3_900), *ACTIVE]
    ]
    return scp.servers


@pytest.fixture
def asked(alices_key: AccessKey) -> ImageRequest:
    """A request that SCP refused in hostile words, which a person asked for in such."""
    text = packed(900)[0]
    found = make_request(
        alices_key,
        server_name=text[:255],
        reason=text,
        ticket=text[:100],
        state="failed",
        scp_status='"><img src=x onerror=alert(1)>',
        outcome_code='"><img src=x onerror=alert(1)>',
    )
    make_call(found, headers={text[:50]: text}, body=text.encode("utf-8", "replace"))
    return found


def test_nothing_comes_of_it(
    page: Page, witness: Witness, servers: list[Server], asked: ImageRequest, alices_key: AccessKey
) -> None:
    addresses = [
        *(f"/servers/?page={number}" for number in (1, 2)),
        reverse("request-new", args=[alices_key.pk, servers[0].id]),
        "/requests/",
        *(reverse(name, args=[asked.pk]) for name in ("request-detail", "request-received")),
        reverse("request-body", args=[asked.pk, 1, "response"]),
        f"/servers/?q={ACTIVE[2]}&state={ACTIVE[0]}",
        "/history/",
    ]
    for address in addresses:
        page.goto(address)
        assert _not_ours(page) == [], address
    assert witness.seen == []


def test_nothing_comes_of_a_part_either(
    page: Page, witness: Witness, servers: list[Server]
) -> None:
    """The slide-over, and a search that swaps the table."""
    page.goto("/servers/")
    link = page.locator("tbody a[data-panel-link]").first
    link.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert _not_ours(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("onerror")
    page.get_by_role("searchbox").press("Enter")
    expect(
        page.get_by_text("matches the filters").or_(page.get_by_text("match the filters"))
    ).to_be_visible()
    assert _not_ours(page) == []
    assert witness.seen == []


def test_the_witness_sees_what_harm_there_is(page: Page, witness: Witness) -> None:
    page.goto("/servers/")
    page.evaluate("""() => {
      const harm = document.createElement("img");
      harm.setAttribute("onerror", "alert(1)");
      harm.src = "http://127.0.0.1:9/x";
      document.body.append(harm, document.createElement("marquee"));
      setTimeout(() => alert("dialog"), 0);
    }""")
    page.wait_for_timeout(300)
    assert set(_not_ours(page)) >= {("img", "onerror"), ("marquee", "")}
    kinds = {each.partition(":")[0] for each in witness.seen}
    assert kinds >= {"dialog", "console"}


def _not_ours(page: Page) -> list[Any]:
    """Return what the page has that neither a template nor a script of ours writes."""
    words = {(tag.lower(), name.lower()) for tag, name in page.evaluate(_WORDS)}  # SVG has capitals
    found = words - known_markup()
    return sorted(word for word in found if word[1] not in _by_scripts())


@cache
def _by_scripts() -> set[str]:
    scripts = (Path(__file__).parents[2] / "static" / "js").glob("*.js")
    names = {name for path in scripts for name in _DATASET.findall(path.read_text())}
    return _ADDED | {"data-" + re.sub("[A-Z]", lambda big: f"-{big[0].lower()}", n) for n in names}
