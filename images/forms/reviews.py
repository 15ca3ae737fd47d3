from django import forms
from django.utils.translation import gettext_lazy as _

from images.forms.fields import UncutCharField

_INCOMPLETE = _("This form is incomplete. Open it afresh.")


class SignOffForm(forms.Form):
    """What the reviewer says of the month, and a token that makes the sign-off countable."""

    comment = UncutCharField(
        label=_("Comment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What you looked at and what you found. It is kept with the sign-off."),
        error_messages={
            "required": _("Enter a comment: what you looked at and what you found."),
            "max_length": _("The comment is too long. Use 2000 characters at most."),
        },
    )
    token = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": _INCOMPLETE, "invalid": _INCOMPLETE},
    )
