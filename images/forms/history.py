import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import BigIntegerField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from images.filters import Filters
from images.models import User
from images.vocabulary import PERIOD_MINUTES, USUAL_COLUMNS, Acts, Column, Period, State

_DATE_ERRORS = {"invalid": _("Enter a date such as 2026-11-23.")}
# At the ends of the calendar a day has no midnight in another zone.
_DAYS = [
    MinValueValidator(date(2000, 1, 1), _DATE_ERRORS["invalid"]),
    MaxValueValidator(date(2999, 12, 31), _DATE_ERRORS["invalid"]),
]
_FIRST = ("q", "since", "until", "person", "state")
BIGGEST = BigIntegerField.MAX_BIGINT
_PLACE = re.compile(r"[A-Za-z0-9-]{1,20}(/[A-Za-z0-9-]{1,20})?")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DATE_ERRORS,
        validators=_DAYS,
    )


def _words(label: Any, longest: int) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=longest)


class HistoryForm(forms.Form):
    """The filters of the history, as they stand in the address.

    Own days win over a period that is counted back from now.
    """

    q = forms.CharField(
        label=_("Reason, ticket, target or name"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"type": "search", "data-search": "", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label=_("Outcome"), required=False)
    since = _day(_("From"))
    until = _day(_("To"))
    person = _words(_("Person"), 150)
    server = _words(_("Server name or id"), 255)
    image = _words(_("Image name or id"), 255)
    place = forms.ChoiceField(label=_("Environment and region"), required=False)
    key = _words(_("Key alias"), 60)
    ticket = _words(_("Ticket"), 100)
    period = forms.ChoiceField(
        required=False, choices=[("", ""), *Period.choices], widget=forms.HiddenInput
    )
    show = forms.ChoiceField(
        required=False, choices=[("", ""), *Acts.choices], widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("state", [("", _("All outcomes")), *State.choices])
        self._choose("place", [("", _("All regions")), *self._places()])
        if not person.reads_all:
            del self.fields["person"]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in _FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in _FIRST]

    @property
    def uses_more(self) -> bool:
        """Whether one of the fields that are folded away narrows, or was not understood."""
        return any(field.data or field.errors for field in self.more_fields)

    @property
    def has_own_days(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("since") or self.cleaned_data.get("until"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day is before the first one."))
        return cleaned

    def filters(self, *, now: datetime | None = None) -> Filters:
        """Return what was understood; a field that was not narrows nothing.

        A period ends `now`, which is this moment unless another is given: the same address and
        the same moment give the same events.
        """
        self.is_valid()
        found = self.cleaned_data
        since, until = self._bounds(now or timezone.now())
        return Filters(
            acts=Acts(found.get("show") or Acts.PEOPLE),
            since=since,
            until=until,
            person=found.get("person", ""),
            server=found.get("server", ""),
            image=found.get("image", ""),
            state=found.get("state", ""),
            place=found.get("place", ""),
            alias=found.get("key", ""),
            ticket=found.get("ticket", ""),
            text=found.get("q", ""),
        )

    def chosen_period(self) -> str:
        """Return the period that holds; none when own days do."""
        return "" if self.has_own_days else self.cleaned_data.get("period", "")

    def _bounds(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if period := self.chosen_period():
            return now - timedelta(minutes=PERIOD_MINUTES[Period(period)]), None
        return _midnight(since), _midnight(until + timedelta(days=1) if until else None)

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = choices

    def _places(self) -> list[tuple[str, str]]:
        """The places of the settings, and the one that is asked for: it may have been one once."""
        places = []
        for environment, regions in settings.SCP_ENVIRONMENTS.items():
            places.append(environment)
            places += [f"{environment}/{region}" for region in regions]
        wanted = self.data.get("place", "")
        if wanted not in places and _PLACE.fullmatch(wanted):
            places.append(wanted)
        return [(place, place.replace("/", " / ")) for place in places]


class ColumnsForm(forms.Form):
    """Which columns the history shows beside the time and the sentence; none: the usual ones."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        required=False,
        choices=Column.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, address: QueryDict) -> None:
        values = [name for value in address.getlist("columns") for name in value.split(",")]
        known = [name for name in Column.values if name in values]
        super().__init__({"columns": known or list(USUAL_COLUMNS)})

    def chosen(self) -> list[str]:
        self.is_valid()
        columns: list[str] = self.cleaned_data["columns"]
        return columns


class CursorForm(forms.Form):
    """From which sequence a page goes on."""

    before = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST)
    after = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST)

    def number(self, name: str) -> int | None:
        self.is_valid()
        number: int | None = self.cleaned_data.get(name)
        return number


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
