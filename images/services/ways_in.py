"""Who could sign in right now: by a password, by a passkey, or by single sign-on."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from images.models import User


def who_can_sign_in(people: QuerySet[User]) -> QuerySet[User]:
    """Return those of `people` who have a way in.

    An account of a service that the settings do not name (any more) is none.
    """
    passkeys = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.WEBAUTHN)
    issuer = settings.OIDC_ISSUER
    single_sign_on = SocialAccount.objects.filter(user=OuterRef("pk"), extra_data__iss=issuer)
    has_password = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    found = people.filter(has_password | Exists(passkeys) | Exists(single_sign_on))
    return found.filter(is_active=True)
