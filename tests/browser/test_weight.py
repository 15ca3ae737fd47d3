"""What a page costs over the wire: 40 KB for the first one, 8 KB for each later one, compressed.

HTML, CSS and JavaScript count, as the running product sends them; icons and pictures do not.
"""

import gzip
import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Product, sign_in

pytestmark = pytest.mark.browser
FIRST_LOAD, LATER = 40 * 1024, 8 * 1024
_FILES = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"')
_NEXT_REQUEST = re.compile(r'href="(/requests/[0-9a-f-]{36}/)"')


class Wire:
    """Reads addresses with somebody's cookies and counts the bytes that come."""

    def __init__(self, product: Product, cookies: str) -> None:
        self._host = urlsplit(product.url).netloc
        self._cookies = cookies

    def body(self, path: str) -> bytes:
        """Return the bytes as sent; they must be compressed."""
        headers = {"Accept-Encoding": "gzip", "Cookie": self._cookies}
        with closing(http.client.HTTPConnection(self._host, timeout=20)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip"), path
            return answer.read()

    def files_of(self, page: str) -> Iterator[str]:
        yield from sorted(set(_FILES.findall(page)))


@pytest.fixture
def alice(page: Page, product: Product) -> Wire:
    sign_in(page, product, "operator")
    cookies = page.context.cookies()
    return Wire(product, "; ".join(f"{each['name']}={each['value']}" for each in cookies))


def unpacked(body: bytes) -> str:
    return gzip.decompress(body).decode()


def test_the_first_page_is_light(alice: Wire) -> None:
    page = alice.body("/servers/")
    assert unpacked(page).count('<th scope="row"') == 50  # a full page of the list
    files = alice.files_of(unpacked(page))
    parts = {path: len(alice.body(path)) for path in files}
    # The style sheet, htmx, our own script, and that for toasts while something is under way.
    assert len(parts) <= 4, parts
    assert sum(parts.values()) + len(page) <= FIRST_LOAD, {"page": len(page), **parts}


def test_later_pages_are_lighter(alice: Wire) -> None:
    requests = unpacked(alice.body("/requests/"))
    found = _NEXT_REQUEST.search(requests)
    pages = ["/servers/", "/requests/", "/history/", "/keys/", "/account/"]
    sizes = {path: len(alice.body(path)) for path in [*pages, *([found[1]] if found else [])]}
    assert max(sizes.values()) <= LATER, sizes


def test_the_sign_in_page_is_light(product: Product) -> None:
    stranger = Wire(product, "")
    page = stranger.body("/login/")
    parts = [len(stranger.body(path)) for path in stranger.files_of(unpacked(page))]
    assert len(page) + sum(parts) <= FIRST_LOAD / 2, (len(page), parts)


def test_the_style_sheet_is_one_file(product: Product) -> None:
    stranger = Wire(product, "")
    sheet = next(
        path for path in stranger.files_of(unpacked(stranger.body("/login/"))) if ".css" in path
    )
    rules = unpacked(stranger.body(sheet))
    assert "@import" not in rules
    assert "@layer components" in rules
    assert ".badge" in rules
