from typing import Any

from django import forms


class UncutCharField(forms.CharField):
    """A text field that browsers do not cut short.

    With `maxlength` a browser silently drops the end of a pasted text; the person would ask for
    another name, or store half a secret, without knowing. Too long a text is refused in words.
    A line's end counts as one character and is kept as one, whatever the browser sends.
    """

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attributes = super().widget_attrs(widget)
        attributes.pop("maxlength", None)
        return attributes


class OnceInput(forms.TextInput):
    """A text input that never shows again what was typed, like a password input does."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)
