"""On what is kept of the heads: checkpoints, the signer's memory, anchors, an auditor's pack."""

import zipfile
from datetime import timedelta
from pathlib import Path

from images.ledger import heads
from images.ledger.heads import Head
from images.models import Checkpoint
from images.services.verifying import By
from tests.tamper.attack import found_by, found_in_the_pack
from tests.tamper.scene import Scene


@found_by(By.HEAD, "a checkpoint's note is changed")
def edit_note(scene: Scene) -> None:
    row = Checkpoint.objects.order_by("id")[2]
    note = row.note.replace(f"\n{row.size}\n", f"\n{row.size - 1}\n")
    Checkpoint.objects.filter(pk=row.pk).update(note=note)


@found_by(By.HEAD, "a checkpoint's columns are changed, its note is not")
def edit_columns(scene: Scene) -> None:
    row = Checkpoint.objects.order_by("id")[2]
    Checkpoint.objects.filter(pk=row.pk).update(root=bytes(32))


@found_by(By.HEAD, "a checkpoint's time is changed")
def edit_time(scene: Scene) -> None:
    row = Checkpoint.objects.order_by("id")[2]
    earlier = row.signed_at - timedelta(hours=1)
    Checkpoint.objects.filter(pk=row.pk).update(signed_at=earlier)


@found_by(By.MEMORY, "the signer's memory is garbled")
def garble_memory(scene: Scene) -> None:
    scene.memory.write_text("{}")


@found_by(By.MEMORY, "the signer's memory is exchanged")
def edit_memory(scene: Scene) -> int:
    heads.write(scene.memory, Head(scene.size, bytes(32)))
    return 1


@found_by(By.ANCHOR, "an anchored note is changed")
def edit_anchor(scene: Scene) -> None:
    file = max(scene.anchors.glob("*.txt"))
    size = Checkpoint.objects.order_by("-id")[0].size
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"\n{size}\n", f"\n{size + 1}\n"), encoding="utf-8")


@found_in_the_pack("an event in an auditor's pack is edited")
def edit_pack(scene: Scene) -> int:
    def edit(member: str, content: bytes) -> bytes:
        is_events = member == "events.jsonl"
        return (
            content.replace(b"I looked at both.", b"I looked at none", 1) if is_events else content
        )

    before = _members(scene.auditor.pack)["events.jsonl"].splitlines()
    _repack(scene.auditor.pack, edit)
    after = _members(scene.auditor.pack)["events.jsonl"].splitlines()
    number = next(i for i, pair in enumerate(zip(before, after, strict=True)) if len(set(pair)) > 1)
    return number + _expired(scene) + 1


@found_in_the_pack("an event is taken out of an auditor's pack, counts and all")
def take_out_of_pack(scene: Scene) -> None:
    lines = {"events.jsonl": b"\n", "proofs.jsonl": b"\n", "events.csv": b"\r\n"}

    def edit(member: str, content: bytes) -> bytes:
        if member == "export.json":
            count = len(_members(scene.auditor.pack)["events.jsonl"].splitlines())
            return content.replace(b'"count":%d' % count, b'"count":%d' % (count - 1))
        if member not in lines:
            return content
        rows = content.split(lines[member])
        del rows[50]
        return lines[member].join(rows)

    _repack(scene.auditor.pack, edit)


def _members(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _repack(pack: Path, edit: object) -> None:
    assert callable(edit)
    members = {name: edit(name, content) for name, content in _members(pack).items()}
    with zipfile.ZipFile(pack, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _expired(scene: Scene) -> int:
    return len(_members(scene.auditor.pack)["expired.jsonl"].splitlines())
