"""Error pages. Each says one whole sentence and what to do; none shows an exception."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from images.origin import current_origin
from images.services import refusals, sign_ins
from images.views.carried import carried

# Addresses that take only POST; the page that offers the act is one step up.
ACTS = frozenset(
    {
        "account-theme",
        "account_logout",
        "draft-keep",
        "draft-start-over",
        "key-disable",
        "key-test",
        "mfa_codes_kept",
        "mfa_creation",
        "mfa_leave",
        "mfa_login_webauthn",
        "person-disable",
        "person-enable",
        "person-factors",
        "person-reset",
        "person-role",
        "person-sessions",
        "request-look",
        "request-withdraw",
        "server-refresh",
        "session-end",
        "session-end-others",
        "session-stay",
    }
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.user.is_authenticated:
        refusals.note_forbidden(actor=request.user, method=request.method or "", path=request.path)
    return render(request, "403.html", {"sentence": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def not_allowed(request: HttpRequest, *, allow: str) -> HttpResponse:
    """Say that the address takes other methods: those in `allow`, as in the header of that name."""
    response = render(request, "405.html", status=405)
    response["Allow"] = allow
    return response


def not_let_in(request: HttpRequest, *, sentence: str) -> HttpResponse:
    """Say why a sign-in that was no matter of a password ends here."""
    return render(request, "accounts/not_let_in.html", {"sentence": sentence}, status=403)


def limited(request: HttpRequest, *, name: str = "") -> HttpResponse:
    """Say that somebody tried too often. `name` is whose account it is about, if anybody's."""
    sign_ins.record_limit(name=name or request.user.get_username(), path=request.path)
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(sign_ins.LIMIT_SECONDS)
    return response


def busy(request: HttpRequest) -> HttpResponse:
    """Say that too many passwords are being looked at. Nothing was done."""
    response = render(request, "accounts/busy.html", status=503)
    response["Retry-After"] = "5"
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    return render(request, "413.html", status=413)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show a plain page that needs neither database nor session.

    A database that is locked or away is 503: nothing is broken, and nothing was done.
    """
    is_outage = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if is_outage else 500
    text = render_to_string(f"{status}.html", {"request_id": current_origin().request_id})
    return HttpResponse(text, status=status)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before a new sign-in: lead back to it. Nothing was done.

    What was typed goes along only when the browser says that a page of ours sent it: another
    site's forgery brings no text into our pages.
    """
    if request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}":
        page = carried(request, is_signed_out=not request.user.is_authenticated)
        if page is not None:
            return page
    return render(request, "403_csrf.html", {"back_url": _page(request)}, status=403)


def form_address(request: HttpRequest) -> str:
    """Return where to open again what was asked for here: this page, or the one with the act."""
    is_read = request.method in ("GET", "HEAD")
    return request.get_full_path() if is_read else _page(request)


def _page(request: HttpRequest) -> str:
    match = request.resolver_match
    if match and match.url_name in ACTS:
        return f"{request.path.rstrip('/').rpartition('/')[0]}/"
    return request.get_full_path()
