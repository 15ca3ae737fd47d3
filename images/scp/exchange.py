"""One call to SCP as it is kept: what was sent, what came back, and no secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

HIDDEN = "•••• (hidden)"
WHEN_SENT = "(set when sent)"


@dataclass(frozen=True)
class Exchange:
    """A call and its answer, safe to store and to show.

    The access key, the secret key and the signature are replaced by HIDDEN wherever
    they stand, also where the answer repeats them.
    """

    method: str
    url: str
    api_version: str
    """The number sent in Scp-Api-Version; empty when the call has none."""
    request_headers: dict[str, str] = field(default_factory=dict)
    """By allow-list; Scp-Timestamp is WHEN_SENT as long as nothing was sent."""
    request_body: str = ""
    request_sha256: str = ""
    """Hexadecimal SHA-256 of the body's bytes; empty without a body."""
    sent_at: datetime | None = None
    """UTC, the moment of the signature; None when nothing was sent."""
    duration_ms: int = 0
    """From the first step, the look-up of the name, to the last byte read."""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """Of the answer; values that may be secret are HIDDEN."""
    body: bytes = b""
    """The first bytes of the decoded answer (Limits.kept_bytes at most)."""
    body_length: int = 0
    """Decoded bytes seen until we stopped reading."""
    is_truncated: bool = False
    """Whether `body` is less than SCP sent: not all kept, not all read, or cut off."""
    request_ids: dict[str, str] = field(default_factory=dict)
    """request_id, global_request_id, requestId (Spring), support_id, when found."""
    clock_skew_seconds: float | None = None
    """Our clock minus the answer's Date, which is cut to whole seconds: up to 1 s
    and the way of the answer are in it even when both clocks are right."""
    left_us: bool = False
    """False only when certainly no byte of the request left."""


def find_header(headers: Mapping[str, str], name: str) -> str:
    """Return the value of a header whatever its case; "" when it is not there."""
    return next((v for k, v in headers.items() if k.lower() == name.lower()), "")
