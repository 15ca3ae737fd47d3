from django import forms

from images.forms.fields import UncutCharField

# Longer than any right value, so that a wrong one can be mended later; an upper end all the same.
_LONGEST = 10_000


class RequestDraftForm(forms.Form):
    """What autosave sends: the fields of ImageRequestForm, right or wrong or not there yet."""

    image_name = UncutCharField(required=False, strip=False, max_length=_LONGEST)
    reason = UncutCharField(required=False, strip=False, max_length=_LONGEST)
    ticket = UncutCharField(required=False, strip=False, max_length=_LONGEST)
    form_token = forms.UUIDField()
