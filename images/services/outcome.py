"""What came of one attempt to send, as a value that a file can hold as well as the database."""

import base64
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self

from images.scp.exchange import Exchange
from images.vocabulary import State


@dataclass(frozen=True)
class Outcome:
    """The verdict on one attempt, and the call and answer behind it, without secrets.

    `state` is ACCEPTED (then `image_id` is set), REFUSED, UNKNOWN, or RECORDED: certainly nothing
    was made and SCP may be asked again after `wait_seconds`.
    """

    state: State
    exchange: Exchange
    reason: str = ""
    code: str = ""
    detail: str = ""
    image_id: str = ""
    wait_seconds: int = 0

    @property
    def is_certain(self) -> bool:
        return self.state is not State.UNKNOWN

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads; every value fits JSON."""
        exchange = asdict(self.exchange)
        sent_at = self.exchange.sent_at
        exchange["sent_at"] = sent_at.isoformat() if sent_at else None
        exchange["body"] = base64.b64encode(self.exchange.body).decode()
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**own, "state": self.state.value, "exchange": exchange}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        exchange = dict(stored["exchange"])
        sent_at = exchange["sent_at"]
        exchange["sent_at"] = datetime.fromisoformat(sent_at) if sent_at else None
        exchange["body"] = base64.b64decode(exchange["body"])
        return cls(**{**stored, "state": State(stored["state"]), "exchange": Exchange(**exchange)})
