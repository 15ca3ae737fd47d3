"""How often somebody may guess at a person's second factor."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.core import context
from allauth.core.internal.ratelimit import consume
from django.utils.translation import gettext as _

from images.models import User
from images.services.refusal import NotAllowed


class TooManyTries(NotAllowed):
    """There were too many tries in a short time; this one was not looked at."""


@contextmanager
def limited_tries(person: User) -> Iterator[None]:
    """Count a try; one that ends well is taken back, and no other. Raises TooManyTries.

    The limit is allauth's `login_failed` of ACCOUNT_RATE_LIMITS: per person and per address.
    allauth's own check would empty both counts: whoever comes in now and then could guess at
    everybody's passwords without end.
    """
    key = f"mfa-auth-user-{person.pk}"
    tried = consume(context.request, app="allauth.account", action="login_failed", key=key)
    if tried is None:
        raise TooManyTries(_("There were too many tries. Wait five minutes."))
    yield
    tried.rollback()
