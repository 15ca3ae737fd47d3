"""A character set that is not ours meets the page for what we do not understand, never a 500."""

import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse

from images.charset import only_utf8
from tests.pages.reading import words

pytestmark = pytest.mark.django_db

FORM, FILES = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
NOT_UNDERSTOOD = "The console did not understand what the browser sent. Nothing was done."


def call(method: str, content_type: str, *, query: str = "next=%ff") -> HttpResponse:
    """Call the product through its own door, as a web server does."""
    body = b"username=a"
    heads: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        heads.append(status)

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/login/",
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    content = b"".join(only_utf8(WSGIHandler())(environ, start))
    return HttpResponse(content, status=int(heads[0].split()[0]))


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD"])
@pytest.mark.parametrize("kind", [FORM, FILES, "text/plain"])
@pytest.mark.parametrize(
    "parameter",
    [
        "charset=hex",
        "charset=HEX",
        'charset="hex"',
        "ChArSeT = rot13",
        "charset=nonsense",
        "charset=idna",
        "charset=undefined",
        "charset=latin-1",
        "charset=utf-7",
        "charset=utf-8; charset=hex",
        "charset*=nonsense''utf-8",
        "charset*0=h; charset*1=ex",
        "boundary*=nonsense''x",
    ],
)
def test_another_one_is_not_understood(method: str, kind: str, parameter: str) -> None:
    page = call(method, f"{kind}; {parameter}")
    assert page.status_code == 400
    assert NOT_UNDERSTOOD in words(page)


@pytest.mark.parametrize("kind", ["", "text/plain", FORM, FILES])
@pytest.mark.parametrize("parameter", ["", "; charset=utf-8", ';charset="UTF-8"', "; a=b"])
def test_ours_and_none_are(kind: str, parameter: str) -> None:
    page = call("GET", kind + parameter, query="")
    assert page.status_code == 200
    assert "Sign in" in words(page)
