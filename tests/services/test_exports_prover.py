"""Proofs of many events: the same as one by one, for fewer reads."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.ledger.merkle import root_from_proof
from images.models import AuditEvent, User
from images.services.exports.prover import Prover
from images.services.exports.selection import Selection, rows_of
from tests.services.exporting import happen
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


def proven(prover: Prover, sequences: list[int]) -> dict[int, list[str]]:
    return dict(prover.proofs(sequences))


def one_by_one(sequences: list[int], size: int) -> dict[int, list[str]]:
    return {
        sequence: [each.hex() for each in AuditEvent.objects.proof(sequence, size)]
        for sequence in sequences
    }


def test_they_are_the_proofs_of_every_event_in_every_tree(bob: User) -> None:
    happen(bob, times=19)
    for size in range(1, 20):
        every = list(range(1, size + 1))
        assert proven(Prover(size), every) == one_by_one(every, size)


@pytest.mark.parametrize("seed", range(8))
def test_whichever_are_chosen_and_however_they_are_parted(bob: User, seed: int) -> None:
    happen(bob, times=75)
    dice = random.Random(seed)
    size = dice.randint(40, 75)
    chosen = sorted(dice.sample(range(1, size + 1), dice.randint(1, 40)))
    prover, rest = Prover(size), chosen
    found: dict[int, list[str]] = {}
    while rest:
        at = dice.randint(1, 9)
        found |= proven(prover, rest[:at])
        rest = rest[at:]
    assert found == one_by_one(chosen, size)


def test_neighbours_share_what_is_read(bob: User) -> None:
    happen(bob, times=600)
    with CaptureQueriesContext(connection) as queries:
        proofs = proven(Prover(600), list(range(1, 601)))
    assert len(proofs) == 600
    assert len(queries) == 1


def test_where_a_row_was_taken_out_the_proof_leads_nowhere_and_others_hold(bob: User) -> None:
    happen(bob, times=8)
    root = AuditEvent.objects.root_at(8)
    leaves = dict(AuditEvent.objects.values_list("sequence", "leaf_hash"))
    with unguarded():
        AuditEvent.objects.filter(sequence=3)._raw_delete("default")
    proofs = proven(Prover(8), [1, 4, 5])
    holds = {
        sequence: root_from_proof(
            bytes(leaves[sequence]), sequence - 1, 8, [bytes.fromhex(each) for each in proof]
        )
        == root
        for sequence, proof in proofs.items()
    }
    assert holds == {1: True, 4: False, 5: True}


class TestSelection:
    @pytest.mark.parametrize("size", [0, 1, 6, 7, 8, 9, 15, 16, 4001])
    def test_all_of_them(self, size: int) -> None:
        chosen = Selection.of_all(size)
        assert list(chosen) == list(range(1, size + 1))
        assert len(chosen) == size
        assert [each for chunk in chosen.chunks() for each in chunk] == list(chosen)

    @pytest.mark.parametrize("seed", range(5))
    def test_some_of_them_kept_and_read_again(self, seed: int) -> None:
        dice = random.Random(seed)
        wanted = set(dice.sample(range(1, 5_001), 2_500))
        chosen = Selection(5_000)
        for sequence in wanted:
            chosen.add(sequence)
        again = Selection(5_000, bytes(chosen))
        assert list(again) == sorted(wanted)
        assert len(again) == 2_500
        assert {each for each in range(5_001) if each in again} == wanted

    def test_rows_come_by_sequence(self, bob: User) -> None:
        happen(bob, times=9)
        for chunk in ([1, 2, 3], [2, 5, 9], [7]):
            assert list(rows_of(chunk).values_list("sequence", flat=True)) == chunk
