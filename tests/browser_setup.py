"""Find a Chromium for the browser tests, or install one: `python -m tests.browser_setup`.

An installed one serves; else, as root on a Debian-like system, the distribution's package; else
Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """Return the path of an installed browser, "" when only Playwright's own may be there."""
    named = os.environ.get("CHROMIUM", "")
    return named or next(filter(None, map(shutil.which, NAMES)), "")


def main() -> int:
    if find_chromium() or _playwright_has_one():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        # The fonts let the screenshots show Hangul.
        _run("apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-cjk")
    if not find_chromium():
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    return 0 if find_chromium() or _playwright_has_one() else 1


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, stdout=sys.stderr, env=environment)


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    sys.exit(main())
