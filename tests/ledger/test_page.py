"""The verifier as one page, opened from a disk in a real browser without a network."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ledger.packs import Signer, build, zipped
from tests.ledger.page import PAGE, renewed

PACK = build(5, 12, expired=3)
SHOTS = Path(__file__).resolve().parents[2] / ".artifacts" / "screenshots"
Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Open]:
    """Return a function that opens the page in a language and theme.

    Fails the test when a script fails, or anything but the page itself is asked for.
    """
    asked: list[str] = []
    troubles: list[str] = []
    contexts = []

    def opened(locale: str = "en-US", scheme: str = "light", width: int = 900) -> Page:
        context = chromium.new_context(locale=locale, viewport={"width": width, "height": 700})
        contexts.append(context)
        page = context.new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text))
        page.goto(PAGE.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
    assert set(asked) == {PAGE.as_uri()}


def choose(page: Page, files: dict[str, bytes], name: str = "pack.zip") -> None:
    content = zipped(files.items())
    page.set_input_files("#pack", {"name": name, "mimeType": "application/zip", "buffer": content})


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"verifier-{name}.png", full_page=True)


def test_the_page_holds_the_modules_as_they_are() -> None:
    assert PAGE.read_text() == renewed(), "Run `python -m tests.ledger.page`."


@pytest.mark.browser
def test_a_good_pack_is_good_in_both_languages(open_page: Open) -> None:
    page = open_page()
    choose(page, PACK.files())
    expect(page.get_by_role("heading", name="This pack is good.")).to_be_visible()
    expect(page.locator("#verdict")).to_contain_text("came from the pack itself")
    expect(page.locator("#facts")).to_contain_text("console.example.com/history")
    shot(page, "good-en-light")
    page.get_by_role("button", name="한국어").click()
    expect(page.get_by_role("heading", name="이 증적 묶음은 올바릅니다.")).to_be_visible()
    expect(page).to_have_title("증적 묶음 검증기")


@pytest.mark.browser
def test_a_bad_pack_is_bad_with_reason_line_and_sequence(open_page: Open) -> None:
    files = PACK.files()
    files["events.csv"] = files["events.csv"].replace(b"\r\n6,", b"\r\n7,")
    page = open_page("ko-KR", "dark")
    choose(page, files)
    expect(page.get_by_role("heading", name="이 증적 묶음은 올바르지 않습니다.")).to_be_visible()
    expect(page.locator("#verdict")).to_contain_text("3번째 행입니다.")
    expect(page.locator("#verdict")).to_contain_text("이력 번호는 6입니다.")
    shot(page, "bad-ko-dark")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#verdict")).to_contain_text("It is row 3 of events.csv")


@pytest.mark.browser
def test_a_key_and_an_earlier_checkpoint_are_checked_as_soon_as_they_are_given(
    open_page: Open,
) -> None:
    page = open_page(width=400)
    choose(page, PACK.files())
    expect(page.get_by_role("heading", name="This pack is good.")).to_be_visible()
    page.get_by_label("Verifier key").fill(f" {PACK.signer.verifier_key()} ")
    page.get_by_label("Earlier checkpoints").fill(PACK.checkpoint(5).decode().rstrip())
    expect(page.locator("#verdict")).to_contain_text("the key that you gave")
    page.get_by_label("Verifier key").focus()
    expect(page.locator("#verdict")).to_contain_text("goes on unchanged")
    page.get_by_label("Earlier checkpoints").fill(PACK.signer.checkpoint(5, b"x" * 32).decode())
    page.get_by_label("Verifier key").focus()
    expect(page.get_by_role("heading", name="This pack is bad.")).to_be_visible()
    expect(page.locator("#verdict")).to_contain_text("earlier checkpoint")
    page.get_by_label("Verifier key").fill(Signer(8).verifier_key())
    page.get_by_label("Earlier checkpoints").focus()
    expect(page.locator("#verdict")).to_contain_text("no valid signature of the key")
    shot(page, "bad-en-light-narrow")


@pytest.mark.browser
def test_what_is_no_pack_is_said_to_be_none(open_page: Open) -> None:
    page = open_page()
    page.set_input_files("#pack", {"name": "a.zip", "mimeType": "", "buffer": b"not a ZIP file"})
    expect(page.get_by_role("heading", name="Nothing can be said about this pack.")).to_be_visible()
    expect(page.locator("#facts")).to_be_hidden()


@pytest.mark.browser
def test_a_pack_may_be_dropped_anywhere_and_names_of_files_are_only_text(open_page: Open) -> None:
    page = open_page()
    content = list(zipped(PACK.files().items()))
    page.evaluate(
        """(content) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(content)], "<img src=x onerror=alert(1)>"));
          const options = { bubbles: true, dataTransfer: transfer };
          document.body.dispatchEvent(new DragEvent("drop", options));
        }""",
        content,
    )
    expect(page.get_by_role("heading", name="This pack is good.")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("img").count() == 0
