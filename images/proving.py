"""When the person of a session last proved who they are: by signing in, or again since then."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

_PROVEN_AT = "proven_at"


def note_proof(request: HttpRequest) -> None:
    """Keep in the session that its person proved who they are just now."""
    request.session[_PROVEN_AT] = timezone.now().timestamp()


def is_proven_lately(request: HttpRequest) -> bool:
    """Whether that was within ACCOUNT_REAUTHENTICATION_TIMEOUT, in seconds."""
    proven_at = request.session.get(_PROVEN_AT)
    if proven_at is None:
        return False
    seconds = timezone.now().timestamp() - proven_at
    return bool(abs(seconds) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
