"""What came in and what was made: the journal of calls and the ledger of images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Call:
    """One call outside the control addresses. No signature, no secret, no body.

    `status` is None while no answer is chosen, and for ever when a fault sends none.
    `fault` names the fault rule that was applied. `header_names` are as they came.
    """

    method: str
    target: str
    kind: str
    version: str
    at: str
    access_key: str
    timestamp: str
    header_names: list[str]
    status: int | None = None
    fault: str | None = None


@dataclass(frozen=True)
class LedgerEntry:
    """One image that was really made. `made_at` is ISO 8601 in UTC."""

    image_id: str
    server_id: str
    server_name: str
    image_name: str
    made_at: str
    access_key: str
    api_version: str
