from django import forms
from django.utils.translation import gettext_lazy as _

from images.vocabulary import ExportKind, RequestGroup


class SampleForm(forms.Form):
    """One field of each kind, for the style guide. Nobody sends it."""

    name = forms.CharField(label=_("Image name"), help_text=_("A change or incident number."))
    group = forms.ChoiceField(label=_("State"), choices=RequestGroup.choices, required=False)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea, required=False)
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = forms.ChoiceField(
        label=_("Format"), choices=ExportKind.choices, widget=forms.RadioSelect, required=False
    )
    is_sure = forms.BooleanField(label=_("Locked"), required=False)
