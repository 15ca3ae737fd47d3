"""Proofs of events against the newest checkpoint, also where somebody changed the past."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.ledger import merkle
from images.ledger.notes import open_checkpoint
from images.ledger_key import signing_key
from images.models import AuditEvent, Checkpoint
from images.proof_report import proof_sentence
from images.services import checkpoints, retention
from images.services.proofs import Proof, Verdict, newest_checkpoint, prove, removal_of
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db

STRANGE = b"\x00" * 32


def append(count: int = 1, **facts: object) -> AuditEvent:
    for _ in range(count):
        with AuditEvent.objects.act():
            event = AuditEvent.objects.append("request.status", actor=None, facts=facts)
    return event


def prove_all() -> list[Proof]:
    return prove(list(AuditEvent.objects.order_by("sequence")))


def verdicts() -> list[Verdict]:
    return [proof.verdict for proof in prove_all()]


class TestAWholeHistory:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
    def test_every_event_under_the_checkpoint_is_proven(self, size: int) -> None:
        append(size)
        checkpoints.publish()
        assert verdicts() == [Verdict.PROVEN] * size

    def test_what_came_after_it_waits(self) -> None:
        append(3)
        checkpoints.publish()
        append(2)
        assert verdicts() == [Verdict.PROVEN] * 3 + [Verdict.WAITING] * 2
        last = prove_all()[-1]
        assert last.hashes is None
        assert not last.is_broken

    def test_before_the_first_checkpoint_all_wait(self) -> None:
        append(2)
        assert verdicts() == [Verdict.WAITING] * 2
        assert prove_all()[0].checkpoint is None

    def test_it_is_held_against_the_newest(self) -> None:
        append(3)
        checkpoints.publish()
        append(2)
        newest = checkpoints.publish()
        assert {proof.checkpoint for proof in prove_all()} == {newest}
        assert newest_checkpoint() == newest

    def test_what_is_handed_out_proves_the_event_to_a_stranger(self) -> None:
        append(6, word="한국어 \u202e")
        checkpoints.publish()
        for number, proof in enumerate(prove_all(), start=1):
            given = json.loads(json.dumps(proof.as_json()))
            head = open_checkpoint(given["checkpoint"], signing_key().verifier)
            leaf = merkle.leaf_hash(given["event"].encode())
            assert given["leaf"] == leaf.hex()
            assert (given["sequence"], given["index"]) == (number, number - 1)
            path = [bytes.fromhex(each) for each in given["proof"]]
            assert merkle.root_from_proof(leaf, given["index"], head.size, path) == head.root

    def test_it_costs_as_many_queries_for_ten_as_for_two(self) -> None:
        append(12)
        checkpoints.publish()
        counts = []
        for many in (2, 10):
            events = list(AuditEvent.objects.order_by("sequence")[:many])
            with CaptureQueriesContext(connection) as queries:
                prove(events)
            counts.append(len(queries))
        assert counts == [2, 2]

    def test_of_nothing_there_is_nothing_to_say(self) -> None:
        assert prove([]) == []


def change(sequence: int, **columns: object) -> None:
    with unguarded():
        AuditEvent.objects.filter(sequence=sequence).update(**columns)


def edited(event: AuditEvent) -> bytes:
    return bytes(event.content or b"").replace(b"request.status", b"request.gone  ")


TAMPERING: dict[str, tuple[Callable[[AuditEvent], dict[str, object]], Verdict]] = {
    "bytes": (lambda event: {"content": edited(event)}, Verdict.CHANGED),
    "bytes that are no JSON": (lambda event: {"content": b"{"}, Verdict.CHANGED),
    "bytes that are no text": (lambda event: {"content": b"\xff"}, Verdict.CHANGED),
    "bytes and leaf": (
        lambda event: {"content": edited(event), "leaf_hash": merkle.leaf_hash(edited(event))},
        Verdict.MISSHOWN,
    ),
    "bytes of another kind and leaf": (
        lambda event: {"content": b"[1]", "leaf_hash": merkle.leaf_hash(b"[1]")},
        Verdict.MISSHOWN,
    ),
    "bytes nested without end and leaf": (
        lambda event: {"content": b"[" * 9000, "leaf_hash": merkle.leaf_hash(b"[" * 9000)},
        Verdict.MISSHOWN,
    ),
    "bytes away": (lambda event: {"content": None}, Verdict.CHANGED),
    "action": (lambda event: {"action": "request.ready"}, Verdict.MISSHOWN),
    "time": (lambda event: {"at": event.at + timedelta(microseconds=1)}, Verdict.MISSHOWN),
    "target": (lambda event: {"target": "another"}, Verdict.MISSHOWN),
    "address": (lambda event: {"address": "192.0.2.1"}, Verdict.MISSHOWN),
}


class TestAChangedHistory:
    @pytest.mark.parametrize("what", TAMPERING)
    def test_an_event_that_was_changed_is_named(self, what: str) -> None:
        append(5)
        checkpoints.publish()
        columns, verdict = TAMPERING[what]
        change(3, **columns(AuditEvent.objects.get(sequence=3)))
        found = prove_all()
        assert found[2].verdict == verdict
        assert found[2].is_broken
        assert not found[2].is_readable
        assert found[2].as_json()["sequence"] == 3

    def test_one_that_was_written_anew_throughout_leads_astray(self) -> None:
        append(5)
        checkpoints.publish()
        event = AuditEvent.objects.get(sequence=3)
        event.action = "request.ready"
        content = edited(event).replace(b"request.gone  ", b"request.ready")
        change(3, action="request.ready", content=content, leaf_hash=merkle.leaf_hash(content))
        assert verdicts()[2] == Verdict.ASTRAY

    def test_a_hash_of_the_tree_that_was_changed_shows(self) -> None:
        append(4)
        checkpoints.publish()
        change(2, subtrees=STRANGE)
        assert verdicts() == [Verdict.PROVEN] * 2 + [Verdict.ASTRAY] * 2
        change(2, subtrees=b"short")
        assert verdicts()[2:] == [Verdict.ASTRAY] * 2

    def test_an_event_that_was_taken_out_shows_at_its_neighbour(self) -> None:
        append(4)
        checkpoints.publish()
        with unguarded():
            AuditEvent.objects.filter(sequence=1).delete()
        found = prove_all()
        assert [proof.event.sequence for proof in found] == [2, 3, 4]
        assert [proof.verdict for proof in found][0] == Verdict.ASTRAY
        assert found[0].hashes is None

    def test_a_checkpoint_that_is_not_ours_proves_nothing(self) -> None:
        append(3)
        good = checkpoints.publish()
        values = {"size": 3, "note": good.note, "root": good.root, "signed_at": good.signed_at}
        for changes, expected in (
            ({"note": good.note.replace("signed-at 2", "signed-at 3")}, Verdict.UNSIGNED),
            ({"note": "nonsense"}, Verdict.UNSIGNED),
            ({"root": STRANGE}, Verdict.UNSIGNED),
            ({}, Verdict.PROVEN),
        ):
            Checkpoint.objects.create(**{**values, **changes})
            assert set(verdicts()) == {expected}

    def test_a_checkpoint_whose_row_claims_more_than_its_note_proves_nothing(self) -> None:
        append(3)
        good = checkpoints.publish()
        append(2)
        Checkpoint.objects.create(size=5, note=good.note, root=good.root, signed_at=good.signed_at)
        assert set(verdicts()) == {Verdict.UNSIGNED}


class TestInWords:
    @pytest.mark.parametrize(
        ("verdict", "sentence"),
        [
            (Verdict.PROVEN, "Event 1 is in the tree that was signed at"),
            (Verdict.WAITING, "Event 1 is not yet covered by a checkpoint."),
            (Verdict.CHANGED, "The bytes of event 1 are not those that were recorded"),
            (Verdict.MISSHOWN, "What this page shows of event 1 is not what its bytes say."),
            (Verdict.UNSIGNED, "so it proves nothing of event 1."),
            (Verdict.ASTRAY, "Event 1 does not fit the tree that was signed at"),
        ],
    )
    def test_each_verdict_is_a_sentence(self, verdict: Verdict, sentence: str) -> None:
        event = append()
        checkpoint = checkpoints.publish()
        said = proof_sentence(Proof(event, verdict, checkpoint))
        assert sentence in said
        assert "{" not in said
        is_alarm = "changed" in said or "proves nothing" in said
        assert is_alarm == Proof(event, verdict, checkpoint).is_broken


class TestTheKeepingRule:
    def test_what_it_took_is_proven_by_the_leaf_alone(self) -> None:
        with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC)):
            append(3)
        append(1)
        retention.apply()
        checkpoints.publish()
        found = prove_all()
        assert [proof.verdict for proof in found] == [Verdict.PROVEN] * 5
        old = found[0]
        assert old.event.is_expired
        assert not old.is_readable
        assert old.as_json()["event"] is None
        assert len(old.as_json()["proof"]) == 3
        run = removal_of(old.event)
        assert run is not None
        assert run.action == "retention.applied"
        assert removal_of(found[3].event) is None

    def test_bytes_that_are_gone_above_what_it_reached_are_a_forgery(self) -> None:
        with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC)):
            append(2)
        append(1)
        retention.apply()
        checkpoints.publish()
        change(3, content=None)
        assert verdicts() == [Verdict.PROVEN] * 2 + [Verdict.CHANGED, Verdict.PROVEN]

    def test_a_run_whose_bytes_are_nonsense_excuses_nothing(self) -> None:
        append(2)
        with AuditEvent.objects.act():
            AuditEvent.objects.append("retention.applied", actor=None, facts={"through": "2"})
        change(1, content=None)
        assert verdicts()[0] == Verdict.CHANGED
        assert removal_of(AuditEvent.objects.get(sequence=1)) is None
        change(3, content=b"{")
        assert verdicts()[0] == Verdict.CHANGED


def test_the_text_of_the_bytes_is_whole() -> None:
    append(1, word="가")
    (proof,) = prove_all()
    assert proof.text == bytes(AuditEvent.objects.get().content or b"").decode()
