from django import forms
from django.utils.translation import gettext_lazy as _

from images.filters import RequestFilters
from images.vocabulary import RequestGroup


class RequestListForm(forms.Form):
    """The list of requests' address. What is not understood narrows nothing."""

    q = forms.CharField(
        label=_("Server, image, person, reason or ticket"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"type": "search", "data-search": "", "autocomplete": "off"}),
    )
    group = forms.ChoiceField(
        required=False, choices=[("", ""), *RequestGroup.choices], widget=forms.HiddenInput
    )

    def filters(self) -> RequestFilters:
        self.is_valid()
        found = self.cleaned_data
        return RequestFilters(
            group=RequestGroup(found.get("group") or RequestGroup.ALL), text=found.get("q", "")
        )
