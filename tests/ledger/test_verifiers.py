"""Two verifiers, each written from docs/ledger.md alone, say the same about every pack."""

from collections import Counter
from random import Random
from types import ModuleType

import pytest

from tests.ledger.drafts import KINDS, Draft, Kind
from tests.ledger.mutations import SOURCES, how_many, kinds_of, mutants, packs
from tests.ledger.packs import build
from tests.ledger.verifiers import ask_both

SEED = 20261123


def test_both_call_a_good_pack_good_and_tell_the_same_of_it() -> None:
    built = packs()
    drafts = [Draft(pack, list(pack.files().items())) for pack in built]
    for pack, (python, javascript) in zip(built, ask_both(drafts), strict=True):
        assert python == javascript
        assert python["verdict"] == "good"
        assert python["size"] == len(pack.events)
        assert python["events"] == len(pack.exported)
        assert python["expired"] == len(pack.expired)
        assert python["is_complete"] == pack.is_complete
        assert python["key_is_trusted"] is False


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__.split(".")[-1])
def test_both_agree_on_spoilt_packs_and_find_what_changes_meaning(source: ModuleType) -> None:
    made = list(mutants(SEED, kinds_of(source)))
    answers = ask_both([draft for _, draft in made])
    unlike, wrong = [], []
    for (kind, _), (python, javascript) in zip(made, answers, strict=True):
        if python != javascript:
            unlike.append((kind.name, python, javascript))
        if not kind.agrees(python):
            wrong.append((kind.name, kind.expects, python))
    assert unlike == []
    assert wrong == []


def test_these_are_ten_thousand_packs_of_many_kinds_for_every_reason() -> None:
    assert sum(map(how_many, KINDS)) >= 10_000
    assert len(KINDS) == sum(len(kinds_of(source)) for source in SOURCES) >= 40
    assert max(Counter(kind.name for kind in KINDS).values()) == 1
    assert {kind.expects for kind in KINDS} == {
        *("missing", "key", "checkpoint", "export", "event", "order", "proof", "csv"),
        *("count", "expired", "complete", "earlier", "good", "bad", "any"),
    }


def test_a_bad_line_is_named_by_its_number_and_its_own_sequence() -> None:
    # Sequences and numbers of lines differ in a selection; the fourth line is another event's.
    pack = build(5, 30, left_out=12)
    kind = next(kind for kind in KINDS if kind.name == "fact_edited_with_leaf")
    draft = kind.draft(pack, pack.files(), Random(3))
    before = build(5, 30, left_out=12).files()["events.jsonl"].split(b"\n")
    number = next(at for at, line in enumerate(draft.lines("events.jsonl")) if line != before[at])
    ((python, javascript),) = ask_both([draft])
    assert python == javascript
    assert (python["line"], python["sequence"]) == (number + 1, pack.exported[number])
    assert number + 1 != pack.exported[number]


def test_a_line_that_cannot_be_read_is_named_by_the_sequence_of_its_proof() -> None:
    pack = build(6, 9, left_out=3)
    draft = Draft(pack, list(pack.files().items()))
    draft.set_line("events.jsonl", 2, b"not an event")
    ((python, javascript),) = ask_both([draft])
    assert python == javascript
    assert (python["reason"], python["line"]) == ("event", 3)
    assert python["sequence"] == pack.exported[2]


def test_the_first_reason_is_named_where_there_are_several() -> None:
    names = "file_gone key_wrong signature_gone completeness_of_another_type shape_broken"
    names += " column_gone row_added left_out_of_a_whole earlier_head_spoilt"
    kinds: list[Kind] = [next(k for k in KINDS if k.name == name) for name in names.split()]
    pack = build(8, 5)
    drafts = []
    for first in range(len(kinds)):
        draft = Draft(pack, list(pack.files().items()))
        for kind in reversed(kinds[first:]):
            kind.apply(draft, Random(first))
        drafts.append(draft)
    answers = ask_both(drafts)
    assert [python["reason"] for python, _ in answers] == [kind.expects for kind in kinds]
    assert all(python == javascript for python, javascript in answers)
