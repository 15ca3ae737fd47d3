"""How django-allauth behaves here: who may come in, what counts as too often, and no more."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images.client_address import client_address
from images.models import User
from images.services import sign_ins
from images.services.factors import second_factors
from images.views import errors

_NOT_RIGHT = _("The user name or the password is not right.")


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Nobody signs up, and nothing that is answered tells who has an account."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _NOT_RIGHT,
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("The password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Every answer is a page, whatever the browser says that it accepts."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_safe_url(self, url: str) -> bool:
        """Whether the way on is an address of ours: allauth takes other ports of the host, too,
        and plain http beside https."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count by the name alone: allauth's own key has the host in it, whose port and capitals
        the client chooses."""
        return str(credentials.get("username") or "").lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            name = str(credentials.get("username") or "")
            raise ImmediateHttpResponse(errors.limited(request, name=name)) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return who it is; a disabled account is as unknown as a wrong password."""
        user: User | None = super().authenticate(request, **credentials)
        return user if user and user.is_active else None

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        sign_ins.record_disabled(account=user)
        return errors.not_let_in(request, sentence=gettext("This account is disabled."))

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, str]]:
        """The ways to prove who one is, the first one as the usual one."""
        if not isinstance(user, User):
            return []
        ways = []
        if user.has_usable_password():
            url = reverse("account_reauthenticate")
            ways.append({"id": "password", "description": gettext("Use your password"), "url": url})
        if second_factors(user).exists():
            url = reverse("mfa_reauthenticate")
            sentence = gettext("Use your second factor")
            ways.append({"id": "second_factor", "description": sentence, "url": url})
        if settings.OIDC_ISSUER and SocialAccount.objects.filter(user=user).exists():
            sentence = gettext("Sign in with {name}").format(name=settings.OIDC_NAME)
            ways.append(
                {"id": "single_sign_on", "description": sentence, "url": reverse("single-sign-on")}
            )
        return ways
