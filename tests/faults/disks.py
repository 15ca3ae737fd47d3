"""A disk so small that it can be filled, and emptied again."""

import contextlib
import errno
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SIZE = "48m"  # room for four workers' spill files, and for either database


class Skipped(Exception):
    """The case cannot be played on this machine; the text says why."""


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a file system of a few megabytes. Raises Skipped where that is not allowed."""
    with tempfile.TemporaryDirectory(prefix="faults-disk-") as place:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place]
        try:
            done = subprocess.run(mount, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise Skipped("there is no mount command") from error
        if done.returncode:
            raise Skipped("a small file system can be mounted by root alone")
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


def fill(ballast: Path) -> None:
    """Write into the file until not one more byte fits."""
    size = 1 << 20
    with ballast.open("ab", buffering=0) as content:
        while size:
            try:
                content.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
