"""A call, its limits, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from images.scp.envelopes import Envelope
from images.scp.errors import Reason
from images.scp.exchange import Exchange


@dataclass(frozen=True)
class Limits:
    """How long to wait and how much to read."""

    connect_seconds: float = 3.05
    read_seconds: float = 10
    total_seconds: float = 20
    list_bytes: int = 4 * 1024 * 1024
    """Decoded bytes of an answer that are read at most."""
    kept_bytes: int = 64 * 1024
    """Bytes of an answer that the Exchange keeps at most."""


@dataclass(frozen=True)
class Call:
    """A request before it is signed."""

    method: str
    url: str
    headers: Mapping[str, str]
    api_version: str = ""
    body: bytes = field(default=b"", repr=False)
    is_signed: bool = True


@dataclass(frozen=True)
class Answer:
    """What came of one try. `failure` is None when a whole answer was read."""

    exchange: Exchange
    told: Envelope
    """What the body of an error says."""
    content: bytes = field(default=b"", repr=False)
    """The whole decoded body, not only what the exchange keeps; secrets are not hidden."""
    failure: Reason | None = None
