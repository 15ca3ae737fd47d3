"""The evidence pack, as its own verifier sees it."""

import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from images.filters import Filters
from images.ledger.canonical import canonical
from images.ledger_key import signing_key
from images.models import AccessKey, AuditEvent, Export, User
from images.services.checkpoints import publish
from images.services.exports import evidence_pack
from images.services.exports.evidence_pack import CutOff
from images.services.exports.selection import Selection
from images.services.sending import send
from images.vocabulary import ExportKind
from scpconsole.sandbox import Sandbox
from tests.services.asking import ask_for
from tests.services.exporting import (
    ALL,
    VERIFIER,
    export_of,
    file_of,
    happen,
    let_expire,
    members_of,
    verdict_on,
)
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db
NAMES = [
    *("README.ko.txt", "README.en.txt", "verify_export.py", "verify.html", "public-key.txt"),
    *(
        "checkpoint.txt",
        "events.jsonl",
        "proofs.jsonl",
        "expired.jsonl",
        "events.csv",
        "export.json",
    ),
]


def pack_of(maker: User, **changes: Any) -> bytes:
    return file_of(export_of(maker, ExportKind.PACK, **changes))


class TestTheVerifierSaysGood:
    def test_of_the_whole_history_of_a_request(
        self, alices_key: AccessKey, scp: Sandbox, bob: User, tmp_path: Path
    ) -> None:
        send(request_id=ask_for(alices_key, scp, reason="점검 전 =1+1").pk)
        size = AuditEvent.objects.size()
        verdict = verdict_on(pack_of(bob), tmp_path, "--key", str(signing_key().verifier))
        assert verdict["verdict"] == "good", verdict
        assert (verdict["size"], verdict["events"], verdict["expired"]) == (size, size, 0)
        assert (verdict["is_complete"], verdict["key_is_trusted"]) == (True, True)

    def test_of_a_selection(self, alice: User, bob: User, tmp_path: Path) -> None:
        for actor in (alice, bob, None, alice, None, bob, alice):
            happen(actor, facts={"words": '=1+1, "가나다"\r\n\0'}, target="@web01")
        verdict = verdict_on(pack_of(bob, filters=Filters(person="alice")), tmp_path)
        assert verdict["verdict"] == "good", verdict
        assert (verdict["size"], verdict["events"], verdict["is_complete"]) == (7, 3, False)

    def test_with_events_that_the_keeping_rule_took(self, bob: User, tmp_path: Path) -> None:
        let_expire(bob, times=5)
        happen(bob, times=3)
        verdict = verdict_on(pack_of(bob), tmp_path)
        assert verdict["verdict"] == "good", verdict
        assert (verdict["events"], verdict["expired"], verdict["is_complete"]) == (4, 5, True)

    def test_of_nothing(self, bob: User, tmp_path: Path) -> None:
        verdict = verdict_on(pack_of(bob), tmp_path)
        assert verdict["verdict"] == "good", verdict
        assert (verdict["size"], verdict["events"]) == (0, 0)
        nothing = pack_of(bob, filters=Filters(person="nobody is called so"))
        assert verdict_on(nothing, tmp_path)["events"] == 0

    def test_beside_an_earlier_checkpoint(self, bob: User, tmp_path: Path) -> None:
        happen(bob, times=3)
        earlier = tmp_path / "earlier.txt"
        earlier.write_text(publish().note, encoding="utf-8")
        happen(bob, times=9)
        assert verdict_on(pack_of(bob), tmp_path, "--earlier", str(earlier))["verdict"] == "good"

    def test_in_several_chunks_and_with_sizes_beyond_4_gib_foreseen(
        self, bob: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("images.services.exports.selection.CHUNK", 7)
        monkeypatch.setattr(evidence_pack, "_MANY", 10)
        happen(bob, times=40)
        assert verdict_on(pack_of(bob), tmp_path)["events"] == 40

    def test_after_the_signing_key_was_changed(
        self, bob: User, tmp_path: Path, settings: Settings
    ) -> None:
        happen(bob)
        export = export_of(bob, ExportKind.PACK)
        settings.LEDGER_KEY = "YW5vdGhlciBrZXkgb2YgdGhlIHRlc3RzOiAzMiBieXQ="
        assert verdict_on(file_of(export), tmp_path)["verdict"] == "good"


class TestTheVerifierFindsWhatSomebodyChanged:
    def found(self, maker: User, tmp_path: Path) -> tuple[Any, ...]:
        verdict = verdict_on(pack_of(maker), tmp_path)
        return verdict["verdict"], verdict["reason"], verdict["sequence"]

    def test_an_event(self, bob: User, tmp_path: Path) -> None:
        happen(bob, times=9)
        event = AuditEvent.objects.get(sequence=4)
        forged = canonical(event.members(event.facts) | {"target": "another server"})
        with unguarded():
            AuditEvent.objects.filter(sequence=4).update(content=forged)
        assert self.found(bob, tmp_path) == ("bad", "proof", 4)

    @pytest.mark.parametrize("content", [b"{}", b"\xff\n", b""])
    def test_bytes_that_are_none_of_an_event(
        self, bob: User, tmp_path: Path, content: bytes
    ) -> None:
        happen(bob, times=9)
        with unguarded():
            AuditEvent.objects.filter(sequence=9).update(content=content)
        assert self.found(bob, tmp_path)[0] == "bad"

    def test_a_leaf(self, bob: User, tmp_path: Path) -> None:
        happen(bob, times=9)
        export = export_of(bob, ExportKind.PACK)
        with unguarded():
            AuditEvent.objects.filter(sequence=9).update(leaf_hash=bytes(32))
        assert verdict_on(file_of(export), tmp_path)["reason"] == "proof"

    def test_an_event_that_was_taken_out(self, bob: User, tmp_path: Path) -> None:
        happen(bob, times=9)
        with unguarded():
            AuditEvent.objects.filter(sequence=3)._raw_delete("default")
        # The proof of its neighbour has lost its foot.
        assert self.found(bob, tmp_path) == ("bad", "proof", 4)


class TestWhatIsInIt:
    def test_its_files_and_what_export_json_says(self, bob: User) -> None:
        happen(bob, times=2)
        export = export_of(bob, ExportKind.PACK, query="show=all&q=가")
        members = members_of(file_of(export))
        assert list(members) == NAMES
        about = json.loads(members["export.json"])
        assert members["export.json"] == canonical(about) + b"\n"
        assert about == {
            "count": 2,
            "expired": 0,
            "size": 2,
            "is_complete": True,
            "filter": "show=all&q=가",
            "time_zone": "Asia/Seoul",
            "made_at": export.made_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "maker": str(bob.pk),
            "export": str(export.pk),
        }

    def test_the_other_formats_are_in_it(self, bob: User) -> None:
        happen(bob, times=3)
        token = uuid.uuid4()
        lines = export_of(bob, ExportKind.JSON_LINES, token=token)
        members = members_of(file_of(_as(lines, ExportKind.PACK)))
        assert members["events.jsonl"] == file_of(_as(lines, ExportKind.JSON_LINES))
        assert members["events.csv"] == file_of(_as(lines, ExportKind.CSV))

    def test_json_lines_are_the_exact_bytes(self, bob: User) -> None:
        happen(bob, times=2, facts={"words": "가\u2028\0\x7f"})
        contents = AuditEvent.objects.values_list("content", flat=True)
        wanted = b"".join(bytes(content or b"") + b"\n" for content in contents)
        assert file_of(export_of(bob, ExportKind.JSON_LINES)) == wanted

    def test_its_verifiers_are_those_of_the_console(self, bob: User) -> None:
        members = members_of(pack_of(bob))
        assert members["verify_export.py"] == VERIFIER.read_bytes()
        assert b"<title>Evidence pack verifier</title>" in members["verify.html"]
        assert b"<script src" not in members["verify.html"]

    def test_the_checkpoint_and_its_key(self, bob: User) -> None:
        happen(bob)
        export = export_of(bob, ExportKind.PACK)
        members = members_of(file_of(export))
        assert members["checkpoint.txt"].decode() == export.checkpoint
        assert members["public-key.txt"].decode() == f"{signing_key().verifier}\n"

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("README.en.txt", "py verify_export.py . --key"),
            ("README.en.txt", "What it does not prove"),
            ("README.ko.txt", "이 묶음이 증명하지 않는 것"),
            ("README.ko.txt", "py verify_export.py ."),
        ],
    )
    def test_it_is_explained_for_windows_too(self, bob: User, name: str, said: str) -> None:
        content = members_of(pack_of(bob))[name]
        text = content.decode("utf-8-sig")
        assert content.startswith(b"\xef\xbb\xbf")
        assert text.count("\r\n") == text.count("\n") > 50
        assert said in text
        assert all(f"  {each} " in text for each in NAMES if "README" not in each)

    def test_every_download_is_the_same_file(self, alice: User, bob: User) -> None:
        happen(alice, times=3)
        export = export_of(bob, ExportKind.PACK, filters=ALL)
        first = file_of(export)
        happen(alice)
        assert file_of(export) == first

    def test_times_in_it_are_when_it_was_made(self, bob: User) -> None:
        export = export_of(bob, ExportKind.PACK)
        with zipfile.ZipFile(io.BytesIO(file_of(export))) as archive:
            times = {member.date_time for member in archive.infolist()}
        (time,) = times
        assert f"{time[0]:04}{time[1]:02}{time[2]:02}-{time[3]:02}{time[4]:02}" in export.file_name


def test_a_pack_is_broken_off_when_the_rule_takes_events_meanwhile(bob: User) -> None:
    happen(bob, times=2)
    export = export_of(bob, ExportKind.PACK)

    def expire(_rows: int) -> None:
        AuditEvent.objects.filter(sequence=1).update(content=None)

    with unguarded(), pytest.raises(CutOff):
        list(evidence_pack.evidence_pack(export, Selection.of_all(export.size), expire))


def _as(export: Export, kind: ExportKind) -> Export:
    export.kind = kind
    return export
