"""The packs that the product writes, as both verifiers see them."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from pytest_django import Settings

from images.filters import Filters
from images.ledger_key import signing_key
from images.models import AccessKey, AuditEvent, User
from images.services.checkpoints import publish
from images.services.sending import send
from images.vocabulary import ExportKind
from scpconsole.sandbox import Sandbox
from tests.ledger.drafts import Draft
from tests.ledger.mutated_expiry import take_bytes
from tests.ledger.packs import AWKWARD, Signer, build
from tests.ledger.verifiers import ask_javascript, ask_python, question, zip_question
from tests.services.asking import ask_for
from tests.services.exporting import (
    export_of,
    file_of,
    happen,
    let_expire,
    members_of,
    verdict_on,
)

pytestmark = pytest.mark.django_db


def ask_both(archive: bytes, folder: Path, *earlier: Path, key: str | None = None) -> Any:
    """Return what both verifiers say of a ZIP file, which has to be the same."""
    given = ["--earlier", *map(str, earlier)] if earlier else []
    python = verdict_on(archive, folder, *given, *(["--key", key] if key else []))
    notes = [(str(path), path.read_bytes()) for path in earlier]
    (javascript,) = ask_javascript([zip_question(archive, key, notes)])
    assert python == javascript
    return python


def pack_of(maker: User, **changes: Any) -> bytes:
    return file_of(export_of(maker, ExportKind.PACK, **changes))


def live(alices_key: AccessKey, scp: Sandbox) -> None:
    """Let Alice ask for images, one of them in words that are hard to write."""
    send(request_id=ask_for(alices_key, scp, reason='점검 전 =1+1, "가"\r\n👩\u200d💻').pk)
    send(request_id=ask_for(alices_key, scp, position=1, image_name="web-02").pk)


def test_the_whole_history_is_good(
    alices_key: AccessKey, scp: Sandbox, bob: User, tmp_path: Path
) -> None:
    live(alices_key, scp)
    for words in AWKWARD:
        happen(bob, target=words, facts={"words": words})
    size = AuditEvent.objects.size()
    answer = ask_both(pack_of(bob), tmp_path, key=str(signing_key().verifier))
    assert (answer["verdict"], answer["events"], answer["expired"]) == ("good", size, 0)
    assert (answer["is_complete"], answer["key_is_trusted"]) == (True, True)


def test_a_selection_is_good_and_is_said_to_be_one(
    alices_key: AccessKey, scp: Sandbox, bob: User, tmp_path: Path
) -> None:
    happen(bob, times=3)
    live(alices_key, scp)
    answer = ask_both(pack_of(bob, filters=Filters(person="alice")), tmp_path)
    assert (answer["verdict"], answer["is_complete"]) == ("good", False)
    assert 0 < answer["events"] < answer["size"]


def test_an_operators_own_history_is_good(
    alices_key: AccessKey, scp: Sandbox, alice: User, bob: User, tmp_path: Path
) -> None:
    happen(bob, times=3)
    live(alices_key, scp)
    answer = ask_both(pack_of(alice), tmp_path)
    assert (answer["verdict"], answer["is_complete"]) == ("good", False)
    assert answer["events"] > 0


def test_an_empty_history_is_good(bob: User, tmp_path: Path) -> None:
    answer = ask_both(pack_of(bob), tmp_path)
    assert (answer["verdict"], answer["size"], answer["is_complete"]) == ("good", 0, True)


def with_expired(actor: User) -> None:
    """The keeping rule took some, and others came after them."""
    let_expire(actor, times=5)
    happen(actor, times=4)


def test_expired_events_are_good_where_the_rule_tells_of_them(bob: User, tmp_path: Path) -> None:
    with_expired(bob)
    answer = ask_both(pack_of(bob), tmp_path)
    assert (answer["verdict"], answer["is_complete"]) == ("good", True)
    assert (answer["events"], answer["expired"]) == (5, 5)
    selection = ask_both(pack_of(bob, filters=Filters(person="bob")), tmp_path)
    assert (selection["verdict"], selection["is_complete"]) == ("good", False)


def test_an_event_that_is_hidden_as_expired_is_found_by_both(bob: User) -> None:
    with_expired(bob)
    files = members_of(pack_of(bob))
    for number in range(5):
        draft = Draft(build(0, 0), list(files.items()))
        hidden = draft.record("events.jsonl", number)
        take_bytes(draft, number)
        (javascript,) = ask_javascript([question(draft)])
        assert ask_python(draft) == javascript
        assert (javascript["reason"], javascript["file"]) == ("expired", "expired.jsonl")
        # The first in the file is the keeping rule's own: without it none of them may be gone.
        is_rule = hidden["action"] == "retention.applied"
        assert javascript["sequence"] == (1 if is_rule else hidden["sequence"])


def test_a_month_of_the_anchor_folder_is_compared_by_both(
    bob: User, settings: Settings, tmp_path: Path
) -> None:
    for _ in range(4):
        happen(bob, times=3)
        publish()
    archive = pack_of(bob)
    (month,) = settings.LEDGER_ANCHOR_DIR.glob("*.txt")
    assert month.read_bytes().count(b"\nsigned-at ") == 5
    assert ask_both(archive, tmp_path, month)["verdict"] == "good"

    happen(bob)
    publish()
    later = ask_both(archive, tmp_path, month)
    assert (later["reason"], later["file"], later["line"]) == ("earlier", str(month), 1 + 5 * 7)


def test_a_month_of_another_history_is_found_by_both(
    bob: User, settings: Settings, tmp_path: Path
) -> None:
    happen(bob, times=3)
    archive = pack_of(bob)
    (month,) = settings.LEDGER_ANCHOR_DIR.glob("*.txt")
    key = signing_key()
    forged = key.sign(size=2, root=Random(1).randbytes(32), at=AuditEvent.objects.latest("at").at)
    month.write_bytes(month.read_bytes() + forged.encode() + b"\n")
    answer = ask_both(archive, tmp_path, month)
    assert (answer["reason"], answer["line"]) == ("earlier", 8)


def test_a_pack_of_another_signer_is_not_good_with_our_key(bob: User, tmp_path: Path) -> None:
    happen(bob)
    answer = ask_both(pack_of(bob), tmp_path, key=Signer(1).verifier_key())
    assert answer["reason"] == "checkpoint"
