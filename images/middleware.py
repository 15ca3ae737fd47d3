import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from images.origin import NOWHERE, Origin, set_origin

_ADDRESS = re.compile(r"[0-9A-Fa-f.:]{1,45}")


class OriginMiddleware:
    """Give each HTTP request an id, and note whence it came for the records it makes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        origin = Origin(
            address=address if _ADDRESS.fullmatch(address) else "",
            request_id=str(uuid.uuid4()),
        )
        set_origin(origin)
        try:
            response = self.get_response(request)
        finally:
            set_origin(NOWHERE)
        response["X-Request-ID"] = origin.request_id
        return response


class PrivateMiddleware:
    """Keep what signed-in people see out of every cache, the browser's own included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
