"""All addresses: the app's, and nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("images.urls"))]

handler400 = "images.views.errors.bad_request"
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler429 = "images.views.errors.limited"  # allauth's, for too many tries
handler500 = "images.views.errors.server_error"
