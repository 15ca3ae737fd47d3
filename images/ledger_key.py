"""The key that signs checkpoints, from the setting LEDGER_KEY."""

import base64
import binascii
from functools import lru_cache

from django.conf import settings

from images.ledger.notes import BadNote, SigningKey


class BadLedgerKey(Exception):
    """LEDGER_KEY or LEDGER_ORIGIN cannot be used. Its text is one sentence that names it."""


def signing_key() -> SigningKey:
    """Return the key. Raises BadLedgerKey."""
    return _signing_key(settings.LEDGER_ORIGIN, settings.LEDGER_KEY)


@lru_cache(maxsize=4)
def _signing_key(origin: str, encoded: str) -> SigningKey:
    try:
        seed = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadLedgerKey("LEDGER_KEY is not base64.") from error
    try:
        return SigningKey(origin, seed)
    except BadNote as error:
        raise BadLedgerKey(f"LEDGER_KEY or LEDGER_ORIGIN cannot be used. {error}") from error
