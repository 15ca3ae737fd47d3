"""What no page of ours sends: every address answers it in words, and never breaks.

Generated from the URLconf; which parameters an address takes is read off its own page.
"""

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from images.models import User
from images.vocabulary import Role
from tests.pages.reading import Answer, elements
from tests.pages.test_access import TABLE, Things, address, things_of
from tests.people import Browse, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deaf_scp")]

FORM = "application/x-www-form-urlencoded"
# More than any server lets through in an address.
LONG = "9" * 9_000
UNDERSTOOD = {200, 204, 301, 302, 400, 401, 403, 404, 405, 409, 413, 422, 429}
SIGN_IN = resolve(resolve_url(settings.LOGIN_URL)).url_name
NOT_READY = {"readyz"}  # no worker runs
# As they stand in an address or a form.
VALUES = {
    "nothing": "",
    "NUL": "%00",
    "no UTF-8": "%ff%fe%80",
    "half a character": "%ed%a0%80",
    "half an escape": "%zz%",
    "long": LONG,
    "a number too large": "9" * 40,
    "below zero": "-1",
    "foreign digits": "%d9%a3%ef%bc%93",
    "no number": "NaN",
    "no date": "0000-00-00",
    "the last date": "9999-12-31",
    "no id": "00000000-0000-0000-0000-000000000000",
    "an id as a name": f"urn:uuid:{uuid.UUID(int=1)}",
    "several lines": "a%0d%0ab%e2%80%a8c",
    "a formula": "%3d1%2b1",
    "a path": "..%2f..%2fetc%2fpasswd",
    "an address": "//evil.example/",
}
# Alone, so that no other parameter keeps it from being read.
ALONE = ("%00%ff", "9" * 400)
ALWAYS = {"next", "page", "key", "again", "q", "state", "show", "before", "after", "form_token"}


READ = [name for name in TABLE if "GET" in TABLE[name]]
# Not what reads nothing: it ends the session, or calls SCP in vain each time.
WRITTEN = [name for name in TABLE if "POST" in TABLE[name] if name not in {"logout", "key-test"}]


@pytest.fixture
def person(db: None) -> User:
    return make_person("person", Role.ADMINISTRATOR)


@pytest.fixture
def things(person: User) -> Things:
    return things_of(person)


@pytest.fixture
def browser(person: User, browse: Browse) -> Client:
    return browse(person)


@pytest.mark.parametrize("name", READ)
def test_in_the_address(browser: Client, things: Things, name: str) -> None:
    url = address(name, things)
    for query in _texts(_parameters(browser.get(url))):
        _check(name, browser.get(url.partition("?")[0], QUERY_STRING=query))


@pytest.mark.parametrize("name", WRITTEN)
def test_in_a_form(browser: Client, things: Things, name: str) -> None:
    url = address(name, things)
    for body in _texts(_parameters(browser.get(url))):
        _check(name, browser.generic("POST", url, body, content_type=FORM))


@pytest.mark.parametrize("name", WRITTEN)
def test_other_bodies(browser: Client, things: Things, name: str) -> None:
    for content_type, body in _bodies():
        url = address(name, things)
        _check(name, browser.generic("POST", url, body, content_type=content_type))


@pytest.mark.parametrize("name", WRITTEN)
def test_a_field_that_comes_twice(browser: Client, things: Things, name: str) -> None:
    """Which of two values counts is not for a proxy and the console to differ about."""
    body = "form_token=a&next=%2F&next=%2Fkeys%2F"
    answer = browser.generic("POST", address(name, things), body, content_type=FORM)
    assert answer.status_code == 400
    assert "did not understand" in answer.content.decode()


def _parameters(page: Answer) -> set[str]:
    """Return the names that the page's fields and links have."""
    found = set[str]()
    if not page.streaming and "html" in page.get("Content-Type", ""):
        for each in elements(page):
            if each.tag in {"input", "select", "textarea", "button"}:
                found.add(each.attributes.get("name", ""))
            query = urlsplit(each.attributes.get("href", "")).query
            found |= {key for key, _value in parse_qsl(query)}
    return found - {"", "csrfmiddlewaretoken"}


def _texts(own: set[str]) -> Iterator[str]:
    """Every value for all of the parameters at once, and some for each of the page's own."""
    names = sorted(own | ALWAYS)
    for value in VALUES.values():
        yield "&".join(f"{each}={value}" for each in names)
    yield "&".join(f"{each}=1&{each}=2&{each}" for each in names)
    yield "&".join(f"{each}[]=1&{each}[a][b]=2&{each}.c=3" for each in names)
    yield "&".join(f"a{number}={number}" for number in range(1_500))
    yield "&&&===&%00=%00&;;"
    for value in ALONE:
        yield from (f"{each}={value}" for each in sorted(own))


