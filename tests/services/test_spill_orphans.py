"""Answers kept by a process that is gone are played by another; the living keep theirs."""

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from images.models import AccessKey, ImageRequest
from images.services import spill
from images.services.waking import Ticker
from images.vocabulary import State
from tests.services.asking import fresh
from tests.services.test_spill import accepted, claimed

pytestmark = pytest.mark.django_db(transaction=True)
HOLD = "import fcntl, sys; file = open(sys.argv[1], 'r+b'); fcntl.flock(file, fcntl.LOCK_EX); \
print('held', flush=True); sys.stdin.read()"


@contextlib.contextmanager
def living_process(path: Path) -> Iterator[None]:
    """Let another process hold the file until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def orphan(alices_key: AccessKey, spill_folder: Path) -> ImageRequest:
    """A request whose answer a process kept before it died."""
    asked = claimed(alices_key)
    spill.keep(request_id=asked.pk, attempt=1, outcome=accepted(str(uuid.uuid4())))
    spill._own.pop().close()
    return asked


def test_the_file_of_a_dead_one_is_played(orphan: ImageRequest, spill_folder: Path) -> None:
    Ticker("w").tick()
    assert (fresh(orphan).state, spill.is_waiting()) == (State.ACCEPTED, False)


def test_the_file_of_a_living_one_is_left_to_it(orphan: ImageRequest, spill_folder: Path) -> None:
    with living_process(spill_folder / "0.spill"):
        assert spill.is_waiting()
        assert spill.replay() == 0
        assert fresh(orphan).state == State.SENDING
        spill.prepare()
        assert spill._own[0].path == spill_folder / "1.spill"
    assert spill.replay() == 1
    assert fresh(orphan).state == State.ACCEPTED


def test_a_new_process_takes_the_dead_ones_file_as_its_own(
    orphan: ImageRequest, spill_folder: Path
) -> None:
    spill.prepare()
    spill.prepare()
    assert [each.path for each in spill._own] == [spill_folder / "0.spill"]
    assert spill.replay() == 1


def test_no_file_stays_open_after_a_replay(orphan: ImageRequest, spill_folder: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    spill.replay()
    assert len(os.listdir("/proc/self/fd")) == before
