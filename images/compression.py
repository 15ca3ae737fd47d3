import re
from typing import TypeGuard

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_BETWEEN_TAGS = re.compile(rb">\s*\n\s*<")


class PageGzipMiddleware(GZipMiddleware):
    """Send pages compressed, without the templates' indentation between tags. Files, such as
    exports, keep their bytes and their length.

    What compression could betray (BREACH) is not in a page: the form token is masked anew for each
    answer, keys and sessions are never shown, and Django pads each answer by a random length.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not _is_page(response):
            return response
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = _BETWEEN_TAGS.sub(b">\n<", response.content)
        return super().process_response(request, response)


def _is_page(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    is_html = response.get("Content-Type", "").startswith("text/html")
    return is_html and isinstance(response, HttpResponse)
