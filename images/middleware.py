import logging
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from images.charset import UNREADABLE
from images.client_address import client_address
from images.hashing import TooBusy
from images.origin import NOWHERE, Origin, set_actor, set_origin
from images.views import errors
from images.views.carried import carried

logger = logging.getLogger(__name__)


class OriginMiddleware:
    """Give each HTTP request an id, and note whence it came for the records it makes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = Origin(address=client_address(request), request_id=str(uuid.uuid4()))
        set_origin(origin)
        began = time.monotonic()
        try:
            response = self.get_response(request)
            _log(request, response, began)
        finally:
            set_origin(NOWHERE)
        response["X-Request-ID"] = origin.request_id
        return response


def _log(request: HttpRequest, response: HttpResponse, began: float) -> None:
    """One line for each request; of files and probes only when something is wrong."""
    is_noise = request.path.startswith((settings.STATIC_URL, "/healthz", "/readyz"))
    level = logging.DEBUG if is_noise and response.status_code < 400 else logging.INFO
    facts = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "duration_ms": round((time.monotonic() - began) * 1000),
    }
    logger.log(level, "request", extra=facts)


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page needs sign-in. htmx never gets the sign-in page as a part of another.

    A read, such as a poll, or the keeping of a draft is answered 401, on which the page says that
    the session is over and leaves its form alone; an act is led to sign-in and back to the page
    it came from. What was typed for an image is not thrown away with a page's POST, either.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None and getattr(view_func, "login_required", True):
            set_actor(str(request.user.pk))
        return answer

    def handle_no_permission(  # type: ignore[override]  # Django passes any answer on
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if not htmx or htmx.boosted or htmx.history_restore_request:
            page = carried(request, is_signed_out=True) if request.method == "POST" else None
            return page or super().handle_no_permission(request, view_func)
        match = request.resolver_match
        if request.method == "GET" or (match and match.url_name == "draft-keep"):
            return HttpResponse(status=401)
        is_form = match is not None and match.url_name not in errors.ACTS
        place = request.get_full_path() if is_form else htmx.current_url_abs_path
        back = urlencode({"next": place or "/"})
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


class BodyMiddleware:
    """Refuse a body that no page of ours sends, before anybody reads it.

    Too large a body never reaches memory or disk; one that is not UTF-8 is not guessed at.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _announced_bytes(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return errors.too_large(request)
        if UNREADABLE in request.META:
            return errors.bad_request(request)
        return self.get_response(request)


class MethodMiddleware:
    """Put a page in place of the blank answer to a method that an address does not take."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        return errors.not_allowed(request, allow=response["Allow"])


class BusyMiddleware:
    """Answer with a page where a password was not looked at, because too many others are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.busy(request) if isinstance(exception, TooBusy) else None


def _announced_bytes(request: HttpRequest) -> int:
    """Return the body's length; a body without one is never read, as Django takes it for empty."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0
