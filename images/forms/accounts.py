from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm
from django import forms
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth carries no types
    """User name and password. One sentence for every failure: it tells nobody who exists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["login"]
        name.label = _("User name")
        name.error_messages["required"] = _("Enter your user name.")
        name.widget.attrs["autofocus"] = True
        del name.widget.attrs["placeholder"]
        _dress_password(self.fields["password"])

    def add_prefix(self, field_name: str) -> str:
        """Call the name's input what password managers know it by."""
        return "username" if field_name == "login" else field_name


class ProofForm(ReauthenticateForm):  # type: ignore[misc]  # allauth carries no types
    """The password once more, of who is signed in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_password(self.fields["password"])


def _dress_password(field: forms.Field) -> None:
    field.label = _("Password")
    field.help_text = ""
    field.error_messages["required"] = _("Enter your password.")
    del field.widget.attrs["placeholder"]
