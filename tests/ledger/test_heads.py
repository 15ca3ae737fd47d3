"""The signer's memory: one file, whole or as it was before, for its owner alone."""

import stat
import threading
from pathlib import Path

import pytest

from images.ledger import heads
from images.ledger.heads import BadMemory, Head

HEAD = Head(7, bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "head.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_remembered_at_first(path: Path) -> None:
    assert heads.read(path) is None


def test_what_was_written_is_read(path: Path) -> None:
    with heads.held(path):
        heads.write(path, HEAD)
        heads.write(path, Head(8, bytes(32)))
    assert heads.read(path) == Head(8, bytes(32))


def test_folder_and_files_are_for_nobody_else(path: Path) -> None:
    with heads.held(path):
        heads.write(path, HEAD)
    heads.add(path.parent / "checkpoints" / "2026-11.txt", "a note\n")
    assert mode(path.parent) == mode(path.parent / "checkpoints") == 0o700
    files = [each for each in path.parent.rglob("*") if each.is_file()]
    assert len(files) == 3
    assert {mode(each) for each in files} == {0o600}


def test_a_write_that_breaks_off_leaves_the_one_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with heads.held(path):
        heads.write(path, HEAD)

    def no_power(*args: object) -> None:
        raise OSError("no power")

    monkeypatch.setattr("images.ledger.heads.os.fsync", no_power)
    with pytest.raises(OSError, match="no power"):
        heads.write(path, Head(8, bytes(32)))
    assert heads.read(path) == HEAD


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"size": "x", "root": ""}', '{"size": 1, "root": "x"}']
)
def test_what_is_no_head_is_said(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(BadMemory, match="cannot be read"):
        heads.read(path)


def test_one_holds_it_and_the_others_wait(path: Path) -> None:
    order = []

    def take() -> None:
        with heads.held(path):
            order.append("second")

    with heads.held(path):
        other = threading.Thread(target=take)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join(10)
    assert order == ["first", "second"]


def test_a_memory_that_is_given_up_is_laid_aside(path: Path) -> None:
    heads.lay_aside(path, stamp="never-was")
    with heads.held(path):
        heads.write(path, HEAD)
    heads.lay_aside(path, stamp="20261123T075012")
    assert heads.read(path) is None
    assert heads.read(path.with_suffix(".20261123T075012.json")) == HEAD


def test_notes_are_added_at_the_end(tmp_path: Path) -> None:
    for text in ("one\n", "한국어\n"):
        heads.add(tmp_path / "deep" / "file.txt", text)
    assert (tmp_path / "deep" / "file.txt").read_text(encoding="utf-8") == "one\n한국어\n"
