"""`manage.py verify_ledger`: what it prints, how it ends, and how it shows where it is."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from images.ledger_key import signing_key
from images.models import AuditEvent
from images.services.checkpoints import publish
from scpconsole.progress import ProgressBar
from tests.services.verified import happen
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("verify_ledger", *arguments, stdout=out)
    return out.getvalue()


def told_bad(*arguments: str) -> str:
    """Return what is printed when the end is 1."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_ledger", *arguments, stdout=out)
    assert end.value.code == 1
    return out.getvalue()


def refusal(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as refused:
        told(*arguments)
    return refused.value


@pytest.fixture
def note() -> str:
    happen(30)
    return publish().note


@pytest.fixture
def spoilt(note: str) -> None:
    with unguarded():
        AuditEvent.objects.filter(sequence__gte=5).update(target="another")


class TestGood:
    def test_it_says_what_was_verified(self, note: str) -> None:
        root = AuditEvent.objects.root_at(30).hex()
        assert told() == (
            "Good. Events: 30, of them expired: 0. Requests: 0. Checkpoints: 1 in the database, 1 "
            f"anchored, 0 of yours. Root {root[:4]}-{root[4:8]} ({root}).\n"
        )

    def test_an_auditor_s_own_key_and_notes(self, note: str, tmp_path: Path) -> None:
        kept = tmp_path / "kept.txt"
        kept.write_text(note, encoding="utf-8")
        key = str(signing_key().verifier)
        assert "1 of yours" in told("--key", key, "--checkpoint", str(kept))

    def test_json(self, note: str) -> None:
        found: dict[str, Any] = json.loads(told("--json"))
        assert (found["verdict"], found["size"], found["checkpoints"]) == ("good", 30, 1)
        assert (found["findings"], found["notes"], found["sequence"]) == ([], [], None)


class TestBad:
    @pytest.mark.usefixtures("spoilt")
    def test_it_names_the_first_and_lists_twenty(self) -> None:
        lines = told_bad().splitlines()
        assert lines[0] == "BAD. The first bad event is 5. Found by the data alone:"
        assert lines[1] == "  column: The columns of event 5 are not what its bytes say: target."
        assert len(lines) == 1 + 20 + 1
        assert lines[-1] == "  and 6 more."

    @pytest.mark.usefixtures("spoilt")
    def test_json(self) -> None:
        found: dict[str, Any] = json.loads(told_bad("--json"))
        assert (found["verdict"], found["sequence"], found["faults"]) == ("bad", 5, 26)
        assert found["findings"][0] == {
            "kind": "column",
            "by": "the data alone",
            "sequence": 5,
            "through": 5,
            "sentence": "The columns of event 5 are not what its bytes say: target.",
        }

    def test_another_key_than_ours(self, note: str) -> None:
        other = "example.com/log+1234"
        key = str(type(signing_key().verifier)("example.com/log", bytes(32)))
        assert "Found by a signed head, an anchor:" in told_bad("--key", key)
        assert "verifier key" in str(refusal("--key", other))

    def test_an_auditor_s_note_of_another_history(self, note: str, tmp_path: Path) -> None:
        kept = tmp_path / "kept.txt"
        other = signing_key().sign(
            size=10, root=bytes(32), at=AuditEvent.objects.get(sequence=1).at
        )
        kept.write_text(other, encoding="utf-8")
        assert told_bad("--checkpoint", str(kept)).startswith(
            "BAD. The first bad event is 1. Found by an auditor's own checkpoint:\n"
            "  root: One of the events 1 to 10 is not what it was by kept.txt, signed at "
        )


class TestItCannotTell:
    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        error = refusal("--anchors", str(tmp_path / "nowhere"))
        assert (error.returncode, "is no folder" in str(error)) == (2, True)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        error = refusal("--checkpoint", str(tmp_path / "nowhere"))
        assert (error.returncode, "cannot be verified" in str(error)) == (2, True)

    def test_a_key_of_ours_that_is_none(self, settings: Settings) -> None:
        settings.LEDGER_KEY = "?"
        assert refusal().returncode == 2


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestTheProgressBar:
    def test_on_a_terminal_it_stays_on_its_line(self) -> None:
        out = Terminal()
        with ProgressBar(out) as bar:
            for done in (1_000, 2_000):
                bar.show("events", done, 2_000)
        assert out.getvalue() == f"\r[{'#' * 40}] events: 2,000 of 2,000\x1b[K\n"

    def test_elsewhere_it_is_a_line_now_and_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = iter(range(0, 1_000, 6))
        monkeypatch.setattr("scpconsole.progress.time.monotonic", lambda: float(next(now)))
        out = io.StringIO()
        with ProgressBar(out) as bar:
            for done in range(1, 6):
                bar.show("events", done, 5)
        assert out.getvalue() == "events: 2 of 5\nevents: 4 of 5\n"

    @pytest.mark.parametrize("out", [Terminal(), io.StringIO()])
    def test_a_quiet_one_says_nothing(self, out: io.StringIO) -> None:
        with ProgressBar(out, is_quiet=True) as bar:
            bar.show("events", 5, 5)
        assert out.getvalue() == ""

    def test_of_nothing_it_is_full(self) -> None:
        out = Terminal()
        with ProgressBar(out) as bar:
            bar.show("events", 0, 0)
        assert "#" * 40 in out.getvalue()
