"""On rows of events, by somebody who leaves the tree as it is."""

import hashlib
from datetime import timedelta

from django.db.models import F

from images.models import AuditEvent, User
from images.services.verifying import By
from tests.tamper.attack import found_by
from tests.tamper.scene import Scene, edited

_OTHER = "Charlie told me to."
_BLANK = {
    **dict.fromkeys(("action", "address", "http_request_id", "target"), ""),
    **dict.fromkeys(("actor", "request", "key", "content")),
}


@found_by(By.DATA, "an event's bytes are edited")
def edit_bytes(scene: Scene) -> int:
    event = scene.event("request.settled")
    scene.change(event.sequence, content=edited(event, reason_given=_OTHER))
    return event.sequence


@found_by(By.DATA, "an event's bytes and its leaf hash are edited")
def edit_bytes_and_leaf(scene: Scene) -> int:
    event = scene.event("request.settled")
    content = edited(event, reason_given=_OTHER)
    leaf = hashlib.sha256(b"\x00" + content).digest()
    scene.change(event.sequence, content=content, leaf_hash=leaf)
    return event.sequence


@found_by(By.DATA, "a hash of the tree is edited")
def edit_subtrees(scene: Scene) -> int:
    scene.change(96, subtrees=bytes(32 * 5))
    return 96


@found_by(By.DATA, "an event in the middle is deleted")
def delete_one(scene: Scene) -> int:
    event = scene.event("request.settled")
    AuditEvent.objects.filter(pk=event.pk)._raw_delete("default")
    return event.sequence


@found_by(By.DATA, "an event is deleted and the rest is renumbered")
def delete_and_renumber(scene: Scene) -> int:
    event = scene.event("request.settled")
    AuditEvent.objects.filter(pk=event.pk)._raw_delete("default")
    for sequence in range(event.sequence + 1, scene.size + 2):
        scene.change(sequence, sequence=F("sequence") - 1)
    return event.sequence


@found_by(By.DATA, "an event is put in between")
def insert_one(scene: Scene) -> int:
    event = scene.event("request.settled")
    for sequence in range(scene.size, event.sequence - 1, -1):
        scene.change(sequence, sequence=F("sequence") + 1)
    event.content = edited(event, reason_given=_OTHER)
    event.leaf_hash = hashlib.sha256(b"\x00" + event.content).digest()
    AuditEvent.objects.bulk_create([event])
    return event.sequence


@found_by(By.DATA, "two events change places")
def swap_two(scene: Scene) -> int:
    rows = [scene.event("request.settled", nth=nth) for nth in (0, 1)]
    names = ("at", "action", "actor", "address", "http_request_id", "request", "key", "target")
    for row, other in zip(rows, reversed(rows), strict=True):
        columns = {name: getattr(other, name) for name in (*names, "content", "leaf_hash")}
        scene.change(row.sequence, **columns)
    return rows[0].sequence


@found_by(By.DATA, "only a shown column of an event is edited")
def edit_column(scene: Scene) -> int:
    event = scene.event("request.settled")
    scene.change(event.sequence, target="another-image")
    return event.sequence


@found_by(By.DATA, "only the person in an event's row is exchanged")
def edit_actor(scene: Scene) -> int:
    event = scene.event("request.settled")
    scene.change(event.sequence, actor=User.objects.get(username="bob"))
    return event.sequence


@found_by(By.DATA, "only the time in an event's row is set back")
def edit_time(scene: Scene) -> int:
    event = scene.event("request.settled")
    scene.change(event.sequence, at=event.at - timedelta(hours=1))
    return event.sequence


@found_by(By.DATA, "bytes are blanked as if the keeping rule had taken them")
def blank(scene: Scene) -> int:
    event = scene.event("request.settled")
    scene.change(event.sequence, **_BLANK)
    return event.sequence


@found_by(By.HEAD, "bytes are blanked, and a run of the keeping rule is recorded")
def blank_with_an_event(scene: Scene) -> int:
    """The forged event stands in the history for all to see, too. How old the first one is that
    no head covers from before, only its time told; for the next one a head does."""
    through = scene.event("request.recorded").sequence - 1
    young = AuditEvent.objects.filter(content__isnull=False, sequence__lte=through)
    first = young.order_by("sequence")[0].sequence
    young.update(**_BLANK)
    for event in AuditEvent.objects.filter(sequence__range=(first, through)):
        scene.change(event.sequence, at=event.at - timedelta(days=3 * 366))
    with AuditEvent.objects.act():
        AuditEvent.objects.append(
            "retention.applied",
            actor=None,
            facts={"through": through, "events": through - first + 1, "calls": 0},
        )
    return first + 1


@found_by(By.DATA, "the leaf hash of an event without bytes is exchanged")
def edit_expired_leaf(scene: Scene) -> int:
    scene.change(11, leaf_hash=bytes(32))
    return 11


@found_by(By.DATA, "an event without bytes is given a person again")
def edit_expired_actor(scene: Scene) -> int:
    scene.change(11, actor=User.objects.get(username="bob"))
    return 11
