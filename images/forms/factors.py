from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from images.forms.fields import OnceInput, UncutCharField

_no_controls = RegexValidator(
    r"\A[^\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]*\Z",
    _("Leave out control characters."),
)


class CodeForm(forms.Form):
    """A code of an authenticator app, or a recovery code; spaces in it do no harm."""

    code = UncutCharField(
        label=_("Code"),
        max_length=60,
        error_messages={
            "required": _("Enter the code."),
            "max_length": _("The code is too long."),
        },
        widget=OnceInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "autocapitalize": "off",
            }
        ),
    )

    def __init__(self, *args: Any, has_focus: bool = False, **kwargs: Any) -> None:
        """With `has_focus` one may type or paste at once."""
        super().__init__(*args, **kwargs)
        if has_focus:
            self.fields["code"].widget.attrs["autofocus"] = True


class AnswerForm(forms.Form):
    """What a browser answers for a passkey, as JSON; a script of ours puts it in."""

    credential = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": _("The browser gave no passkey. Start again.")},
    )


class NewPasskeyForm(AnswerForm):
    name = UncutCharField(
        label=_("Name"),
        required=False,
        max_length=60,
        validators=[_no_controls],
        error_messages={"max_length": _("The name is too long. Use 60 characters at most.")},
        help_text=_("How you call it here, such as “Laptop” or “Key on my key ring”."),
    )
    field_order = ["name"]
