"""What a session has proved beside a password, by allauth's record of how its person came in."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from images.models import User

_METHOD = "mfa"
_FIRST = "first_step"


def note_second(
    request: HttpRequest,
    factor: Authenticator,
    *,
    is_proof_again: bool = False,
    is_whole_sign_in: bool = False,
) -> None:
    """Keep in the session, and with the factor, that it was used just now."""
    post_authentication(
        request, factor, reauthenticated=is_proof_again, passwordless=is_whole_sign_in
    )


def note_first(request: HttpRequest, person: User) -> None:
    """Keep in the session under which password the first step was done."""
    request.session[_FIRST] = person.get_session_auth_hash()


def is_first_still_good(request: HttpRequest, person: User) -> bool:
    """Whether the person's password is the one of the first step: a change or a reset of it ends
    what began before, as it ends sessions."""
    return constant_time_compare(request.session.get(_FIRST, ""), person.get_session_auth_hash())


def came_with_second(request: HttpRequest, person: User) -> bool:
    """Whether this session has shown a second factor: at its sign-in or later."""
    records = get_authentication_records(request, person)
    return any(record["method"] == _METHOD for record in records)
