"""Addresses beside the console's own that answer in every way there is; for the header tests."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path


@login_not_required
def with_status(request: HttpRequest, status: int) -> HttpResponse:
    return HttpResponse("so it is", status=status)


@login_not_required
def breaks(request: HttpRequest) -> HttpResponse:
    raise LookupError("a view that breaks")


@login_not_required
def streams(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_parts(), content_type="text/csv")


def _parts() -> Iterator[bytes]:
    yield b"a,b\n"


urlpatterns = [
    path("answers/<int:status>/", with_status),
    path("breaks/", breaks),
    path("streams/", streams),
    path("", include("images.urls")),
]
handler400 = "images.views.errors.bad_request"
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler500 = "images.views.errors.server_error"
