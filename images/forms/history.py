from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from images.filters import Filters
from images.vocabulary import State

_DATE_ERRORS = {"invalid": _("Enter a date such as 2026-11-23.")}
# At the ends of the calendar a day has no midnight in another zone.
_DAYS = [
    MinValueValidator(date(2000, 1, 1), _DATE_ERRORS["invalid"]),
    MaxValueValidator(date(2999, 12, 31), _DATE_ERRORS["invalid"]),
]


class HistoryForm(forms.Form):
    """The filters of the history, as they stand in the address."""

    q = forms.CharField(
        label=_("Server, image, reason or ticket"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"type": "search", "data-search": "", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label=_("Outcome"), required=False)
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    key = forms.CharField(label=_("Access key"), required=False, max_length=60)
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DATE_ERRORS,
        validators=_DAYS,
    )
    until = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DATE_ERRORS,
        validators=_DAYS,
    )

    def __init__(self, *args: Any, shows_all: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = [("", _("All outcomes")), *State.choices]
        if not shows_all:
            del self.fields["person"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day is before the first one."))
        return cleaned

    def filters(self) -> Filters:
        """Return what was understood; a field that was not narrows nothing."""
        self.is_valid()
        found = self.cleaned_data
        return Filters(
            text=found.get("q", ""),
            state=found.get("state", ""),
            person=found.get("person", ""),
            alias=found.get("key", ""),
            since=found.get("since"),
            until=found.get("until"),
        )
