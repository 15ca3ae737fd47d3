"""The signer's memory: the newest head that it signed, in a file outside the database.

One file a machine. A process takes the file's lock, compares, signs, writes, lets go.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class BadMemory(Exception):
    """The file is there but cannot be read as a head. Its text is one sentence."""


@dataclass(frozen=True)
class Head:
    """How many leaves the signer has vouched for, and their root."""

    size: int
    root: bytes


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep every other process of this machine from signing meanwhile. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _open(path.with_suffix(".lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(path: Path) -> Head | None:
    """Return the remembered head; None when nothing was ever signed here. Raises BadMemory and
    OSError."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    try:
        kept = json.loads(text)
        return Head(int(kept["size"]), bytes.fromhex(kept["root"]))
    except (ValueError, TypeError, KeyError) as error:
        raise BadMemory(f"The signer's memory {path} cannot be read.") from error


def write(path: Path, head: Head) -> None:
    """Remember a head: all of it or, after a power cut, the one before. Raises OSError."""
    fresh = path.with_suffix(".new")
    with _open(fresh) as file:
        file.truncate(0)
        file.write(json.dumps({"size": head.size, "root": head.root.hex()}))
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def _open(path: Path) -> IO[str]:
    return open(path, "a", encoding="utf-8", opener=_for_us_alone)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def lay_aside(path: Path, *, stamp: str) -> None:
    """Forget the head, but keep the file under another name. Raises OSError."""
    if path.exists():
        os.replace(path, path.with_suffix(f".{stamp}.json"))


def add(path: Path, text: str) -> None:
    """Write at the end of a file, which is made with its folder, and see it on the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _open(path) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
