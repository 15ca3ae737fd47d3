"""On the newest part: what was, as if it had not been."""

from images.models import AuditEvent
from images.services import checkpoints
from images.services.verifying import By
from tests.tamper.attack import found_by, harmless, unseen
from tests.tamper.scene import Scene


@found_by(By.DATA, "the newest events are cut off, their requests stay")
def cut_events_alone(scene: Scene) -> int:
    first = scene.yesterday_size + 1
    AuditEvent.objects.filter(sequence__gte=first)._raw_delete("default")
    return first


@found_by(By.HEAD, "today's events and requests are cut off")
def cut(scene: Scene) -> int:
    scene.cut(scene.yesterday_size + 1)
    return scene.yesterday_size + 1


@found_by(By.MEMORY, "… and the checkpoints over them")
def cut_with_checkpoints(scene: Scene) -> int:
    scene.cut(scene.yesterday_size + 1)
    scene.drop_checkpoints(scene.yesterday_size)
    return scene.yesterday_size + 1


@found_by(By.ANCHOR, "… and the signer's memory is rewritten")
def cut_with_memory(scene: Scene) -> int:
    scene.cut(scene.yesterday_size + 1)
    scene.drop_checkpoints(scene.yesterday_size)
    scene.refit_memory()
    return scene.yesterday_size + 1


@found_by(By.AUDITOR, "all but the first hundred is cut off, anchors and all")
def cut_with_anchors(scene: Scene) -> int:
    first = scene.event("session.signed_in", nth=2).sequence
    scene.cut(first)
    scene.drop_checkpoints(first - 1)
    scene.refit_memory()
    scene.refit_anchors()
    return first


@found_by(By.MEMORY, "yesterday's backup is restored")
def restore(scene: Scene) -> int:
    scene.restore_database()
    return scene.yesterday_size + 1


@found_by(By.MEMORY, "yesterday's backup is restored and its checkpoints are deleted")
def restore_without_checkpoints(scene: Scene) -> int:
    scene.restore_database()
    with scene.hands_on():
        scene.drop_checkpoints(0)
    return scene.yesterday_size + 1


@found_by(By.ANCHOR, "yesterday's backup is restored, the signer's memory as well")
def restore_with_memory(scene: Scene) -> int:
    scene.restore_database()
    scene.refit_memory()
    return scene.yesterday_size + 1


@found_by(By.ANCHOR, "later checkpoints are dropped")
def drop_checkpoints(scene: Scene) -> None:
    scene.drop_checkpoints(scene.yesterday_size)


@harmless("yesterday's backup is restored and accepted, with a reason")
def restore_and_accept(scene: Scene) -> None:
    """Not hidden: the event says what had been signed and why it was given up."""
    scene.restore_database()
    checkpoints.acknowledge(reason="The disk broke at noon.")


@unseen("the newest events and their request go before a checkpoint covers them")
def cut_what_no_head_covers(scene: Scene) -> int:
    last = AuditEvent.objects.filter(action="request.recorded").order_by("-sequence")[0]
    scene.cut(last.sequence)
    return last.sequence


@unseen("the whole machine goes back to yesterday: database, memory and anchors")
def restore_everything(scene: Scene) -> int:
    scene.restore_database()
    scene.restore_files()
    return scene.yesterday_size + 1
