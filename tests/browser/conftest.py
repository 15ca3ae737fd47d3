"""The product as `make run` starts it, and a real Chromium in front of it."""

import json
import os
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / ".artifacts" / "screenshots"
START_SECONDS = 120


@dataclass
class Product:
    """The running console: where it is, who may sign in, and the stand-in behind it."""

    url: str
    scp_url: str
    accounts: dict[str, str]
    output: list[str] = field(default_factory=list)

    def ledger(self) -> list[dict[str, Any]]:
        """Return every image that the stand-in made, by its own account."""
        with urllib.request.urlopen(f"{self.scp_url}/_ledger", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def fault(self, *rules: dict[str, Any]) -> None:
        """Replace the stand-in's fault rules."""
        self._tell_scp("_faults", rules)

    def set_speed(self, factor: float) -> None:
        """Let images that are asked for from now on be ready so many times sooner."""
        self._tell_scp("_options", {"speed": factor})

    def _tell_scp(self, what: str, body: object) -> None:
        request = urllib.request.Request(
            f"{self.scp_url}/{what}", data=json.dumps(body).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=5).close()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Run `make run` with data of its own, and end it as Ctrl-C does."""
    data = tmp_path_factory.mktemp("product")
    port, scp_port = _free_port(), _free_port()
    process = subprocess.Popen(
        ["make", "--no-print-directory", "run", f"PORT={port}", f"SCP_PORT={scp_port}"],
        cwd=ROOT,
        env=_clean_environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    lines: list[str] = []
    is_up = threading.Event()
    reader = threading.Thread(target=_read, args=(process, lines, is_up), daemon=True)
    reader.start()
    try:
        assert is_up.wait(START_SECONDS), "".join(lines)
        accounts = json.loads((data / "accounts.json").read_text())
        url, scp_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{scp_port}"
        yield Product(url, scp_url, accounts, lines)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)
        reader.join(timeout=10)
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def context(chromium: Browser, product: Product) -> Iterator[BrowserContext]:
    """A fresh browser profile, in English, that fails the test on any script error."""
    fresh = chromium.new_context(
        base_url=product.url, locale="en-US", viewport={"width": 1280, "height": 800}
    )
    fresh.set_default_timeout(15_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            troubles.append(message.text)
            # Chromium logs each 4xx answer as an error; those are what a test asks for.
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield opened
    assert troubles == []


def sign_in(page: Page, product: Product, name: str) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(product.accounts[name])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def _clean_environment(data: Path) -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER")
    ours = {name: os.environ[name] for name in kept if name in os.environ}
    return {**ours, "CONSOLE_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}


def _read(process: subprocess.Popen[str], lines: list[str], is_up: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C stops everything"):
            is_up.set()
    is_up.set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
