"""Pages are sent compressed; everything else as it is."""

import gzip

from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from images.compression import PageGzipMiddleware
from tests.pages.reading import words

GZIP = {"accept-encoding": "gzip"}


def test_a_page_is_compressed_for_a_browser_that_takes_it(db: None, client: Client) -> None:
    plain = client.get(reverse("account_login"))
    packed = client.get(reverse("account_login"), headers=GZIP)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    page = HttpResponse(gzip.decompress(packed.content))
    assert "Sign in" in words(page)
    assert len(packed.content) < len(plain.content) / 2


def test_what_is_written_keeps_its_lines() -> None:
    page = "<ul>\n    <li>one</li>\n\n  <li>two</li>\n</ul><pre>{\n    1\n}</pre>" + " " * 300
    middleware = PageGzipMiddleware(lambda request: HttpResponse())
    sent = HttpResponse(page)
    middleware.process_response(RequestFactory().get("/", headers=GZIP), sent)
    text = gzip.decompress(sent.content).decode().strip()
    assert text == "<ul>\n<li>one</li>\n<li>two</li>\n</ul><pre>{\n    1\n}</pre>"


def test_files_and_streams_keep_their_bytes() -> None:
    text = "a line\n" * 100
    for answer in (
        HttpResponse(text, content_type="text/csv"),
        HttpResponse(text, content_type="application/json"),
        StreamingHttpResponse([text], content_type="text/html"),
    ):
        middleware = PageGzipMiddleware(lambda request: HttpResponse())
        sent = middleware.process_response(RequestFactory().get("/", headers=GZIP), answer)
        assert "Content-Encoding" not in sent
