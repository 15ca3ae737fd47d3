"""All addresses: the app's, and the style guide while DEBUG is on."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from images.views import styleguide

urlpatterns: list[URLPattern | URLResolver] = [path("", include("images.urls"))]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.index, name="styleguide"))

handler400 = "images.views.errors.bad_request"
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler429 = "images.views.errors.limited"  # allauth's, for too many tries
handler500 = "images.views.errors.server_error"
