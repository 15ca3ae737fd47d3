import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from images.forms.fields import OnceInput, UncutCharField
from images.visible import visible

_VERSION = re.compile(r"1\.[0-9]{1,3}")
# What may stand in an HTTP header without doubt; SCP's keys are letters and digits.
_no_spaces = RegexValidator(
    r"\A[!-~]+\Z", _("Use only letters, digits and signs without spaces, as SCP shows them.")
)
OTHER = "other"
_ALIAS_ERRORS = {
    "required": _("Enter an alias for the key."),
    "max_length": _("The alias is too long. Use 60 characters at most."),
}


def _no_hiding(text: str) -> None:
    """Refuse what would not be seen, or turns the text round it, wherever the alias is shown."""
    if visible(text) != text:
        raise forms.ValidationError(_("Leave out control characters."))


class VersionFields(forms.Form):
    """The choice of an API version: one of the known, or another that the host lists."""

    api_version = forms.ChoiceField(
        label=_("API version"),
        widget=forms.RadioSelect,
        choices=[(OTHER, OTHER)],
        error_messages={
            "required": _("Choose an API version."),
            "invalid_choice": _("Choose one of the versions shown."),
        },
        help_text=_(
            "State and date are what the key's host said last, or else what SCP's documents say. "
            "A test of the key asks the host."
        ),
    )
    other_version = UncutCharField(
        label=_("Another version"),
        required=False,
        max_length=10,
        help_text=_("A newer version, such as 1.6. SCP's host is asked whether it lists it."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, versions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["api_version"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = [*versions, (OTHER, _("Another version that the host lists"))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("api_version") != OTHER:
            return cleaned
        number = cleaned.get("other_version", "").strip()
        if not _VERSION.fullmatch(number):
            self.add_error("other_version", _("Enter a version such as 1.6."))
        else:
            cleaned["api_version"] = number
        return cleaned


class ExpiryField(forms.Form):
    """The last day of a key. One that has passed is taken only where it stood already."""

    expires_on = forms.DateField(
        label=_("Expiry date"),
        required=False,
        error_messages={"invalid": _("Enter a date such as 2027-06-30.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("On the day after it the console stops using the key."),
    )

    def clean_expires_on(self) -> Any:
        day = self.cleaned_data["expires_on"]
        if day and day < timezone.localdate() and day != self.initial.get("expires_on"):
            raise forms.ValidationError(_("This date has passed."))
        return day


class ProductionField(forms.Form):
    """Whether the key's account carries production."""

    is_production = forms.BooleanField(
        label=_("This is a production account"),
        required=False,
        help_text=_("Pages of this key, and the button that creates an image, then say so."),
    )


class NewKeyForm(VersionFields, ExpiryField, ProductionField):
    """A key as a person types it. The secret is never sent back to the browser."""

    alias = UncutCharField(
        label=_("Alias"),
        max_length=60,
        validators=[_no_hiding],
        error_messages=_ALIAS_ERRORS,
        help_text=_("How you and the history call this key."),
    )
    place = forms.ChoiceField(
        label=_("Environment and region"),
        error_messages={
            "required": _("Choose an environment and region."),
            "invalid_choice": _("Choose one of the environments and regions shown."),
        },
    )
    access_key = UncutCharField(
        label=_("Access key"),
        max_length=200,
        validators=[_no_spaces],
        error_messages={
            "required": _("Enter the access key."),
            "max_length": _("The access key is too long. Use 200 characters at most."),
        },
        widget=OnceInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret_key = UncutCharField(
        label=_("Secret key"),
        max_length=400,
        validators=[_no_spaces],
        error_messages={
            "required": _("Enter the secret key."),
            "max_length": _("The secret key is too long. Use 400 characters at most."),
        },
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=_(
            "Stored encrypted and never sent back to the browser. When the form has to be "
            "corrected, enter both keys again."
        ),
    )
    field_order = ["alias", "place", "is_production", "access_key", "secret_key", "expires_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = [
            (f"{environment}/{region}", f"{environment} / {region}")
            for environment, regions in settings.SCP_ENVIRONMENTS.items()
            for region in regions
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "place" in cleaned:
            cleaned["environment"], _slash, cleaned["region"] = cleaned["place"].partition("/")
        return cleaned


class EditKeyForm(VersionFields, ExpiryField, ProductionField):
    alias = UncutCharField(
        label=_("Alias"),
        max_length=60,
        validators=[_no_hiding],
        error_messages=_ALIAS_ERRORS,
    )
    field_order = ["alias", "is_production", "expires_on"]
