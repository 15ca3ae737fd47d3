"""Masters wrapped by HashiCorp Vault: its transit engine keeps a key that never leaves it.

Source: HashiCorp Vault API, "Transit secrets engine", encrypt and decrypt. Needs what stands in
requirements-vault.txt.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import hvac
from django.conf import settings
from hvac import exceptions

from images.vault import WrapperError

_CONNECT_SECONDS, _READ_SECONDS = 4, 10
# Which half sentence tells it; the names are those of the settings to look at.
_WORDS: dict[type[exceptions.VaultError], str] = {
    exceptions.InvalidRequest: "Vault does not take it for something of the key VAULT_KEY_NAME",
    exceptions.Unauthorized: "Vault refuses VAULT_TOKEN",
    exceptions.Forbidden: "Vault refuses VAULT_TOKEN, or its policy for the key VAULT_KEY_NAME",
    exceptions.InvalidPath: "Vault has no transit engine at VAULT_MOUNT",
    exceptions.RateLimitExceeded: "Vault is asked too often",
    exceptions.VaultNotInitialized: "Vault is not set up",
    exceptions.VaultDown: "Vault is sealed or in maintenance",
}


class TransitWrapper:
    """Wraps and unwraps with one key of Vault's transit engine, as the settings VAULT_… say."""

    def __init__(self) -> None:
        client = hvac.Client(
            url=settings.VAULT_URL,
            token=settings.VAULT_TOKEN,
            verify=settings.VAULT_CA or True,
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            allow_redirects=False,  # nobody else gets the token
        )
        client.session.trust_env = False  # no proxy and no .netrc that nobody set for us
        self._transit = client.secrets.transit
        self._where = {"name": settings.VAULT_KEY_NAME, "mount_point": settings.VAULT_MOUNT}

    def wrap(self, plain: bytes) -> str:
        text = base64.b64encode(plain).decode()
        wrapped = _asked(
            lambda: self._transit.encrypt_data(plaintext=text, **self._where), "ciphertext"
        )
        if ":" not in wrapped:
            raise WrapperError("Vault's answer was not understood")
        return wrapped

    def unwrap(self, wrapped: str) -> bytes:
        text = _asked(
            lambda: self._transit.decrypt_data(ciphertext=wrapped, **self._where), "plaintext"
        )
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise WrapperError("Vault's answer was not understood") from None


def _asked(call: Callable[[], Any], member: str) -> str:
    """Return one text of the answer. No error of the library goes on: some show the answer."""
    try:
        text = call()["data"][member]
    except exceptions.VaultError as error:
        words = _WORDS.get(type(error), "Vault has trouble of its own")
        raise WrapperError(words) from None
    except OSError:  # the errors of `requests` are kinds of it
        raise WrapperError("Vault does not answer at VAULT_URL") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise WrapperError("Vault's answer was not understood") from None
    if not isinstance(text, str):
        raise WrapperError("Vault's answer was not understood")
    return text
