from django import forms


def show_refusal(form: forms.BaseForm, sentence: str, *, field: str = "") -> None:
    """Put a rule's refusal beside the field at fault, or on top of a form that lacks the field."""
    form.add_error(field if field in form.fields else None, sentence)
