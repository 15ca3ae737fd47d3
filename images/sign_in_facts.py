"""How a person signed in, as the event tells it."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from images.models import User

_METHODS = {"password": "password", "socialaccount": "single_sign_on"}


def sign_in_facts(request: HttpRequest, user: User) -> dict[str, str]:
    """Return the method, and the second factor where one was used: its type in allauth.mfa.

    Read from the steps that allauth notes in the session, of which the last ones are of this
    sign-in. Without any, as on the command line, nothing is told.
    """
    steps: list[dict[str, Any]] = get_authentication_records(request, user)
    if not steps:
        return {}
    last = steps[-1]
    if last.get("method") != "mfa":
        return {"method": _METHODS.get(str(last.get("method")), "other")}
    if last.get("passwordless") or len(steps) == 1:
        return {"method": "passkey"}
    first = _METHODS.get(str(steps[-2].get("method")), "other")
    return {"method": first, "second": str(last.get("type", ""))}
