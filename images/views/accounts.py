"""Sign-in and what a person sets for themself. Language and theme live in cookies."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access import with_role
from images.forms.accounts import SignInForm
from images.http import ConsoleRequest, answer, is_fragment
from images.shortcuts import CHOICES, keep_shortcuts
from images.themes import THEME_COOKIE, THEMES

_YEAR = 365 * 24 * 60 * 60


class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    http_method_names = ["post"]


def open_to_all(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view of Django's own as reachable before sign-in, for POST alone."""
    return login_not_required(require_POST(view))


@require_safe
@with_role
def index(request: ConsoleRequest) -> HttpResponse:
    return render(request, "accounts/account.html")


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie, so that the server renders it without a flash."""
    response = HttpResponseRedirect(_way_back(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=_YEAR, secure=request.is_secure(), samesite="Lax"
        )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@with_role
def shortcuts(request: ConsoleRequest) -> HttpResponse:
    """Show the keys that act on pages, or keep in a cookie whether they do."""
    if request.method != "POST":
        page = request.htmx.current_url_abs_path if is_fragment(request) else ""
        return answer(request, "accounts/shortcuts.html", {"next": page or request.path})
    response = HttpResponseRedirect(_way_back(request))
    chosen = request.POST.get("shortcuts", "")
    if chosen in CHOICES:
        keep_shortcuts(response, chosen, is_secure=request.is_secure())
    return response


def _way_back(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else "/"
