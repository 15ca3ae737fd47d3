"""How pages answer: the whole page, or only its part when htmx asks."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from images.models import User
from images.services.sessions import Standing


class ConsoleRequest(HttpRequest):
    """A request of a signed-in person, with what the middleware adds."""

    user: User
    htmx: HtmxDetails
    session_standing: Standing


def is_fragment(request: ConsoleRequest) -> bool:
    htmx = request.htmx
    return bool(htmx) and not (htmx.boosted or htmx.history_restore_request)


def answer(
    request: ConsoleRequest,
    page: str,
    context: dict[str, Any],
    *,
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the page, or only `part` (a template beside it) when htmx asks.

    Without `part` it is the page's own name with an underscore: new.html -> _new.html.
    """
    folder, _, name = page.rpartition("/")
    template = f"{folder}/{part or '_' + name}" if is_fragment(request) else page
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def go_to(request: ConsoleRequest, url: str) -> HttpResponse:
    """Redirect after a POST, so that a reload sends nothing again; htmx follows as a page."""
    return HttpResponseClientRedirect(url) if is_fragment(request) else redirect(url)


def query_text(query: QueryDict, **changes: object) -> str:
    """Return `?…` with changes and without what is empty; "" when nothing is left."""
    kept = query.copy()
    for name, value in changes.items():
        kept[name] = "" if value is None else str(value)
    for name, values in list(kept.lists()):
        kept.setlist(name, [value for value in values if value])
    encoded = kept.urlencode()
    return f"?{encoded}" if encoded else ""


def way_back(request: HttpRequest) -> str:
    """Return the address of ours that a form's `next` names; the home page for any other."""
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else "/"


def scp_language() -> str:
    """Return the Accept-Language for SCP that fits the page's language.

    Source: SCP API reference, section 4.
    """
    return "ko-KR" if (get_language() or "").startswith("ko") else "en-US"
