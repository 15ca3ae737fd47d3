"""The two verifiers as an auditor runs them: on a ZIP file or a folder, good, bad, or neither."""

import json
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from images.ledger import verify_export
from tests.ledger.mutated_files import flip
from tests.ledger.packs import Signer, build, zipped
from tests.ledger.verifiers import (
    FOLDER,
    SCRIPT,
    ask_javascript,
    find_node,
    remembered_signatures,
    zip_question,
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PACK = build(5, 9, expired=2)


@pytest.fixture(params=["python", "javascript"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Return a function that runs one of the verifiers in a folder of its own."""
    alone = tmp_path / "alone"
    alone.mkdir()
    if request.param == "python":
        # -I: neither our packages nor our environment, as on an auditor's machine.
        command = [sys.executable, "-I", str(shutil.copy(SCRIPT, alone))]
    else:
        for module in FOLDER.glob("*.mjs"):
            shutil.copy(module, alone)
        command = [find_node(), str(alone / "cli.mjs")]

    def runner(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        whole = [*command, *map(str, arguments)]
        return subprocess.run(whole, capture_output=True, text=True, cwd=tmp_path, check=False)

    return runner


def in_folder(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def in_zip(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    path.write_bytes(zipped(files.items(), compression))
    return path


def test_a_good_pack_is_good_in_each_way_to_keep_it(run: Run, tmp_path: Path) -> None:
    packs = [
        in_folder(tmp_path / "folder", PACK.files()),
        in_zip(tmp_path / "deflated.zip", PACK.files()),
        in_zip(tmp_path / "stored.zip", PACK.files(), zipfile.ZIP_STORED),
    ]
    behind = tmp_path / "behind.zip"
    behind.write_bytes(b"#!/bin/sh\n" + packs[1].read_bytes())
    for pack in [*packs, behind]:
        done = run(pack, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        answer = json.loads(done.stdout)
        assert list(answer) == [
            *("verdict", "reason", "file", "line", "sequence", "size", "events", "expired"),
            *("root", "key_is_trusted", "is_complete"),
        ]
        assert (answer["verdict"], answer["size"], answer["events"]) == ("good", 9, 7)


def test_a_very_large_archive_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Numbers above the limit go into the fields of ZIP64, as for members above 4 GiB.
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 50)
    pack = in_zip(tmp_path / "large.zip", PACK.files())
    monkeypatch.undo()
    assert b"PK\x06\x06" in pack.read_bytes()
    assert run(pack).returncode == 0


def test_a_good_pack_is_told_in_whole_sentences(run: Run, tmp_path: Path) -> None:
    pack = in_zip(tmp_path / "pack.zip", PACK.files())
    own, trusted = run(pack), run(pack, "--key", PACK.signer.verifier_key())
    for done in (own, trusted):
        assert done.returncode == 0
        assert all(line.endswith(".") for line in done.stdout.splitlines())
        assert done.stdout.splitlines()[0].lower() == "this pack is good."
    assert PACK.signer.key_id().hex() in own.stdout
    assert "from the pack itself" in own.stdout
    assert "from the pack itself" not in trusted.stdout


def test_a_bad_pack_is_told_with_reason_file_line_and_sequence(run: Run, tmp_path: Path) -> None:
    files = PACK.files()
    files["events.csv"] = files["events.csv"].replace(b"\r\n5,", b"\r\n6,")
    pack = in_zip(tmp_path / "pack.zip", files)
    said, told = run(pack), run(pack, "--json")
    assert (said.returncode, told.returncode) == (1, 1)
    answer = json.loads(told.stdout)
    assert (answer["verdict"], answer["reason"], answer["file"]) == ("bad", "csv", "events.csv")
    assert (answer["line"], answer["sequence"]) == (3, 5)
    assert "row 3 of events.csv" in said.stdout
    assert "sequence 5." in said.stdout
    assert all(line.endswith(".") for line in said.stdout.splitlines())


def test_earlier_checkpoints_are_compared(run: Run, tmp_path: Path) -> None:
    pack = in_zip(tmp_path / "pack.zip", PACK.files())
    names = []
    for size in (0, 4, 9):
        names.append(tmp_path / f"{size}.txt")
        names[-1].write_bytes(PACK.checkpoint(size))
    forged = tmp_path / "forged.txt"
    forged.write_bytes(PACK.signer.checkpoint(4, b"x" * 32))
    assert run(pack, "--earlier", *names, "--json").returncode == 0
    assert "goes on unchanged from the earlier checkpoints" in run(pack, "--earlier", *names).stdout
    assert run(pack, "--earlier", names[0], "--earlier", names[1]).returncode == 0
    found = run(pack, "--json", "--earlier", *names, forged)
    assert found.returncode == 1
    answer = json.loads(found.stdout)
    assert (answer["reason"], answer["file"]) == ("earlier", str(forged))


def test_a_file_may_hold_many_notes_as_in_the_anchor_folder(run: Run, tmp_path: Path) -> None:
    pack = in_zip(tmp_path / "pack.zip", PACK.files())
    month = tmp_path / "2026-11.txt"
    month.write_bytes(b"".join(PACK.checkpoint(size) + b"\n" for size in range(10)))
    done = run(pack, "--earlier", month)
    assert done.returncode == 0
    assert "(10)" in done.stdout
    month.write_bytes(month.read_bytes() + PACK.signer.checkpoint(4, b"x" * 32) + b"\n")
    said, told = (
        run(pack, "--earlier", month),
        json.loads(run(pack, "--json", "--earlier", month).stdout),
    )
    assert said.returncode == 1
    assert f"the note that begins at line 71 of {month}." in said.stdout
    assert (told["reason"], told["file"], told["line"]) == ("earlier", str(month), 71)


def test_a_selection_does_not_show_what_the_keeping_rule_took(run: Run, tmp_path: Path) -> None:
    whole = run(in_zip(tmp_path / "whole.zip", PACK.files()))
    selection = build(5, 9, left_out=3, expired=2)
    part = run(in_zip(tmp_path / "part.zip", selection.files()))
    assert (whole.returncode, part.returncode) == (0, 0)
    assert "does not show either that the keeping rule" not in whole.stdout
    assert "does not show either that the keeping rule" in part.stdout


def test_a_selection_is_said_not_to_be_compared(run: Run, tmp_path: Path) -> None:
    selection = build(5, 9, left_out=3)
    pack = in_zip(tmp_path / "pack.zip", selection.files())
    (tmp_path / "old.txt").write_bytes(selection.checkpoint(4))
    done = run(pack, "--earlier", "old.txt")
    assert done.returncode == 0
    assert "could not be compared" in done.stdout


def test_a_key_that_is_not_the_signers_is_bad(run: Run, tmp_path: Path) -> None:
    pack = in_zip(tmp_path / "pack.zip", PACK.files())
    for key, reason in [(Signer(9).verifier_key(), "checkpoint"), ("no key", "key"), ("", "key")]:
        done = run(pack, "--json", f"--key={key}")
        assert done.returncode == 1
        answer = json.loads(done.stdout)
        assert (answer["reason"], answer["key_is_trusted"]) == (reason, True)


def test_nothing_is_said_about_what_cannot_be_read(run: Run, tmp_path: Path) -> None:
    pack = in_zip(tmp_path / "pack.zip", PACK.files())
    whole = pack.read_bytes()
    spoilt = {
        "absent.zip": None,
        "empty.zip": b"",
        "text.zip": b"not a ZIP file",
        "cut.zip": whole[: len(whole) // 2],
        "damaged.zip": damaged(whole),
        "encrypted.zip": encrypted(whole),
        "bzip2.zip": zipped(PACK.files().items(), zipfile.ZIP_BZIP2),
    }
    for name, content in spoilt.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        assert_unusable(run(name))
        assert_unusable(run(name, "--json"))
    assert_unusable(run(pack, "--earlier", "absent.txt"))


def test_wrong_arguments_are_told(run: Run, tmp_path: Path) -> None:
    for arguments in ([], ["a.zip", "b.zip"], ["a.zip", "--unknown"], ["a.zip", "--key"]):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr
        assert "Traceback" not in done.stderr


def assert_unusable(done: "subprocess.CompletedProcess[str]") -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Nothing can be said about this pack")
    assert "Traceback" not in done.stderr
    assert "    at " not in done.stderr


def damaged(archive: bytes) -> bytes:
    """Spoil the content of the first member, which its checksum shows."""
    at = 30 + len("events.jsonl") + 40
    return archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :]


def encrypted(archive: bytes) -> bytes:
    """Set bit 0 of the flags of every member."""
    changed = archive
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(signature)
        while start >= 0:
            flags = struct.unpack_from("<H", changed, start + offset)[0] | 1
            at = start + offset
            changed = changed[:at] + struct.pack("<H", flags) + changed[at + 2 :]
            start = changed.find(signature, at)
    return changed


def ask_python_about(archive: Path) -> str:
    try:
        pack = verify_export.open_pack(str(archive))
        return verify_export.verify(pack)[0].verdict
    except (verify_export.Unusable, *verify_export.TROUBLES):
        return "unusable"


def test_both_read_the_same_out_of_a_spoilt_archive(tmp_path: Path) -> None:
    rng, pack = Random(11), build(6, 3)
    twice = zipped([*pack.files().items(), ("export.json", b"{}\n")])
    archives = [zipped(pack.files().items()), twice]
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        whole = zipped(pack.files().items(), compression)
        start = whole.index(b"PK\x01\x02")
        archives += [flip(whole[:start], rng) + whole[start:] for _ in range(150)]
        archives += [whole[:start] + flip(whole[start:], rng) for _ in range(150)]
    pairs = list(zip(*ask_both_about(archives, tmp_path), strict=True))
    assert pairs[:2] == [("good", "good"), ("bad", "bad")]
    # One may read on where the other gives up: behind the last byte of a member's content, say.
    # But they never say different things of what they both can read.
    assert all(len({*pair}) == 1 for pair in pairs if "unusable" not in pair)
    assert pairs.count(("unusable", "unusable")) > len(pairs) / 2


def ask_both_about(archives: list[bytes], folder: Path) -> tuple[list[str], list[str]]:
    python = []
    with remembered_signatures():
        for archive in archives:
            (folder / "one.zip").write_bytes(archive)
            python.append(ask_python_about(folder / "one.zip"))
    return python, [answer["verdict"] for answer in ask_javascript(map(zip_question, archives))]
