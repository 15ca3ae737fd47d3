"""The record of an act: only inside one, and read with patience for bytes that were changed."""

import pytest
from django.db import connection, transaction

from images.ledger.canonical import NotCanonical
from images.ledger.merkle import Frontier, leaf_hash, root_from_proof
from images.models import AuditEvent

pytestmark = pytest.mark.django_db


def happen(**facts: object) -> AuditEvent:
    with AuditEvent.objects.act():
        return AuditEvent.objects.append("key.tested", actor=None, facts=facts)


class TestAppending:
    def test_it_needs_an_act(self) -> None:
        with transaction.atomic(), pytest.raises(transaction.TransactionManagementError):
            AuditEvent.objects.append("key.tested", actor=None)

    def test_after_an_act_that_failed_it_needs_one_again(self) -> None:
        with pytest.raises(RuntimeError), AuditEvent.objects.act():
            raise RuntimeError
        with pytest.raises(transaction.TransactionManagementError):
            AuditEvent.objects.append("key.tested", actor=None)

    def test_what_has_no_canonical_form_is_refused_and_nothing_is_written(self) -> None:
        with pytest.raises(NotCanonical):
            happen(seconds=0.5)
        assert AuditEvent.objects.size() == 0

    def test_a_sequence_has_no_gap_after_a_failure(self) -> None:
        happen()
        with pytest.raises(RuntimeError), AuditEvent.objects.act():
            AuditEvent.objects.append("key.tested", actor=None)
            raise RuntimeError
        happen()
        assert list(AuditEvent.objects.values_list("sequence", flat=True)) == [1, 2]

    def test_the_rows_are_the_tree(self) -> None:
        tree = Frontier()
        for number in range(33):
            event = happen(number=number)
            subtrees = tree.add(leaf_hash(bytes(event.content or b"")))
            assert bytes(event.subtrees) == b"".join(subtrees)
            assert AuditEvent.objects.root_at(number + 1) == tree.root()

    def test_every_proof_leads_to_the_root(self) -> None:
        for number in range(21):
            happen(number=number)
        for size in (1, 2, 7, 8, 20, 21):
            root = AuditEvent.objects.root_at(size)
            for event in AuditEvent.objects.filter(sequence__lte=size):
                proof = AuditEvent.objects.proof(event.sequence, size)
                leaf = bytes(event.leaf_hash)
                assert root_from_proof(leaf, event.sequence - 1, size, proof) == root

    def test_it_costs_at_most_three_statements(self) -> None:
        for _number in range(7):
            happen()
        with AuditEvent.objects.act():
            before = len(connection.queries_log)
            connection.force_debug_cursor = True
            AuditEvent.objects.append("key.tested", actor=None)
            connection.force_debug_cursor = False
            assert 2 <= len(connection.queries_log) - before <= 3


class TestFacts:
    @pytest.mark.parametrize("content", [None, b"", b"no json", b"[1]", b'{"facts":1}', b"\xff"])
    def test_bytes_that_cannot_be_read_hold_none(self, content: bytes | None) -> None:
        assert AuditEvent(action="key.tested", content=content).facts == {}

    def test_an_event_is_never_saved_again_or_deleted(self) -> None:
        event = happen()
        with pytest.raises(TypeError):
            event.save()
        with pytest.raises(TypeError):
            event.delete()
