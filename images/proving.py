"""When the person of a session last proved who they are: by signing in, or again since then."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

_PROVEN_AT = "proven_at"
_ELSEWHERE_AT = "proven_elsewhere_at"


def note_elsewhere(request: HttpRequest, at: object) -> None:
    """Keep with the request when its person signed in at the single sign-on service, in seconds
    since 1970: that may be long ago. Anything but a number, and it is not known."""
    known = isinstance(at, int | float) and not isinstance(at, bool)
    vars(request)[_ELSEWHERE_AT] = at if known else None


def note_proof(request: HttpRequest) -> None:
    """Keep in the session that its person proved who they are: just now, or when the single
    sign-on service says that they did."""
    now = timezone.now().timestamp()
    at = vars(request).get(_ELSEWHERE_AT, now)
    if at is not None:
        request.session[_PROVEN_AT] = min(at, now)


def is_proven_lately(request: HttpRequest) -> bool:
    """Whether that was within ACCOUNT_REAUTHENTICATION_TIMEOUT, in seconds."""
    proven_at = request.session.get(_PROVEN_AT)
    if proven_at is None:
        return False
    seconds = timezone.now().timestamp() - proven_at
    return bool(abs(seconds) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
