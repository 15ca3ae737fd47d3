"""`make lighthouse`: Lighthouse's figures for the main pages of the running product.

Not collected by the test run: it needs Node.js and packages of the npm registry. The reports stay
in .artifacts/lighthouse/.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT, Product, sign_in
from tests.browser_setup import find_chromium

FOLDER = ROOT / ".artifacts" / "lighthouse"
PROGRAM = ROOT / "tests" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
_TRIES = 3  # on a busy machine a trace may be incomplete, and Lighthouse asks for another
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}


@pytest.mark.timeout(900)
def test_the_main_pages_reach_the_figures(page: Page, product: Product) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    sign_in(page, product, "operator")
    paths = {
        "servers": "/servers/",
        "request": _ask_for_an_image(page),
        "history": "/history/",
        "sign-in": "/login/",
    }
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
    figures = {
        name: _audit(product.url + path, "" if name == "sign-in" else cookies, name)
        for name, path in paths.items()
    }
    print(f"\n{json.dumps(figures, indent=2)}")  # noqa: T201  # for whoever asked
    for name, scores in figures.items():
        assert all(scores[each] >= least for each, least in LEAST.items()), (name, scores)


def _ask_for_an_image(page: Page) -> str:
    """Return the path of a request that is under way."""
    page.goto("/servers/?q=web-prod-01")
    page.goto(str(page.locator("main [data-panel-link]").first.get_attribute("href")))
    page.get_by_label("Reason").fill("for Lighthouse")
    page.get_by_role("button", name="Create image of").click()
    page.wait_for_url("**/requests/**")
    return page.url.removeprefix(page.url.split("/requests/")[0])


def _audit(url: str, cookies: str, name: str) -> dict[str, int]:
    """Return the scores, 0 to 100, of one page as a person with these cookies sees it."""
    report = FOLDER / f"{name}.json"
    command = [
        *(str(PROGRAM), url, "--quiet", "--output=json", f"--output-path={report}"),
        f"--only-categories={','.join(LEAST)}",
        "--chrome-flags=--headless --no-sandbox --disable-background-networking",
    ]
    if cookies:
        command.append(f"--extra-headers={json.dumps({'Cookie': cookies})}")
    chromium = {"CHROME_PATH": find_chromium()} if find_chromium() else {}
    for _ in range(_TRIES):
        done = subprocess.run(command, check=False, timeout=240, env={**os.environ, **chromium})
        if done.returncode == 0:
            return _scores(report)
    raise AssertionError(f"Lighthouse could not load {url}")


def _scores(report: Path) -> dict[str, int]:
    found = json.loads(report.read_text())
    return {name: round(100 * found["categories"][name]["score"]) for name in LEAST}
