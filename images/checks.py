"""Checks at start: what would only show at the first use is said before it."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from images.ledger_key import BadLedgerKey, signing_key
from images.vault import BadKeyring, is_wrapped, open_vault


@register(Tags.security)
def check_keyring(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.KEY_WRAPPER_CLASS and any(is_wrapped(entry) for entry in settings.KEYRING):
        return []  # a start finds out; not every command waits for the service outside
    try:
        open_vault()
    except BadKeyring as error:
        return [Error(str(error), id="images.E001")]
    return []


@register(Tags.security)
def check_ledger_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        signing_key()
    except BadLedgerKey as error:
        return [Error(str(error), id="images.E002")]
    return []


@register(Tags.security, deploy=True)
def check_wrapping(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.KEY_WRAPPER_CLASS and not all(is_wrapped(entry) for entry in settings.KEYRING):
        hint = "Run “manage.py wrap_master” and put what it writes into KEYRING."
        sentence = "KEYRING holds a plain master key, although KEY_WRAPPER is set."
        return [Warning(sentence, hint=hint, id="images.W002")]
    return []


@register(Tags.security, deploy=True)
def check_loopback(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.SCP_ALLOW_LOOPBACK:
        hint = "Turn SCP_ALLOW_LOOPBACK off where the real SCP is used."
        return [Warning("Calls to this very machine are allowed.", hint=hint, id="images.W001")]
    return []