def _bodies() -> Iterator[tuple[str, bytes]]:
    part = b'--x\r\nContent-Disposition: form-data; name="reason"'
    multipart = "multipart/form-data; boundary=x"
    yield multipart, b""
    yield multipart, part
    yield multipart, part + b'; filename="../a"\r\n\r\na file in place of a text\r\n--x--\r\n'
    yield multipart, part + b"\r\n\r\n\x00\xff\r\n--x--\r\n"
    yield multipart, part + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--\r\n"
    yield "multipart/form-data", part
    yield "multipart/form-data; boundary=" + "y" * 300, part
    yield "application/json", b"[" * 20_000
    yield "application/json", b'{"reason": {"a": {"b": NaN}}, "reason": "\\ud800"}'
    yield "text/plain", b"\x00\xff" * 500
    yield "", b"reason=a"
    yield "\x00/\xff", b"reason=a"
    yield FORM, b"reason=" + b"a" * 100_000
    yield FORM, b"\x00\xff\xfe%00=%ff&reason=\xc3"


def _check(name: str, answer: Answer) -> None:
    """The test browser raises what a view does not catch; nothing may come so far."""
    where = answer.get("Location", "/")
    assert url_has_allowed_host_and_scheme(where, allowed_hosts={"testserver"}), where
    wanted = UNDERSTOOD | ({503} if name in NOT_READY else set())
    assert answer.status_code in wanted, (answer.status_code, answer.request)


PARTS = [
    *("%00", "%ff", "..", "%2e%2e%2f", "%2f", "9" * 400, "-1", "%d9%a3", "1e9", "%0d%0aX-Odd:%201"),
    *("\u202e", "{0}", "0", str(uuid.UUID(int=7)).upper(), "a" * 9_000, "%25s", ";", "%3f", " "),
]


def _has_arguments(name: str) -> bool:
    try:
        return not reverse(name)
    except NoReverseMatch:
        return True


# Where some part of the path is an argument, and one where none is.
WITH_PARTS = ["history", *(name for name in TABLE if _has_arguments(name))]


@pytest.mark.parametrize("name", WITH_PARTS)
def test_parts_of_the_path(browser: Client, things: Things, name: str) -> None:
    method = "GET" if name in READ else "POST"
    parts = address(name, things).partition("?")[0].split("/")
    for place in range(1, len(parts)):
        for part in PARTS:
            path = "/".join([*parts[:place], part, *parts[place + 1 :]])
            _check(name, browser.generic(method, path))


HEADERS: list[dict[str, Any]] = [
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://[::1/%00\xff"},
    {
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_TARGET": "\x00<b>",
        "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": "x",
    },
    {"HTTP_ACCEPT_LANGUAGE": "ko;q=9,\x00," + "x-" * 4_000},
    {"HTTP_COOKIE": "sessionid=\x00\xff; csrftoken=" + "a" * 5_000 + "; theme=<b>; =; ;"},
    {"HTTP_COOKIE": "django_language=../../x; theme=%00; timezone=Etc/None"},
    {"HTTP_REFERER": "http://testserver/%00\xff"},
    {"HTTP_X_FORWARDED_FOR": "\x00, 1.2.3.4, " + "9." * 4_000, "REMOTE_ADDR": "\x00"},
    {
        "HTTP_X_REQUESTED_WITH": "\xff",
        "HTTP_IF_MODIFIED_SINCE": "yesterday",
        "HTTP_RANGE": "bytes=9-1",
    },
    {"HTTP_IF_NONE_MATCH": '"' * 5_000, "HTTP_ACCEPT": "\x00/\xff;q=x"},
    {"CONTENT_LENGTH": "-1"},
    {"CONTENT_LENGTH": "9" * 30},
    {"CONTENT_LENGTH": "\u0663"},
    {"HTTP_HOST": "testserver:99999999"},
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "\x00<b>"},
]


@pytest.mark.parametrize(
    "name", ["home", SIGN_IN, "history", "server-list", "set_language", "key-new"]
)
def test_headers(browser: Client, things: Things, name: str) -> None:
    for headers in HEADERS:
        for method in ("GET", "POST"):
            _check(name, browser.generic(method, address(name, things), **headers))
