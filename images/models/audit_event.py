import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.functional import cached_property

from images.ledger import merkle
from images.ledger.canonical import canonical
from images.origin import current_origin

if TYPE_CHECKING:
    from images.models.access_key import AccessKey
    from images.models.image_request import ImageRequest
    from images.models.user import User

FORMAT = 1
_LOCK = 0x5C9_1ED6E4  # an advisory lock of PostgreSQL is a number; this one is the ledger's
# Plain SQL: of what an event costs beside its insert, most would else be the building of queries.
_ROWS = "SELECT sequence, leaf_hash, subtrees FROM images_auditevent"
_LAST = f"{_ROWS} ORDER BY sequence DESC LIMIT 1"
_THESE = _ROWS + " WHERE sequence IN ({})"
_here = threading.local()

# Of the newest row: its sequence, leaf hash and subtrees.
Last = tuple[int, bytes, bytes]


class AuditEventManager(models.Manager["AuditEvent"]):
    @contextmanager
    def act(self) -> Iterator[None]:
        """Open the transaction of one act and of the events that tell it.

        One act at a time: the sequence has no gaps. The turn is taken before any row is, so two
        acts cannot wait for each other; SQLite's IMMEDIATE transactions do the same. No network
        call belongs in here.
        """
        with transaction.atomic():
            _here.last = self._turn() if connection.vendor == "postgresql" else None
            _here.acts = _acts() + 1
            try:
                yield
            finally:
                _here.acts -= 1
                _here.last = None

    def _turn(self) -> "Last | None":
        """Wait for the turn, and return the last row as it is then, in one round trip. The second
        statement sees what was committed before the first one ended."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK}); {_LAST}")
            cursor.nextset()
            return _last(cursor.fetchone())

    def append(
        self,
        action: str,
        *,
        actor: "User | None",
        request: "ImageRequest | None" = None,
        key: "AccessKey | None" = None,
        target: str = "",
        facts: dict[str, Any] | None = None,
    ) -> "AuditEvent":
        """Write one event, the next leaf of the tree, in the transaction of what it tells of.
        The only door.

        `actor` is None for the console's own acts. `facts` hold values of canonical JSON
        (docs/ledger.md): never a secret, never a signature. Raises TransactionManagementError
        outside `act`, for an event must stand or fall with its act, and NotCanonical.
        """
        if not _acts():
            raise transaction.TransactionManagementError(
                "An audit event is written inside AuditEvent.objects.act()."
            )
        origin = current_origin()
        event = AuditEvent(
            at=timezone.now(),
            action=action,
            actor=actor,
            address=origin.address,
            http_request_id=origin.request_id,
            request=request,
            key=key,
            target=target,
        )
        self._seal(event, facts or {})
        event.save(force_insert=True)
        return event

    def _seal(self, event: "AuditEvent", facts: dict[str, Any]) -> None:
        """Give the event its number, its bytes and its place in the tree."""
        # What was read with the turn is good for the first event of an act alone.
        last, _here.last = _here.last or self._read_last(), None
        index = last[0] if last else 0
        event.sequence = index + 1
        event.content = canonical(event.members(facts))
        leaf = merkle.leaf_hash(event.content)
        nodes = merkle.left_nodes(index)
        lefts = merkle.read_nodes(nodes, lambda wanted: self._rows(wanted, last))
        event.leaf_hash = leaf
        event.subtrees = b"".join(merkle.completed(leaf, lefts))

    def _read_last(self) -> "Last | None":
        with connection.cursor() as cursor:
            cursor.execute(_LAST)
            return _last(cursor.fetchone())

    def _rows(
        self, indexes: set[int], last: "Last | None" = None
    ) -> dict[int, tuple[bytes, bytes]]:
        found = {}
        if last and last[0] - 1 in indexes:
            found[last[0] - 1] = last[1:]
        wanted = [index + 1 for index in indexes if index not in found]
        if wanted:
            marks = ", ".join(["%s"] * len(wanted))
            with connection.cursor() as cursor:
                cursor.execute(_THESE.format(marks), wanted)
                for sequence, leaf, subtrees in cursor.fetchall():
                    found[sequence - 1] = (bytes(leaf), bytes(subtrees))
        return found

    def size(self) -> int:
        """Return how many leaves the tree has, which is the last event's sequence."""
        last = self.order_by("-sequence").values_list("sequence", flat=True).first()
        return last or 0

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` leaves. Raises KeyError when rows are missing."""
        return merkle.joined(self._hashes(merkle.whole_subtrees(0, size)))

    def proof(self, sequence: int, size: int) -> list[bytes]:
        """Return the inclusion proof of an event in the tree of `size` leaves.

        Source: RFC 6962, section 2.1.1. Raises ValueError when the event is not among them,
        KeyError when rows are missing.
        """
        parts = [merkle.whole_subtrees(*each) for each in merkle.proof_ranges(sequence - 1, size)]
        hashes = iter(self._hashes([node for part in parts for node in part]))
        return [merkle.joined([next(hashes) for _node in part]) for part in parts]

    def _hashes(self, nodes: list[merkle.Node]) -> list[bytes]:
        return merkle.read_nodes(nodes, self._rows)


class AuditEvent(models.Model):
    """One thing that happened: a leaf of the ledger. Rows are only added.

    `content` holds the exact bytes; the other columns repeat parts of them for pages and filters,
    and the verifier compares them. After the keeping rule's time the bytes and those columns go.
    Contract: docs/ledger.md.
    """

    sequence = models.BigIntegerField(primary_key=True, help_text="1, 2, 3, ... without a gap.")
    at = models.DateTimeField()
    action = models.CharField(max_length=40, help_text="A stable key such as request.accepted.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        help_text="A pseudonym in the bytes; null is the console itself, or nobody known.",
    )
    address = models.CharField(max_length=45, blank=True)
    http_request_id = models.CharField(max_length=36, blank=True)
    request = models.ForeignKey(
        "images.ImageRequest", on_delete=models.PROTECT, null=True, related_name="events"
    )
    key = models.ForeignKey(
        "images.AccessKey", on_delete=models.PROTECT, null=True, related_name="events"
    )
    target = models.CharField(max_length=255, blank=True)
    content = models.BinaryField(null=True, help_text="Null once the keeping rule took the bytes.")
    leaf_hash = models.BinaryField(max_length=32)
    subtrees = models.BinaryField(
        default=b"", help_text="Hashes of the subtrees that this leaf completes, level 1 first."
    )

    objects = AuditEventManager()

    class Meta:
        ordering = ["sequence"]
        indexes = [
            models.Index(fields=["at"], name="event_by_time"),
            models.Index(fields=["action", "sequence"], name="event_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit event is never deleted.")

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What else is to be known, read from the bytes; empty once they are gone, and when they
        were changed into something that cannot be read, which proofs and verifier tell."""
        try:
            facts: dict[str, Any] = dict(json.loads(bytes(self.content or b""))["facts"])
        except (ValueError, KeyError, TypeError):
            return {}
        return facts

    @property
    def is_expired(self) -> bool:
        return self.content is None

    @property
    def at_utc(self) -> str:
        return instant(self.at)

    @property
    def actor_name(self) -> str:
        return self.actor.display_name if self.actor else ""

    def members(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Return what the bytes say, from the columns and `facts`. docs/ledger.md, section 1."""
        return {
            "version": FORMAT,
            "sequence": self.sequence,
            "at": instant(self.at),
            "action": self.action,
            "actor": _uuid(self.actor_id),
            "address": self.address,
            "http_request": self.http_request_id,
            "image_request": _uuid(self.request_id),
            "access_key": _uuid(self.key_id),
            "target": self.target,
            "facts": facts,
        }


def instant(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, six digits of a second, a Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _uuid(value: UUID | None) -> str | None:
    return str(value) if value else None


def _last(row: Any) -> Last | None:
    return (row[0], bytes(row[1]), bytes(row[2])) if row else None


def _acts() -> int:
    acts: int = getattr(_here, "acts", 0)
    return acts
