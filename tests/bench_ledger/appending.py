"""An act that is its event, against a plain insert and commit; by turns, and durable."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from django.core.management import call_command
from django.db import connection, models, transaction
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.vocabulary import Role
from tests.people import make_key, make_person, make_request

_SHOWN = ("request.accepted", "192.0.2.7", str(uuid.uuid4()))


class PlainRow(models.Model):
    """The columns and indexes of an event, without its guards and its tree."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=40)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=45, blank=True)
    http_request_id = models.CharField(max_length=36, blank=True)
    request = models.ForeignKey(ImageRequest, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.ForeignKey(AccessKey, on_delete=models.PROTECT, null=True, related_name="+")
    target = models.CharField(max_length=255, blank=True)
    content = models.BinaryField(null=True)
    leaf_hash = models.BinaryField(max_length=32)
    subtrees = models.BinaryField(default=b"")

    class Meta:
        app_label = "images"
        db_table = "bench_plain_row"

    def __str__(self) -> str:
        return self.action


@dataclass(frozen=True)
class Costs:
    """Medians, in milliseconds."""

    count: int
    append: float
    plain: float

    @property
    def ratio(self) -> float:
        return self.append / self.plain

    def __str__(self) -> str:
        return (
            f"appending an event {self.append:.3f} ms, a plain insert and commit "
            f"{self.plain:.3f} ms (medians of {self.count:,} each): ratio {self.ratio:.2f}"
        )


def measure(count: int) -> Costs:
    """Bring the empty database up to date and measure `count` of each, in random turns."""
    call_command("migrate", interactive=False, verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(PlainRow)
        for index in AuditEvent._meta.indexes:
            twin = index.clone()
            twin.name = f"bench_{index.name}"[:30]
            editor.add_index(PlainRow, twin)
    key = make_key(make_person("alice", Role.OPERATOR))
    asked = make_request(key)
    acts: dict[str, Callable[[], None]] = {
        "append": lambda: _append(asked),
        "plain": lambda: _insert(asked),
    }
    turns = ["append", "plain"] * count
    random.Random(count).shuffle(turns)
    for name in ("append", "plain") * 50:  # warm up
        acts[name]()
    times: dict[str, list[float]] = {"append": [], "plain": []}
    for name in turns:
        began = time.perf_counter()
        acts[name]()
        times[name].append(time.perf_counter() - began)
    return Costs(count, *(1000 * median(times[name]) for name in ("append", "plain")))


def _append(asked: ImageRequest) -> None:
    with AuditEvent.objects.act():
        AuditEvent.objects.append(
            _SHOWN[0],
            actor=asked.actor,
            request=asked,
            key=asked.key,
            target=asked.image_name,
            facts={"attempt": 1, "reason": "", "status": 202, "was_sent": True},
        )


_taken = 0


def _insert(asked: ImageRequest) -> None:
    global _taken
    _taken += 1
    with transaction.atomic():
        PlainRow(
            sequence=_taken,
            at=timezone.now(),
            action=_SHOWN[0],
            actor=asked.actor,
            request=asked,
            key=asked.key,
            target=asked.image_name,
            content=_CONTENT,
            leaf_hash=bytes(32),
            subtrees=bytes(32),
        ).save(force_insert=True)


_CONTENT = b"x" * 460
