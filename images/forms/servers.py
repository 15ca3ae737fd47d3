from django import forms

from images.filters import ServerFilters

SORTS = ("name", "state", "type", "created")


class ServerFilterForm(forms.Form):
    """The servers page's address. What is not understood narrows nothing."""

    q = forms.CharField(required=False, max_length=255)
    state = forms.CharField(required=False, max_length=60)
    sort = forms.ChoiceField(
        required=False, choices=[(each, each) for name in SORTS for each in (name, f"-{name}")]
    )

    def filters(self) -> ServerFilters:
        self.is_valid()
        found = self.cleaned_data
        return ServerFilters(
            q=found.get("q", ""),
            state=found.get("state", ""),
            sort=found.get("sort", "") or "name",
        )
