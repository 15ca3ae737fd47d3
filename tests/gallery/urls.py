"""The product's addresses, and some that fail: where every error page can be looked at."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext

from images.views import accounts, errors, styleguide


def broken(request: HttpRequest) -> HttpResponse:
    raise LookupError


def outage(request: HttpRequest) -> HttpResponse:
    raise OperationalError


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


def not_let_in(request: HttpRequest) -> HttpResponse:
    return errors.not_let_in(request, sentence=gettext("This account is disabled."))


def sign_in_with_single_sign_on(request: HttpRequest) -> HttpResponse:
    """The sign-in page as it is where OIDC_ISSUER names a service."""
    service = {"OIDC_ISSUER": "https://id.example.com", "OIDC_NAME": "Example ID"}
    with override_settings(**service):
        page = accounts.SignIn.as_view()(request)
        rendered: HttpResponse = page.render()
    return rendered


urlpatterns: list[URLPattern | URLResolver] = [
    path("fails/400/", suspicious),
    path("fails/413/", errors.too_large),
    path("fails/429/", errors.limited),
    path("fails/500/", broken),
    path("fails/503/", outage),
    path("fails/busy/", login_not_required(errors.busy)),
    path("fails/not-let-in/", login_not_required(not_let_in)),
    path("with-single-sign-on/", login_not_required(sign_in_with_single_sign_on)),
    path("styleguide/", styleguide.index, name="styleguide"),
    path("", include("images.urls")),
]
handler400 = "images.views.errors.bad_request"
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler500 = "images.views.errors.server_error"
