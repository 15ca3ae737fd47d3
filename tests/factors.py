"""Second factors of made-up people, added as the pages do."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from images.models import User
from images.services import factors
from images.services.factor_secrets import belonging_to
from images.vocabulary import FactorKind

APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # made up


def give_app(person: User, secret: str = APP_SECRET) -> Authenticator:
    """Store an authenticator app with a known secret; no event, no recovery codes."""
    with belonging_to(person.pk, FactorKind.APP):
        factor: Authenticator = TOTP.activate(person, secret).instance
    return factor


def give_codes(person: User) -> list[str]:
    """Make recovery codes for a person with a factor, and return them."""
    factors.make_codes(actor=person)
    return factors.codes_of(person)


def give_every_factor(person: User) -> None:
    """Store one factor of each kind, and recovery codes; the passkey answers nothing."""
    give_app(person)
    Authenticator.objects.create(user=person, type="webauthn", data={"name": "Laptop"})
    give_codes(person)
