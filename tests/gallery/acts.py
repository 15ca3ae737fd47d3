"""What is done on an opened page before it is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Cookie, Page

from images.models import WorkerPulse
from tests.events import make_event
from tests.people import PASSWORD


def open_panel(page: Page) -> None:
    """Open the slide-over; on a narrow screen the same link leads to the page."""
    page.locator("main [data-panel-link]").first.click()
    page.locator("[data-name-check]").wait_for()


def open_drawer(page: Page) -> None:
    """Open what is under way; on a narrow screen the same link leads to the list."""
    page.locator("#activity-chip").click()
    page.locator("#activity-list, #request-rows").first.wait_for()


def ask_for_help(page: Page) -> None:
    page.keyboard.press("?")
    page.locator("dialog[open] #shortcuts").wait_for()


def refuse_form(page: Page) -> None:
    """Send the form for an image, wherever it stands, with a name that no image can have."""
    form = page.locator("#request-fields")
    form.locator("[name=image_name]").fill("웹서버.01")
    form.locator("button[type=submit]").click()
    page.locator("[data-error-summary]").wait_for()


def refuse_in_panel(page: Page) -> None:
    open_panel(page)
    refuse_form(page)


def send(page: Page) -> None:
    """Send the page's form as it is; it is refused."""
    _press(page)
    page.locator("[data-error-summary]").wait_for()


def go_on(page: Page) -> None:
    """Press the page's button, which leads to another page."""
    with page.expect_navigation():
        _press(page)


def sign_in(page: Page) -> None:
    """Give a password that is not enough; nothing of it is left for the next scene."""
    _give_password(page)
    _forget_session(page)


def sign_in_and_fail(page: Page) -> None:
    _give_password(page)
    page.locator("[name=code]").fill("000000")
    send(page)
    _forget_session(page)


def choose_weak(page: Page) -> None:
    """Choose a password that breaks more than one rule."""
    for name in ("password", "again"):
        page.locator(f"[name={name}]").fill("hana1234")
    send(page)


def break_passkey(page: Page) -> None:
    """Send an answer that no device gave."""
    page.locator("[name=credential]").evaluate("field => { field.value = '{}' }")
    page.locator("[data-passkey]").evaluate("form => form.submit()")
    page.locator("[data-error-summary]").wait_for()


def make_link(page: Page) -> None:
    """Let an administrator make a new link for the person of this page."""
    page.locator("form[action$='/reset/']").evaluate("form => form.requestSubmit()")
    page.locator(".copy-value").wait_for()


def lose_form_token(page: Page) -> None:
    """Send a form whose token is not the browser's any more."""
    page.locator("[name=username]").fill("alice")
    page.context.clear_cookies(name="csrf")
    page.locator("main form[data-guard] button").click()
    page.locator("main:not(:has(form))").wait_for()


def send_signed_out(page: Page) -> None:
    """Send what was typed after the session's end, as a browser that runs no script does."""
    page.locator("[name=reason]").fill("Before the kernel update of November")
    with _signed_out(page), page.expect_navigation():
        page.evaluate("document.getElementById('request-fields').submit()")


def end_soon(page: Page) -> None:
    """Let the session have one minute left, and the page learn of it."""
    session = _session_cookie(page)[0]["value"]
    seen_at = timezone.now() - timedelta(minutes=settings.SESSION_IDLE_MINUTES - 1)
    UserSession.objects.filter(session_key=session).update(last_seen_at=seen_at)
    _come_back(page)
    page.locator("[data-shown=session-ending]").wait_for()


def end(page: Page) -> None:
    """Let the session be over, for as long as the page looks."""
    with _signed_out(page):
        _come_back(page)
        page.locator("[data-shown^=signed-out]").wait_for()


def end_in_panel(page: Page) -> None:
    open_panel(page)
    end(page)


def tell_news(page: Page) -> None:
    """Be a browser that was last here before one's requests were settled."""
    page.evaluate("localStorage.setItem('console-news', '{\"since\": 1, \"told\": []}')")
    page.reload()
    page.locator(".toast").first.wait_for()


def silence_worker(page: Page) -> None:
    """Load the page again while no worker gives a sign of life."""
    pulses = list(WorkerPulse.objects.all())
    WorkerPulse.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    page.reload()
    WorkerPulse.objects.bulk_update(pulses, ["seen_at"])


def raise_alarm(page: Page) -> None:
    """Load the page again after a verification that found something."""
    make_event("ledger.broken", what=["Event 7 is not what was signed."])
    page.reload()
    make_event("ledger.verified", size=7)


def _give_password(page: Page) -> None:
    page.locator("[name=username]").fill("frank")
    page.locator("[name=password]").fill(PASSWORD)
    go_on(page)


def _forget_session(page: Page) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def _press(page: Page) -> None:
    page.locator("main form button:not([type=button])").first.click()


def _come_back(page: Page) -> None:
    """As when the tab is shown again; a headless one is never hidden."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@contextmanager
def _signed_out(page: Page) -> Iterator[None]:
    kept = _session_cookie(page)
    _forget_session(page)
    yield
    page.context.add_cookies(kept)  # type: ignore[arg-type]  # what Playwright itself returned


def _session_cookie(page: Page) -> list[Cookie]:
    return [each for each in page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME]
