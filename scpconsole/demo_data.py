"""What the demo's database holds at its first start. Nothing is changed at later ones."""

from typing import Any

from images.models import AccessKey, User
from images.scp.versions import DEFAULT
from images.services import keys
from images.vocabulary import Role

KEY_ALIAS = "stand-in"


def prepare(seed: dict[str, Any]) -> None:
    """Make the accounts of `seed` and, for the operator, the stand-in's key, where missing."""
    for name, password in seed["accounts"].items():
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(name, password=password, role=Role(name))
    key = seed["key"]
    operator = User.objects.get(username="operator")
    if key and not AccessKey.objects.filter(owner=operator, alias=KEY_ALIAS).exists():
        keys.add(actor=operator, alias=KEY_ALIAS, api_version=DEFAULT, **key)
