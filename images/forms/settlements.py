from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from images.forms.fields import UncutCharField

NONE = "none"


class SettlementForm(forms.Form):
    """Which image belongs to the request, and why the person says so."""

    image_id = forms.ChoiceField(
        label=_("Which image is the one of this request?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose an image, or that there is none."),
            "invalid_choice": _("Choose one of the images shown."),
        },
    )
    reason = UncutCharField(
        label=pgettext_lazy("decision", "Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you looked at. It is kept with the decision."),
        error_messages={
            "required": _("Enter the reason for this decision."),
            "max_length": _("The reason is too long. Use 1000 characters at most."),
        },
    )

    def __init__(self, *args: Any, candidates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["image_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = [*candidates, (NONE, _("None: no image was made"))]

    def clean_image_id(self) -> str:
        """Return the id, "" for none."""
        chosen = str(self.cleaned_data["image_id"])
        return "" if chosen == NONE else chosen
