"""Access keys: whose account they open and what they may do there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

MAIN_ACCOUNT = "a8f10467abfc4b87b64614ab36eb9ae4"
OTHER_ACCOUNT = "5d0c7a1be2f34964b1c8d7e6f5a4b3c2"

# What each call needs. Source: SCP API reference, section 12.
ACTIONS = {
    "list_servers": "virtualserver:ListVirtualServers",
    "show_server": "virtualserver:ShowVirtualServer",
    "create_image": "virtualserver:CreateVirtualServerImage",
    "list_images": "virtualserver:ListImages",
    "show_image": "virtualserver:ShowImage",
}
ALL_RIGHTS = frozenset(ACTIONS.values())


@dataclass
class Key:
    """A key pair. `is_enabled` and `rights` may be changed while the server runs."""

    access_key: str
    secret_key: str = field(repr=False)
    account: str = MAIN_ACCOUNT
    rights: frozenset[str] = ALL_RIGHTS
    is_enabled: bool = True


class Keyring:
    """All keys, by access key."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}

    def add(self, access_key: str, secret_key: str, *, rights: Iterable[str], account: str) -> Key:
        """Add or replace a key. `rights` are action names; raises ValueError on unknown ones."""
        wanted = frozenset(rights)
        if not wanted <= ALL_RIGHTS:
            raise ValueError(f"unknown rights: {sorted(wanted - ALL_RIGHTS)}")
        key = Key(access_key, secret_key, account, wanted)
        self._keys[access_key] = key
        return key

    def get(self, access_key: str) -> Key | None:
        return self._keys.get(access_key)
