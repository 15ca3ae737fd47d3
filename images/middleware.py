import re
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

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


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page needs sign-in. htmx never gets the sign-in page as a part of another.

    A read, such as a poll, is answered 401, on which the page says that the session is over and
    leaves its form alone; an act is led to sign-in and back to the page it came from.
    """

    def handle_no_permission(  # type: ignore[override]  # Django passes any answer on
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if not htmx or htmx.boosted or htmx.history_restore_request:
            return super().handle_no_permission(request, view_func)
        if request.method == "GET":
            return HttpResponse(status=401)
        back = urlencode({"next": htmx.current_url_abs_path or "/"})
        return HttpResponseClientRedirect(f"{resolve_url(settings.LOGIN_URL)}?{back}")


class PrivateMiddleware:
    """Keep what signed-in people see out of every cache, the browser's own included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
