"""Sessions end: after a while without their person, and after so many hours in any case."""

from collections.abc import Callable

from django.contrib.auth import user_logged_in, user_logged_out
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from images.models import User
from images.services import sessions

# A request with this header is no sign of a person: a page asks by itself (polling.js).
POLL_HEADER = "Console-Poll"


class SessionLimitsMiddleware:
    """End a session that is over before anything is served to it; note that its person is here.

    Stands after the middleware that finds out who it is, and before all that let somebody in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key, person = request.session.session_key, request.user
        if not key or not isinstance(person, User):
            return self.get_response(request)
        _hold_to_limits(request, person, key)
        response = self.get_response(request)
        new_key = request.session.session_key
        if new_key and new_key != key and request.user == person:
            sessions.follow(old_key=key, new_key=new_key)
        return response


def connect() -> None:
    """Follow who comes and goes, whichever page or library signs people in."""
    user_logged_in.connect(_came, dispatch_uid="session-began")
    user_logged_out.connect(_went, dispatch_uid="session-over")


def browser_of(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))


def _hold_to_limits(request: HttpRequest, person: User, key: str) -> None:
    standing = sessions.standing_of(person, key)
    if standing is None:
        sessions.forget(key)
        request.session.flush()
        request.user = AnonymousUser()
        return
    if POLL_HEADER not in request.headers:
        standing = sessions.see(standing, browser=browser_of(request))
    request.session_standing = standing  # type: ignore[attr-defined]  # http.ConsoleRequest has it


def _came(*, request: HttpRequest, user: User, **kwargs: object) -> None:
    key = request.session.session_key
    if key and sessions.forget(key):
        request.session.cycle_key()  # signed in anew without signing out: a new id as well
    elif not key:
        request.session.save()
    sessions.begin(
        person=user, session_key=request.session.session_key or "", browser=browser_of(request)
    )


def _went(*, request: HttpRequest, **kwargs: object) -> None:
    if request.session.session_key:
        sessions.forget(request.session.session_key)
