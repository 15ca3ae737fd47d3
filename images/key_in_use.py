"""Which access key a page is about, as the bar on top names it."""

from dataclasses import dataclass

from images.models import AccessKey, ImageRequest


@dataclass(frozen=True)
class KeyInUse:
    """`alias` is the key's own, or the one that it had when a request was made."""

    alias: str
    environment: str
    region: str
    is_production: bool


def of_key(key: AccessKey) -> KeyInUse:
    return KeyInUse(key.alias, key.environment, key.region, key.is_production)


def of_request(asked: ImageRequest) -> KeyInUse:
    is_production = asked.key.is_production
    return KeyInUse(asked.key_alias, asked.environment, asked.region, is_production)
