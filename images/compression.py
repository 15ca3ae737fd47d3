from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageGzipMiddleware(GZipMiddleware):
    """Send pages compressed. Files, such as exports, keep their bytes and their length.

    What compression could betray (BREACH) is not in a page: the form token is masked anew for each
    answer, keys and sessions are never shown, and Django pads each answer by a random length.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
