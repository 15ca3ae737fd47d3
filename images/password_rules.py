"""What a password must not be, beyond Django's own rules. Which signs it has is nobody's matter."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_WORDS = (
    *("administrator", "samsungsds", "password", "operator", "platform", "virtual", "samsung"),
    *("auditor", "console", "welcome", "server", "images", "cloud", "image", "admin", "scp", "sds"),
)
_NO_LETTERS = re.compile(r"[\W\d_]+")


class LongestValidator:
    """Refuse more than `max_length` characters; ASVS 5.0 asks to take at least 64."""

    def __init__(self, max_length: int = 128) -> None:
        self._longest = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self._longest:
            sentence = self.get_help_text()
            raise ValidationError(sentence, code="password_too_long")

    def get_help_text(self) -> str:
        return ngettext(
            "Your password must have at most {count} character.",
            "Your password must have at most {count} characters.",
            self._longest,
        ).format(count=self._longest)


class ProductWordsValidator:
    """Refuse what has no letters beside names of this product, its roles and the person's own:
    Samsung-SCP-2026."""

    def validate(self, password: str, user: Any = None) -> None:
        letters = _letters(password)
        own_name = _letters(getattr(user, "username", ""))
        # The longest first, so that no shorter one spoils it.
        words = sorted({*_WORDS, own_name} - {""}, key=len, reverse=True)
        if letters and not re.sub("|".join(words), "", letters):
            raise ValidationError(self.get_help_text(), code="password_of_product_words")

    def get_help_text(self) -> str:
        return _("Your password must not be made of names of this product or your own alone.")


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text.lower())
