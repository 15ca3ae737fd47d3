"""On the whole history, by somebody who makes the tree anew, and more and more of what signs it."""

import os
import shutil

from django.conf import settings

from images.ledger.notes import SigningKey
from images.models import AuditEvent, Checkpoint, ExchangeRecord, ImageRequest
from images.services import checkpoints
from images.services.people import add_person
from images.services.verifying import By
from images.vocabulary import Role
from tests.people import PASSWORD
from tests.tamper.attack import found_by
from tests.tamper.scene import Scene, edited


def _edit(scene: Scene) -> int:
    """Change what a person gave as the reason, and let everything in the table follow."""
    sequence = scene.event("request.settled").sequence

    def change(events: list[AuditEvent]) -> None:
        event = events[sequence - 1]
        event.content = edited(event, reason_given="Charlie told me to.")

    scene.rewrite(change)
    return sequence


@found_by(By.HEAD, "an event is edited, the tree recomputed")
def edit(scene: Scene) -> int:
    return _edit(scene)


def _edit_with_the_key(scene: Scene) -> int:
    sequence = _edit(scene)
    scene.refit_checkpoints()
    return sequence


def _edit_with_the_memory(scene: Scene) -> int:
    sequence = _edit_with_the_key(scene)
    scene.refit_memory()
    return sequence


@found_by(By.HEAD, "… and an older backup is said to have been accepted")
def edit_and_accept(scene: Scene) -> int:
    """The forged event stands in the history, and explains nothing of before itself."""
    sequence = _edit(scene)
    size = scene.size
    for found in (sequence - 1, size):
        with AuditEvent.objects.act():
            facts = {"found_size": found, "remembered_size": 10**6, "reason": "The disk broke."}
            AuditEvent.objects.append("ledger.acknowledged", actor=None, facts=facts)
    return sequence


@found_by(By.HEAD, "an event is taken out, the rest recomputed")
def take_out(scene: Scene) -> int:
    sequence = scene.event("key.tested").sequence
    scene.rewrite(lambda events: events.pop(sequence - 1))
    return sequence


@found_by(By.HEAD, "an event is put in between, the rest recomputed")
def put_in(scene: Scene) -> int:
    event = scene.event("key.tested")
    sequence = event.sequence

    def change(events: list[AuditEvent]) -> None:
        events.insert(sequence - 1, AuditEvent.objects.get(sequence=sequence))

    scene.rewrite(change)
    return sequence


@found_by(By.HEAD, "two events change places, the rest recomputed")
def swap(scene: Scene) -> int:
    first, second = (scene.event("session.signed_in", nth=nth).sequence - 1 for nth in (0, 1))

    def change(events: list[AuditEvent]) -> None:
        events[first], events[second] = events[second], events[first]

    scene.rewrite(change)
    return first + 1


@found_by(By.HEAD, "all checkpoints are signed with another key")
def sign_with_another_key(scene: Scene) -> None:
    scene.refit_checkpoints(SigningKey(settings.LEDGER_ORIGIN, os.urandom(32)))


@found_by(By.HEAD, "edited, recomputed, signed with another key")
def edit_and_sign_with_another_key(scene: Scene) -> int:
    sequence = _edit(scene)
    scene.refit_checkpoints(SigningKey(settings.LEDGER_ORIGIN, os.urandom(32)))
    return sequence


@found_by(By.MEMORY, "edited, recomputed, all checkpoints dropped")
def edit_and_drop(scene: Scene) -> int:
    sequence = _edit(scene)
    scene.drop_checkpoints(0)
    return sequence


@found_by(By.MEMORY, "edited, recomputed, signed with the stolen key")
def edit_with_the_key(scene: Scene) -> int:
    return _edit_with_the_key(scene)


@found_by(By.ANCHOR, "… and the signer's memory rewritten")
def edit_with_the_memory(scene: Scene) -> int:
    return _edit_with_the_memory(scene)


@found_by(By.AUDITOR, "… and the anchors rewritten")
def edit_with_the_anchors(scene: Scene) -> int:
    sequence = _edit_with_the_memory(scene)
    scene.refit_anchors()
    return sequence


@found_by(By.AUDITOR, "all is wiped and begun afresh with the stolen key")
def begin_afresh(scene: Scene) -> int:
    for model in (AuditEvent, Checkpoint, ExchangeRecord, ImageRequest):
        model._default_manager.all()._raw_delete("default")
    shutil.rmtree(scene.ledger)
    for number in range(200):
        add_person(name=f"person-{number}", role=Role.AUDITOR, password=PASSWORD)
    checkpoints.publish()
    return 1
