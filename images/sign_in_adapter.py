"""How django-allauth behaves here: who may come in, what counts as too often, and no more."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images.client_address import client_address
from images.models import User
from images.services import sign_ins
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
