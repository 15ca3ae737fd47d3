"""Who works with a second factor alone: setting SECOND_FACTOR_ROLES. docs/second-factor.md."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from images.models import User
from images.second_step import came_with_second
from images.services.factors import must_have, second_factors

# What anybody signed in may do all the same.
_ALWAYS = frozenset({"account_logout", "account-theme", "set_language"})
# What leads to a first factor.
_ADDING = frozenset(
    {
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_creation",
        "mfa_index",
        "mfa_totp_picture",
    }
)
# What shows one that is there. Adding another one is not among it: else a session that knows the
# password alone would add its own.
_SHOWING = frozenset({"mfa_question", "mfa_reauthenticate"})


class SecondFactorMiddleware:
    """Lead whoever needs a second factor to adding one, or to showing it in a session that has
    not. A role is looked at with each request, so a new one counts at the next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        person = request.user
        if not getattr(view_func, "login_required", True) or not isinstance(person, User):
            return None
        if not must_have(person):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if not second_factors(person).exists():
            return None if name in _ALWAYS | _ADDING else _lead(request, reverse("mfa_index"))
        if name in _ALWAYS | _SHOWING or came_with_second(request, person):
            return None
        back = request.get_full_path() if request.method in ("GET", "HEAD") else resolve_url("home")
        return _lead(request, f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}")


def _lead(request: HttpRequest, url: str) -> HttpResponseBase:
    """Go there as a page. A part of one stays empty, and its page says that it is over."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if not htmx or htmx.boosted or htmx.history_restore_request:
        return redirect(url)
    return HttpResponse(status=401) if request.method == "GET" else HttpResponseClientRedirect(url)
