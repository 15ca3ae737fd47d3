from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from images.forms.fields import UncutCharField
from images.image_names import name_fault


def _legal(name: str) -> None:
    if fault := name_fault(name):
        raise forms.ValidationError(fault)


class ImageRequestForm(forms.Form):
    """One wish for one image: its name, why, and a token that makes the wish countable."""

    image_name = UncutCharField(
        label=_("Image name"),
        validators=[_legal],
        help_text=_(
            "English letters, digits, spaces, - and _, at most 255 characters. The ending is the "
            "request's short id; keep it, so that the image can be found by its name."
        ),
        error_messages={"required": _("Enter a name for the image.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = UncutCharField(
        label=_("Reason"),
        max_length=1000,
        error_messages={
            "required": _("Enter the reason for this request."),
            "max_length": _("The reason is too long. Use 1000 characters at most."),
        },
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Auditors read it beside the image for as long as the history is kept."),
    )
    ticket = UncutCharField(
        label=_("Ticket"),
        max_length=100,
        required=False,
        help_text=_("A change or incident number."),
        error_messages={"max_length": _("The ticket is too long. Use 100 characters at most.")},
    )
    form_token = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": _("This form is incomplete. Open it afresh."),
            "invalid": _("This form is incomplete. Open it afresh."),
        },
    )

    def __init__(self, *args: Any, is_broken: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_broken:
            self.fields["confirm_state"] = forms.BooleanField(
                label=_("Create an image although SCP reports an error on this server."),
                error_messages={
                    "required": _("SCP reports an error on this server. Confirm it to go on.")
                },
            )
