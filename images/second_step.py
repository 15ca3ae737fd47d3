"""What a session has proved beside a password, by allauth's record of how its person came in."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from images.models import User

_METHOD = "mfa"


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


def came_with_second(request: HttpRequest, person: User) -> bool:
    """Whether this session has shown a second factor: at its sign-in or later."""
    records = get_authentication_records(request, person)
    return any(record["method"] == _METHOD for record in records)
