"""Headers that every answer carries: pages, parts, refusals, downloads and files alike."""

from collections.abc import Callable

from django.contrib.auth import user_logged_out
from django.http import HttpRequest, HttpResponse

# What no page of ours uses is refused to all of them; passkeys are for our own pages alone.
_DENIED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
    *("encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
    *("idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment"),
    *("picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
_OUR_OWN = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS = ", ".join(
    [*(f"{name}=()" for name in _DENIED), *(f"{name}=(self)" for name in _OUR_OWN)]
)
# Not "cookies": that would take the language, the theme, and the cookies of neighbour hosts, too.
# Django deletes the session's own.
CLEARED = '"cache", "storage"'


class HeadersMiddleware:
    """Stands outside of all that may answer, so that no answer goes without."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = PERMISSIONS
        if getattr(request, "has_signed_out", False):
            response["Clear-Site-Data"] = CLEARED
        return response


def connect() -> None:
    """Notice a sign-out, whichever page or library does it."""
    user_logged_out.connect(_went, dispatch_uid="clear-site-data")


def _went(*, request: HttpRequest, **kwargs: object) -> None:
    request.has_signed_out = True  # type: ignore[attr-defined]  # read by the middleware above
