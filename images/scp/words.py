"""Text from outside, made fit to be kept: no half characters, no NUL, no endless length."""

import re

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(value: object, *, longest: int = 4000) -> str:
    """Return `value` as storable text; "" when it is not text.

    Lone surrogates (JSON may hold them, no database takes them) become "?", control
    characters except tab and line ends become U+FFFD.
    """
    if not isinstance(value, str):
        return ""
    whole = value[:longest].encode("utf-8", "replace").decode("utf-8")
    return CONTROL.sub("\ufffd", whole)
