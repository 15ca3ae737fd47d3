from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD_RULES = _(
    "12 to 128 characters of any kind; four unrelated words are good. Common passwords, "
    "and ones made of your name or names of this product alone, are refused."
)


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


class PasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth carries no types
    """The own password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password, once more"),
        }
        for name, label in labels.items():
            _dress_password(self.fields[name])
            self.fields[name].label = label
        self.fields["password1"].help_text = PASSWORD_RULES

    def clean_password2(self) -> str:
        again: str = self.cleaned_data["password2"]
        if again != self.cleaned_data.get("password1", again):
            raise forms.ValidationError(_("Type the same new password twice."))
        return again


class ProofForm(ReauthenticateForm):  # type: ignore[misc]  # allauth carries no types
    """The password once more, of who is signed in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress_password(self.fields["password"])
        self.fields["password"].widget.attrs["autofocus"] = True


def _dress_password(field: forms.Field) -> None:
    field.label = _("Password")
    field.help_text = ""
    field.error_messages["required"] = _("Enter your password.")
    del field.widget.attrs["placeholder"]
