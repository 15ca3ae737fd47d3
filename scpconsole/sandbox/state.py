"""Keeps images and ledger in one JSON file across restarts."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scpconsole.sandbox.images import Image
from scpconsole.sandbox.journal import LedgerEntry
from scpconsole.sandbox.life import Life


class BadState(ValueError):
    """The state file is there and is not one of ours."""


def load(path: Path | None) -> tuple[list[Image], list[LedgerEntry]]:
    """Images and ledger of an earlier run; both empty without a file. Raises BadState."""
    if path is None or not path.exists():
        return [], []
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        images = [Image(**{**one, "life": Life(**one["life"])}) for one in kept["images"]]
        return images, [LedgerEntry(**one) for one in kept["ledger"]]
    except (ValueError, TypeError, KeyError) as odd:
        raise BadState(f"{path} is not a state file of the stand-in: {odd}") from odd


def save(path: Path | None, images: Sequence[Image], ledger: Sequence[LedgerEntry]) -> None:
    """Write all of it, atomically: a kill leaves the old file or the new one."""
    if path is None:
        return
    kept = {
        "images": [asdict(image) for image in images],
        "ledger": [asdict(entry) for entry in ledger],
    }
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(kept, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
