from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from images.forms.accounts import PASSWORD_RULES
from images.forms.fields import UncutCharField
from images.models import User
from images.vocabulary import Role

NO_ROLE = "none"
BAD_NAME = _("Use only letters, digits and @ . + - _ in the user name.")
_ROLE_ERRORS = {
    "required": _("Choose a role."),
    "invalid_choice": _("Choose one of the roles shown."),
}


def _password_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Enter the new password in both fields.")},
    )


class PeopleForm(forms.Form):
    """The filter of the people page, as it stands in the address."""

    q = forms.CharField(
        label=_("Name or e-mail"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"type": "search", "data-search": "", "autocomplete": "off"}),
    )

    @property
    def text(self) -> str:
        """What was understood; too long a text narrows nothing."""
        self.is_valid()
        return str(self.cleaned_data.get("q", ""))


class LinkForm(forms.Form):
    """Whether the link goes by mail; asked only where the settings allow it."""

    by_mail = forms.BooleanField(
        label=_("Send the link by e-mail instead of showing it here"), required=False
    )

    def __init__(self, *args: Any, has_mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_mail:
            del self.fields["by_mail"]

    @property
    def wants_mail(self) -> bool:
        return bool(self.cleaned_data.get("by_mail"))


class InvitationForm(LinkForm):
    """Who is invited, and as what. A password is not asked: the person sets it."""

    field_order = ("name", "email", "role", "by_mail")

    name = UncutCharField(
        label=_("User name"),
        max_length=150,
        help_text=_("What the person signs in with. Letters, digits and @ . + - _ only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        validators=[UnicodeUsernameValidator(message=BAD_NAME)],
        error_messages={
            "required": _("Enter a user name."),
            "max_length": _("The user name is too long. Use 150 characters at most."),
        },
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Needed only for single sign-on and for a link by e-mail."),
        error_messages={"invalid": _("Enter an e-mail address such as alice@example.com.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[("", _("Choose a role")), *(each for each in Role.choices if each[0])],
        error_messages=_ROLE_ERRORS,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("by_mail") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", _("Enter the address that the link is to be sent to."))
        return cleaned


class RoleForm(forms.Form):
    """The role that a person is to have; "none" takes it away."""

    role = forms.TypedChoiceField(
        label=_("Role"),
        choices=[(role.value or NO_ROLE, role.label) for role in Role],
        coerce=lambda value: Role("" if value == NO_ROLE else value),
        error_messages=_ROLE_ERRORS,
    )


class NewPasswordForm(forms.Form):
    """The password that a person sets with a link, typed twice. `person` is whose it will be."""

    password = _password_field(_("New password"))
    again = _password_field(_("New password again"))

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person
        self.fields["password"].help_text = PASSWORD_RULES

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self._person)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password"), cleaned.get("again")
        if first and second and first != second:
            self.add_error("again", _("The two passwords are not the same."))
        return cleaned
