"""The spill file itself: slots that are written whole, found again, and held by one process."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from images.services.spill import SLOT_BYTES, SLOTS, SpillFile

RECORD = {"request_id": "r", "attempt": 1, "outcome": {"body": "가나다"}}
ROOT = Path(__file__).resolve().parent.parent.parent
# In a process of its own, where no file may grow beyond what is already there: as on a full disk.
ON_A_FULL_DISK = """
import os, resource, signal, sys
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from images.services.spill import SLOT_BYTES, SLOTS, SpillFile

def most_bytes(of_a_file):
    resource.setrlimit(resource.RLIMIT_FSIZE, (of_a_file, resource.RLIM_INFINITY))

path, is_prepared = Path(sys.argv[1]), sys.argv[2] == "prepared"
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if is_prepared:
    spilled = SpillFile.take(path)
    most_bytes(SLOTS * SLOT_BYTES)
    try:
        path.with_name("another").write_bytes(bytes(SLOTS * SLOT_BYTES + 1))
        print("not full")
    except OSError:
        print("full")
    for number in range(SLOTS):
        print(spilled.keep({"number": number, "filler": "x" * 100_000}))
else:
    most_bytes(4096)
    print("no file" if SpillFile.take(path) is None else "a file")
most_bytes(resource.RLIM_INFINITY)  # whoever measures this process writes a file at its end
"""


@pytest.fixture
def spilled(tmp_path: Path) -> Iterator[SpillFile]:
    yield from taken(tmp_path / "0.spill")


def taken(path: Path) -> Iterator[SpillFile]:
    found = SpillFile.take(path)
    assert found is not None
    yield found
    found.close()


def kept(spilled: SpillFile) -> list[dict[str, Any]]:
    return [record for _, record in spilled.records()]


def overwrite(spilled: SpillFile, place: int, content: bytes) -> None:
    with spilled.path.open("r+b") as file:
        file.seek(place)
        file.write(content)


class TestKeeping:
    def test_what_is_kept_is_found_again(self, spilled: SpillFile) -> None:
        assert kept(spilled) == []
        assert spilled.keep(RECORD)
        assert spilled.keep({**RECORD, "attempt": 2})
        assert list(spilled.records()) == [(0, RECORD), (1, {**RECORD, "attempt": 2})]

    def test_what_is_cleared_is_not_found_and_its_slot_is_free(self, spilled: SpillFile) -> None:
        for attempt in range(SLOTS):
            assert spilled.keep({**RECORD, "attempt": attempt})
        spilled.clear(3)
        assert [slot for slot, _ in spilled.records()] == [n for n in range(SLOTS) if n != 3]
        assert spilled.keep({**RECORD, "attempt": 99})
        assert dict(spilled.records())[3]["attempt"] == 99

    def test_a_full_file_takes_no_more_and_loses_nothing(self, spilled: SpillFile) -> None:
        records = [{**RECORD, "attempt": attempt} for attempt in range(SLOTS)]
        assert all(spilled.keep(record) for record in records)
        assert not spilled.keep(RECORD)
        assert kept(spilled) == records

    def test_what_is_too_big_for_a_slot_is_not_cut(self, spilled: SpillFile) -> None:
        assert not spilled.keep({"body": "x" * SLOT_BYTES})
        assert kept(spilled) == []
        assert spilled.keep({"body": "x" * (SLOT_BYTES - 100)})

    def test_it_outlives_whoever_kept_it(self, tmp_path: Path) -> None:
        for earlier in taken(tmp_path / "0.spill"):
            earlier.keep(RECORD)
        for later in taken(tmp_path / "0.spill"):
            assert kept(later) == [RECORD]


class TestHalfWrittenSlots:
    def test_bytes_without_their_head_are_no_record(self, spilled: SpillFile) -> None:
        overwrite(spilled, 40, b'{"request_id": "r"')
        assert kept(spilled) == []
        assert spilled.keep(RECORD)
        assert kept(spilled) == [RECORD]

    def test_a_head_without_its_bytes_is_no_record(self, spilled: SpillFile) -> None:
        spilled.keep(RECORD)
        overwrite(spilled, 60, b"\0\0\0\0")
        assert kept(spilled) == []

    @pytest.mark.parametrize("length", [SLOT_BYTES, 2**63])
    def test_a_length_that_cannot_be_is_no_record(self, spilled: SpillFile, length: int) -> None:
        overwrite(spilled, 0, length.to_bytes(8, "big"))
        assert kept(spilled) == []

    def test_the_slots_beside_it_are_not_touched(self, spilled: SpillFile) -> None:
        spilled.keep(RECORD)
        spilled.keep({**RECORD, "attempt": 2})
        overwrite(spilled, 50, b"\0")
        assert kept(spilled) == [{**RECORD, "attempt": 2}]


class TestTheFile:
    def test_nobody_else_reads_it(self, spilled: SpillFile) -> None:
        assert spilled.path.stat().st_mode & 0o777 == 0o600

    def test_its_room_is_taken_beforehand(self, spilled: SpillFile) -> None:
        stat = spilled.path.stat()
        assert stat.st_size == SLOTS * SLOT_BYTES
        assert stat.st_blocks * 512 >= stat.st_size
        spilled.keep(RECORD)
        assert spilled.path.stat().st_size == SLOTS * SLOT_BYTES

    def test_one_process_holds_it(self, spilled: SpillFile) -> None:
        assert SpillFile.take(spilled.path) is None

    def test_one_that_was_cut_short_is_filled_up(self, tmp_path: Path) -> None:
        path = tmp_path / "0.spill"
        path.write_bytes(bytes(100))
        for spilled in taken(path):
            assert kept(spilled) == []
        assert path.stat().st_size >= SLOTS * SLOT_BYTES


def on_a_full_disk(path: Path, prepared: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(path), prepared],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split("\n")[:-1]


class TestAFullDisk:
    def test_what_was_prepared_takes_every_slot(self, tmp_path: Path) -> None:
        assert on_a_full_disk(tmp_path / "0.spill", "prepared") == ["full", *["True"] * SLOTS]
        found = SpillFile.take(tmp_path / "0.spill")
        assert found is not None
        assert [record["number"] for record in kept(found)] == list(range(SLOTS))
        found.close()

    def test_without_preparation_there_is_no_file(self, tmp_path: Path) -> None:
        assert on_a_full_disk(tmp_path / "0.spill", "not prepared") == ["no file"]
