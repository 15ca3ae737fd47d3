"""The folder of the console's data: where it is, and that one supervisor alone runs in it."""

import fcntl
import os
from pathlib import Path
from typing import IO

from scpconsole.env import SettingError, env_text

ROOT = Path(__file__).resolve().parent.parent
_LOCK = "running.lock"


class FolderInUse(Exception):
    """Another supervisor runs in this folder. Its text is one sentence and what to do."""


def data_folder() -> Path:
    """Return CONSOLE_DATA_DIR, by default `.data` beside the sources.

    Raises SettingError when it is empty: the folder would be the one we happen to start in.
    """
    value = env_text("CONSOLE_DATA_DIR", default=str(ROOT / ".data"))
    if not value:
        raise SettingError("CONSOLE_DATA_DIR is empty. Name a folder, or do not set it at all.")
    return Path(value)


def made(folder: Path) -> Path:
    """Make the folder for this account's eyes alone. Raises SettingError when it cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = "it is a file" if folder.is_file() else error.strerror
        raise SettingError(
            f"CONSOLE_DATA_DIR must name a folder, and “{folder}” cannot be one: {why}."
        ) from error
    return folder


def claim(folder: Path) -> IO[bytes]:
    """Keep other supervisors out until the returned file is closed, at our death at the latest.

    Two stand-ins would write over each other's images. Raises FolderInUse, and SettingError
    when nothing can be written there.
    """
    try:
        lock = open(folder / _LOCK, "ab", opener=_for_us_alone)  # noqa: SIM115  (held open)
    except OSError as error:
        raise SettingError(
            f"CONSOLE_DATA_DIR names “{folder}”, where nothing can be written: {error.strerror}."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise FolderInUse(
            f"Another console runs with the data folder “{folder}”. Stop that one first, or set "
            "CONSOLE_DATA_DIR to another folder."
        ) from error
    return lock


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
