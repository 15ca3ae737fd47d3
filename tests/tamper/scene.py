"""What an attacker finds: a database, the files beside it, and what only an auditor has."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from images import guards
from images.ledger import heads, merkle
from images.ledger.canonical import canonical
from images.ledger.heads import Head
from images.ledger.notes import SigningKey
from images.ledger_key import signing_key
from images.models import AuditEvent, Checkpoint, ExchangeRecord, ImageRequest
from images.vocabulary import State
from tests.tamper import copies
from tests.tamper.history import Auditor


@dataclass
class Scene:
    """One attack's own copy of everything."""

    folder: Path
    auditor: Auditor
    yesterday: str
    """The name of yesterday's backup of the database; its files lie in `yesterday_files`."""
    yesterday_files: Path
    yesterday_size: int
    """How many events there were when yesterday ended; today's are those after them."""

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    @property
    def memory(self) -> Path:
        return self.ledger / "head.json"

    @property
    def anchors(self) -> Path:
        return self.ledger / "checkpoints"

    # --- What is there --------------------------------------------------------------------------
    @property
    def size(self) -> int:
        return AuditEvent.objects.size()

    def event(self, action: str, *, nth: int = 0) -> AuditEvent:
        """Return an event of the day before yesterday, or later."""
        return AuditEvent.objects.filter(action=action).order_by("sequence")[nth]

    def request(self, state: State) -> ImageRequest:
        """Return a request whose first event is still there."""
        recorded = AuditEvent.objects.filter(action="request.recorded").values("request")
        found = ImageRequest.objects.filter(state=state, pk__in=recorded)
        return found.order_by("recorded_at")[1]

    def call(self, state: State) -> ExchangeRecord:
        return ExchangeRecord.objects.get(request=self.request(state))

    def recorded(self, asked: ImageRequest) -> int:
        """Return the sequence of the request's first event."""
        return AuditEvent.objects.get(request=asked, action="request.recorded").sequence

    def outcome(self, call: ExchangeRecord) -> int:
        """Return the sequence of the event that tells of the call's answer."""
        told = AuditEvent.objects.filter(request=call.request_id)
        return next(each.sequence for each in told if "status" in each.facts)

    def last(self, asked: ImageRequest) -> int:
        """Return the sequence of the request's newest event."""
        return asked.events.order_by("sequence").values_list("sequence", flat=True).reverse()[0]

    # --- What the owner of a database can do ----------------------------------------------------
    @contextmanager
    def hands_on(self) -> Iterator[None]:
        """Take the guards and the checks of foreign keys off, and put them back as if nothing had
        been."""
        off, on = _FOREIGN_KEYS[connection.vendor]
        guards.remove("default")
        _run(off)
        yield
        _run(on)
        guards.install("default")

    def change(self, sequence: int, /, **columns: object) -> None:
        AuditEvent.objects.filter(sequence=sequence).update(**columns)

    def cut(self, first: int) -> None:
        """Remove the events from this one on, and the requests that they record."""
        gone = AuditEvent.objects.filter(sequence__gte=first)
        asked = list(gone.filter(action="request.recorded").values_list("request", flat=True))
        gone._raw_delete("default")
        ExchangeRecord.objects.filter(request__in=asked)._raw_delete("default")
        ImageRequest.objects.filter(pk__in=asked)._raw_delete("default")

    def rewrite(self, change: Callable[[list[AuditEvent]], object]) -> None:
        """Change the list of all events, and write them anew: numbers, bytes, leaves, tree."""
        events = list(AuditEvent.objects.order_by("sequence"))
        change(events)
        AuditEvent.objects.all()._raw_delete("default")
        tree = merkle.Frontier()
        for event in events:
            event.sequence = tree.size + 1
            if event.content is not None:
                facts = json.loads(bytes(event.content))["facts"]
                event.content = canonical(event.members(facts))
                event.leaf_hash = merkle.leaf_hash(event.content)
            event.subtrees = b"".join(tree.add(bytes(event.leaf_hash)))
        AuditEvent.objects.bulk_create(events)

    def refit_checkpoints(self, key: SigningKey | None = None) -> None:
        """Let every checkpoint of the database fit the data, signed by the console's own stolen
        key or by another; those over more events than there are go."""
        key = key or signing_key()
        size = AuditEvent.objects.size()
        self.drop_checkpoints(size)
        for row in Checkpoint.objects.all():
            root = AuditEvent.objects.root_at(row.size)
            note = key.sign(size=row.size, root=root, at=row.signed_at)
            Checkpoint.objects.filter(pk=row.pk).update(root=root, note=note)

    def drop_checkpoints(self, beyond: int) -> None:
        Checkpoint.objects.filter(size__gt=beyond)._raw_delete("default")

    # --- What whoever has the machine can do as well --------------------------------------------
    def refit_memory(self) -> None:
        size = AuditEvent.objects.size()
        heads.write(self.memory, Head(size, AuditEvent.objects.root_at(size)))

    def refit_anchors(self) -> None:
        shutil.rmtree(self.anchors, ignore_errors=True)
        self.anchors.mkdir(parents=True)
        for row in Checkpoint.objects.order_by("id"):
            heads.add(self.anchors / f"{row.signed_at:%Y-%m}.txt", row.note + "\n")

    def restore_database(self) -> None:
        """Put yesterday's backup of the database in place of today's."""
        here = copies.current()
        copies.drop(here)
        restored = copies.copy_of(self.yesterday, self.folder)
        copies.work_on(restored)

    def restore_files(self) -> None:
        shutil.rmtree(self.ledger)
        shutil.copytree(self.yesterday_files, self.ledger)


def edited(event_of_before: AuditEvent, **facts: object) -> bytes:
    """Return an event's bytes with some facts changed."""
    event = json.loads(bytes(event_of_before.content or b""))
    event["facts"] |= facts
    return canonical(event)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


_FOREIGN_KEYS = {
    "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
    "postgresql": (
        "SET session_replication_role = replica",
        "SET session_replication_role = DEFAULT",
    ),
}
