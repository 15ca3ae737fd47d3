"""Passkeys in a real Chromium, with the virtual authenticator of its developer tools."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from images.models import AuditEvent, User
from tests.factors import give_app
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _database_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, and Django takes that for one of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def context(
    chromium: Browser, live_server: LiveServer, settings: Settings
) -> Iterator[BrowserContext]:
    assert live_server.url.startswith("http://localhost:")  # a secure context, and a name
    settings.CONSOLE_URL = live_server.url
    fresh = chromium.new_context(base_url=live_server.url, locale="en-US")
    fresh.set_default_timeout(15_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def device(context: BrowserContext, page: Page) -> "Device":
    return Device(context.new_cdp_session(page))


class Device:
    """A phone or a security key that is always at hand; whether it knows its person is told."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        session.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.name = {"authenticatorId": added["authenticatorId"]}

    @property
    def keys(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.session.send("WebAuthn.getCredentials", self.name)[
            "credentials"
        ]
        return found

    def forget_its_person(self) -> None:
        self.session.send("WebAuthn.setUserVerified", {**self.name, "isUserVerified": False})


def sign_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/**")


def add_passkey(page: Page, name: str) -> None:
    page.goto("/account/second-factor/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add the passkey").click()


def last_sign_in() -> AuditEvent:
    found = AuditEvent.objects.filter(action="session.signed_in").order_by("-sequence").first()
    assert found
    return found


def test_add_one_sign_out_and_sign_in_with_it_alone(
    alice: User, page: Page, device: Device
) -> None:
    sign_in(page, "alice")
    page.wait_for_url("**/servers/**")
    add_passkey(page, "Laptop")
    page.wait_for_url("**/second-factor/codes/")
    expect(page.get_by_text("The passkey was added.")).to_be_visible()
    assert page.locator(".codes li").count() == 10
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Laptop")).to_be_visible()
    assert [key["isResidentCredential"] for key in device.keys] == [True]
    sign_out(page)

    page.get_by_role("button", name="Continue with a passkey").click()
    page.wait_for_url("**/servers/**")
    event = last_sign_in()
    assert (event.actor, event.facts) == (alice, {"method": "passkey"})
    added = AuditEvent.objects.get(action="factor.added")
    assert (added.facts["kind"], added.actor) == ("passkey", alice)


def test_it_is_a_second_step_after_the_password(alice: User, page: Page, device: Device) -> None:
    give_app(alice)
    sign_in(page, "alice")
    page.wait_for_url("**/login/second-factor/")
    expect(page.get_by_label("Code")).to_be_focused()
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)


def test_password_and_passkey(alice: User, page: Page, device: Device) -> None:
    sign_in(page, "alice")
    page.wait_for_url("**/servers/**")
    add_passkey(page, "")
    page.wait_for_url("**/second-factor/codes/")
    sign_out(page)
    sign_in(page, "alice")
    page.wait_for_url("**/login/second-factor/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/servers/**")
    assert last_sign_in().facts == {"method": "password", "second": "webauthn"}
    page.goto("/account/second-factor/")
    expect(page.get_by_role("heading", name="Passkey 1")).to_be_visible()


def test_a_device_that_does_not_know_its_person_signs_nobody_in(
    alice: User, page: Page, device: Device
) -> None:
    sign_in(page, "alice")
    page.wait_for_url("**/servers/**")
    add_passkey(page, "Laptop")
    page.wait_for_url("**/second-factor/codes/")
    sign_out(page)
    device.forget_its_person()
    page.get_by_role("button", name="Continue with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The browser did not give a passkey.")
    expect(page.get_by_role("button", name="Continue with a passkey")).to_be_enabled()


def test_an_answer_is_good_for_its_own_question_alone(
    alice: User, page: Page, device: Device
) -> None:
    """What was overheard is sent again, after the person went in and out with it."""
    sign_in(page, "alice")
    page.wait_for_url("**/servers/**")
    add_passkey(page, "Laptop")
    page.wait_for_url("**/second-factor/codes/")
    sign_out(page)
    answers: list[str] = []
    page.on(
        "request",
        lambda sent: (
            answers.append(sent.post_data or "") if sent.url.endswith("/login/passkey/") else None
        ),
    )
    page.get_by_role("button", name="Continue with a passkey").click()
    page.wait_for_url("**/servers/**")
    sign_out(page)
    assert answers
    assert "credential" in answers[0]
    sent_again = page.evaluate(
        """async (body) => {
            const form = new URLSearchParams(body);
            const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
            form.set("csrfmiddlewaretoken", token);
            return (await fetch("/login/passkey/", {method: "POST", body: form})).url;
        }""",
        answers[0],
    )
    assert sent_again.endswith("/login/")
    page.goto("/login/")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_no_script_of_a_page_is_inline_and_nothing_is_refused(
    alice: User, page: Page, device: Device
) -> None:
    """The content policy refuses what is inline, and Chromium tells each refusal."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    sign_in(page, "alice")
    page.wait_for_url("**/servers/**")
    page.goto("/account/second-factor/app/")
    picture = page.get_by_role("img", name="QR code with the secret that stands below.")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    add_passkey(page, "Laptop")
    page.wait_for_url("**/second-factor/codes/")
    assert [text for text in told if "Content Security Policy" in text] == [], json.dumps(told)
