from datetime import date
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images.forms.history import HistoryForm
from images.vocabulary import Acts, ExportKind, Period, State

_INCOMPLETE = {
    "required": _("This form is incomplete. Open it afresh."),
    "invalid": _("This form is incomplete. Open it afresh."),
}
_LONGEST_FILTER = 8_000


class ExportForm(forms.Form):
    """What the export is written as, of which filter, and a token that makes it countable."""

    kind = forms.ChoiceField(
        label=_("Format"),
        choices=[
            (ExportKind.CSV, _("CSV: for Excel and other spreadsheets")),
            (ExportKind.JSON_LINES, _("JSON lines: the exact bytes of every event")),
            (
                ExportKind.PACK,
                _("Evidence pack: both, with a proof of each event and a program that checks it"),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a format."),
            "invalid_choice": _("Choose one of the formats shown."),
        },
    )
    filter = forms.CharField(
        required=False, max_length=_LONGEST_FILTER, strip=False, widget=forms.HiddenInput
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, error_messages=_INCOMPLETE)


def filter_query(form: HistoryForm) -> str:
    """Return the history's address of what a valid form says, always in the same words."""
    found = form.cleaned_data
    values = {name: _plain(found[name]) for name in form.fields if found.get(name)}
    values["show"] = found.get("show") or Acts.PEOPLE.value
    return urlencode(values)


def filter_words(form: HistoryForm) -> list[tuple[str, str]]:
    """Return what a valid form narrows the history to, as pairs of words for people."""
    found = form.cleaned_data
    words = [(gettext("Whose acts"), str(Acts(found.get("show") or Acts.PEOPLE).label))]
    if period := form.chosen_period():
        counted = gettext("{period}, counted back from the export")
        words.append((gettext("Period"), counted.format(period=Period(period).label)))
    for field in form.visible_fields():
        if value := found.get(field.name):
            words.append((str(field.label), _shown(field.name, value)))
    return words


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _shown(name: str, value: object) -> str:
    match name:
        case "state":
            return str(State(str(value)).label)
        case "place":
            return str(value).replace("/", " / ")
    return _plain(value)
