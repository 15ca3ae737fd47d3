"""Hostile text made visible: control and direction-changing characters show as what they are."""

import unicodedata

# Cc control, Cf format (bidi overrides, zero width), Cs surrogates, Co private, Zl/Zp separators.
_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def visible(text: str, *, keep: str = "") -> str:
    """Return the text with each hiding character as `‹U+202E›`; those in `keep` stay."""
    return "".join(
        f"‹U+{ord(each):04X}›"
        if each not in keep and unicodedata.category(each) in _HIDING
        else each
        for each in text
    )
