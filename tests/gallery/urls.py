"""The product's addresses, and some that fail: where every error page can be looked at."""

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from images.views import errors, styleguide


def broken(request: HttpRequest) -> HttpResponse:
    raise LookupError


def outage(request: HttpRequest) -> HttpResponse:
    raise OperationalError


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


urlpatterns: list[URLPattern | URLResolver] = [
    path("fails/400/", suspicious),
    path("fails/413/", errors.too_large),
    path("fails/500/", broken),
    path("fails/503/", outage),
    path("styleguide/", styleguide.index, name="styleguide"),
    path("", include("images.urls")),
]
handler400 = "images.views.errors.bad_request"
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler500 = "images.views.errors.server_error"
