"""A small real history, made by the product's services against the stand-in SCP.

Six years ago, the day before yesterday, yesterday, today: so the keeping rule has taken something,
there is a backup from yesterday, an auditor keeps a pack and a checkpoint, and the newest events
stand under no checkpoint yet.
"""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import time_machine
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone

from images.filters import Filters
from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.services import keys, retention, standing_settings
from images.services.checkpoints import publish
from images.services.exports.downloading import begin
from images.services.exports.making import make
from images.services.following import follow
from images.services.key_trial import try_key
from images.services.people import add_person
from images.services.reconciling import reconcile
from images.services.requests import withdraw
from images.services.sending import send
from images.services.settling import settle
from images.vocabulary import Acts, ExportKind, Role, State
from scpconsole.sandbox import Sandbox
from tests.people import ACCESS_KEY, PASSWORD, SECRET_KEY
from tests.services.asking import ask_for, fresh, make_due

LONG_AGO = timedelta(days=6 * 366)
ROUNDS_BEFORE_YESTERDAY, ROUNDS_TODAY = 4, 1


@dataclass
class Auditor:
    """What an auditor took home yesterday: the key, a checkpoint, a pack."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "key.txt"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.txt"

    @property
    def pack(self) -> Path:
        return self.folder / "pack.zip"


class Writer:
    """Lets people act. One stand-in, one key of Alice."""

    def __init__(self, scp: Sandbox) -> None:
        scp.options.burst_calls = None
        scp.options.image_grace_seconds = scp.options.image_queued_until_seconds = 0
        scp.options.image_done_seconds = 0
        scp.add_key(ACCESS_KEY, SECRET_KEY)
        self._scp = scp
        self._numbers = itertools.count()
        fit = [n for n, server in enumerate(scp.servers) if server.state == "ACTIVE"]
        self._positions = itertools.cycle(fit)

    def settle_in(self) -> None:
        """The people come, and Alice brings her key."""
        standing_settings.note()
        people = {"alice": Role.OPERATOR, "bob": Role.AUDITOR, "dora": Role.ADMINISTRATOR}
        for name, role in people.items():
            add_person(name=name, role=role, password=PASSWORD)
        self.alice, self.bob = (User.objects.get(username=name) for name in ("alice", "bob"))
        self.key: AccessKey = keys.add(
            actor=self.alice,
            alias="alice's key",
            environment="e",
            region="kr-west1",
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            api_version="1.3",
        )

    def sign_in(self, person: User) -> None:
        browser = Browser()
        assert browser.login(username=person.username, password=PASSWORD)
        browser.logout()

    def round(self) -> None:
        """One request for each way that it may go."""
        self.sign_in(self.alice)
        for goes in (self.ready, self.ready, self.refused, self.adopted, self.settled, self.gone):
            goes(self._ask())
        withdraw(actor=self.alice, asked=self._ask())
        try_key(actor=self.alice, key=self.key, language="en-US")
        self.sign_in(self.bob)

    def _ask(self) -> ImageRequest:
        number = next(self._numbers)
        names = {"image_name": f"web-{number:03d}", "reason": f"before update {number} · 갱신 전"}
        return ask_for(self.key, self._scp, position=next(self._positions), **names)

    def ready(self, asked: ImageRequest) -> None:
        send(request_id=asked.pk)
        self._next(asked, follow, State.READY)

    def refused(self, asked: ImageRequest) -> None:
        self._scp.faults.add("status", kind="create_image", status=409)
        send(request_id=asked.pk)
        assert fresh(asked).state == State.REFUSED

    def adopted(self, asked: ImageRequest) -> None:
        self._scp.faults.add("drop_after", kind="create_image")
        send(request_id=asked.pk)
        self._next(asked, reconcile, State.ACCEPTED)
        self._next(asked, follow, State.READY)

    def settled(self, asked: ImageRequest) -> None:
        """Two images could be the one, and Alice chooses."""
        self._scp.faults.add("drop_before", kind="create_image")
        send(request_id=asked.pk)
        key = self._scp.keyring.get(ACCESS_KEY)
        assert key
        for server in self._scp.servers[:2]:
            self._scp.make_image(server, asked.image_name, key=key, version="1.3")
        self._next(asked, reconcile, State.UNKNOWN)
        chosen = fresh(asked).candidates[0]["id"]
        settle(actor=self.alice, asked=fresh(asked), image_id=chosen, reason="I looked at both.")
        self._next(asked, follow, State.READY)

    def gone(self, asked: ImageRequest) -> None:
        self._scp.options.image_end = "killed"
        send(request_id=asked.pk)
        self._scp.options.image_end = "active"
        self._next(asked, follow, State.FAILED)

    def _next(self, asked: ImageRequest, step: Callable[..., None], state: State) -> None:
        make_due(asked)
        step(request_id=asked.pk)
        assert fresh(asked).state == state

    def take_home(self, auditor: Auditor) -> None:
        """Bob makes an evidence pack and keeps it, with the checkpoint and the key."""
        pack = make(
            actor=self.bob,
            filters=Filters(acts=Acts.ALL),
            query="show=all",
            kind=ExportKind.PACK,
            language="en",
            token=uuid.uuid4(),
        ).export
        auditor.folder.mkdir(parents=True)
        auditor.key.write_text(pack.verifier_key)
        auditor.checkpoint.write_text(pack.checkpoint, encoding="utf-8")
        auditor.pack.write_bytes(b"".join(begin(actor=self.bob, export=pack)))


def write_history(auditor: Auditor, *, back_up: Callable[[], None]) -> None:
    """Write the history into an empty database. `back_up` is called when yesterday ends."""
    now = timezone.now()
    with Sandbox(seed_servers=20) as scp:
        settings.SCP_URL_TEMPLATE = scp.url
        writer = Writer(scp)
        with time_machine.travel(now - LONG_AGO):
            writer.settle_in()
            writer.round()
            publish()
        with time_machine.travel(now - timedelta(days=2)):
            retention.apply()
            publish()
            for _ in range(ROUNDS_BEFORE_YESTERDAY):
                writer.round()
                publish()
        with time_machine.travel(now - timedelta(days=1)):
            writer.take_home(auditor)
            publish()
        back_up()
        for _ in range(ROUNDS_TODAY):
            writer.round()
            publish()
        writer.ready(writer._ask())
    assert AuditEvent.objects.size() >= 150
