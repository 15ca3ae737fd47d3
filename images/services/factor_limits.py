"""How often somebody may guess at a person's second factor."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.mfa.base.internal.flows import check_rate_limit
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from images.models import User
from images.services.refusal import NotAllowed


class TooManyTries(NotAllowed):
    """There were too many tries in a short time; this one was not looked at."""


@contextmanager
def limited_tries(person: User) -> Iterator[None]:
    """Count a try; one that ends well takes the count back. Raises TooManyTries.

    The limit is allauth's `login_failed` of ACCOUNT_RATE_LIMITS: per person and per address.
    """
    try:
        forget = check_rate_limit(person)
    except ValidationError as error:
        raise TooManyTries(_("There were too many tries. Wait five minutes.")) from error
    yield
    forget()
