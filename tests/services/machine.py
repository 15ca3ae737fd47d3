"""A console and a stand-in for hypothesis to drive: crashes, late answers, time that passes."""

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.models import F
from django.test import override_settings

from images.models import ApiHost, ExchangeRecord, ImageRequest
from images.scp.client import Client
from images.services import outcomes, spill
from images.services.outcome import Outcome
from scpconsole.sandbox import LedgerEntry, Sandbox
from tests.people import ACCESS_KEY, SECRET_KEY
from tests.services.asking import fresh
from tests.services.promise import arrived
from tests.services.striking import Killed
from tests.unguarded import unguarded

_ROW_TIMES = ("due_at", "lease_until", "recorded_at", "sent_at", "answered_at", "lost_at")
CREATE_FAULTS: list[dict[str, Any] | None] = [
    None,
    None,
    *({"action": name} for name in ("drop_before", "drop_after", "reset", "half_json", "html200")),
    *({"action": name} for name in ("no_image_id", "bad_image_id", "status200")),
    *({"action": "status", "status": number} for number in (400, 401, 409, 417, 429, 500)),
    {"action": "status", "status": 500, "acts": True},
    {"action": "redirect", "status": 307, "location": "/elsewhere"},
    {"action": "given_image_id"},
]
ENDS = ["", "", "", "killed before", "killed after", "not taken", "paused"]
LOOK_FAULTS: list[dict[str, Any] | None] = [
    None,
    None,
    None,
    *({"action": "status", "status": number} for number in (401, 404, 417, 500)),
    {"action": "html200"},
]


@dataclass
class Wish:
    """One confirmed form, and what the test knows about its request."""

    asked: ImageRequest
    form: dict[str, Any]
    sent: int = 0
    """Create calls that may have arrived."""
    is_blurred: bool = False
    """Somebody else's image has this name, or SCP named a wrong one: finding it is luck."""
    was_denied: bool = False
    """A person said that there is no image."""

    @property
    def now(self) -> ImageRequest:
        return fresh(self.asked)


class World:
    """The stand-in, the database and the spill file of one example; gone after `close`."""

    def __init__(self) -> None:
        self.late: list[tuple[ImageRequest, Outcome]] = []
        self.strangers: set[str] = set()
        with contextlib.ExitStack() as opened:
            self.scp = opened.enter_context(Sandbox(seed_servers=3))
            folder = opened.enter_context(tempfile.TemporaryDirectory())
            opened.enter_context(
                override_settings(SCP_URL_TEMPLATE=self.scp.url, DATA_DIR=Path(folder))
            )
            opened.enter_context(rolled_back())
            opened.callback(forget_spill_files)
            self._opened = opened.pop_all()
        self.scp.options.burst_calls = None
        self.scp.add_key(ACCESS_KEY, SECRET_KEY)

    def close(self) -> None:
        self._opened.close()

    def made_for(self, wish: Wish) -> list[LedgerEntry]:
        """Return the images that our calls made for the wish."""
        return [
            entry
            for entry in self.scp.ledger
            if entry.image_name == wish.asked.image_name and entry.image_id not in self.strangers
        ]

    def arrived(self, wish: Wish) -> int:
        return len(arrived(self.scp, wish.asked.server_id))

    def pass_time(self, seconds: int) -> None:
        """Let everything be older; the clocks stay, for a signature is valid for minutes."""
        past = timedelta(seconds=seconds)
        with unguarded():
            ImageRequest.objects.update(**{name: F(name) - past for name in _ROW_TIMES})
            ExchangeRecord.objects.update(prepared_at=F("prepared_at") - past)
        ApiHost.objects.update(silent_until=F("silent_until") - past)
        for image in self.scp.images:
            image.made_at_ms -= seconds * 1000

    @contextlib.contextmanager
    def ends(self, how: str) -> Iterator[None]:
        """Let the send of the block end as `how` says."""
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
            if how.startswith("killed"):
                patch.setattr(Client, "create_image", killed_at_the_call(how))
            elif how == "not taken":
                patch.setattr(outcomes, "record", refuse)
            elif how == "paused":
                patch.setattr(outcomes, "record", self._hold_back)
            yield

    def _hold_back(self, claim: ImageRequest, outcome: Outcome) -> None:
        self.late.append((claim, outcome))


def make_token(number: int) -> uuid.UUID:
    return uuid.UUID(int=number * 7919, version=4)


def killed_at_the_call(how: str) -> Any:
    original = Client.create_image

    def call(client: Client, ready: Any) -> Any:
        if how == "killed after":
            original(client, ready)
        raise Killed

    return call


def refuse(claim: ImageRequest, outcome: Outcome) -> None:
    raise OperationalError("the database takes nothing")


@contextlib.contextmanager
def rolled_back() -> Iterator[None]:
    """Undo at the end what the block has written."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def forget_spill_files() -> None:
    while spill._own:
        spill._own.pop().close()
