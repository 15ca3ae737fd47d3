"""Both verifiers agree with every vector of docs/ledger-vectors.json, put into packs for them."""

import json
from random import Random
from typing import Any

from images.ledger import verify_export
from tests.ledger.drafts import Draft
from tests.ledger.packs import Event, History, Pack, Signer, build, canonical, leaf_hash, make_event
from tests.ledger.vectors import FILE
from tests.ledger.verifiers import Answer, ask_both

VECTORS: dict[str, Any] = json.loads(FILE.read_text())
OTHERS = [leaf_hash(bytes([number])) for number in range(40)]


def said_by_both(drafts: list[Draft]) -> list[Answer]:
    """Return the answers to the packs, which have to be the same from both."""
    answers = ask_both(drafts)
    assert all(python == javascript for python, javascript in answers)
    return [python for python, _ in answers]


def with_facts(value: object, raw: bytes) -> Draft:
    """Return the pack of one event that holds a value, written so."""
    event: Event = {**make_event(Random(1), 1), "facts": {"v": value}}
    pack = Pack([event], [1], [], is_complete=True)
    draft = Draft(pack, list(pack.files().items()))
    line = canonical({**event, "facts": {"v": "@"}}).replace(b'"v":"@"', b'"v":' + raw)
    draft.set_line("events.jsonl", 0, line)
    record = {**draft.record("proofs.jsonl", 0), "leaf": leaf_hash(line).hex()}
    draft.set_line("proofs.jsonl", 0, canonical(record))
    return draft


def under(head: bytes, size: int) -> Draft:
    """Return a selection of nothing under a head."""
    draft = Draft(build(0, 0), list(build(0, 0).files().items()))
    draft["checkpoint.txt"] = head
    draft.claim(size=size, is_complete=False)
    return draft


def test_canonical_values_are_read() -> None:
    vectors = VECTORS["canonical"]
    drafts = [with_facts(each["value"], bytes.fromhex(each["bytes"])) for each in vectors]
    assert {answer["verdict"] for answer in said_by_both(drafts)} == {"good"}


def test_what_is_not_canonical_is_refused() -> None:
    raws = [bytes.fromhex(each["bytes"]) for each in VECTORS["not_canonical"]]
    reasons = [answer["reason"] for answer in said_by_both([with_facts(None, raw) for raw in raws])]
    # A newline makes two lines of one, which are more than export.json says.
    assert reasons == ["export" if b"\n" in raw else "event" for raw in raws]


def test_the_event_is_read_and_its_leaf_is_right() -> None:
    line, leaf = VECTORS["event"]["text"].encode(), VECTORS["event"]["leaf"]
    event: Event = json.loads(line)
    index = event["sequence"] - 1
    history = History([*OTHERS[:index], bytes.fromhex(leaf), *OTHERS[index:]])
    size = len(history.leaves)
    draft = under(Signer().checkpoint(size, history.root()), size)
    proof = [each.hex() for each in history.proof(index)]
    record = {"index": index, "leaf": leaf, "proof": proof, "sequence": index + 1}
    draft.set_lines("events.jsonl", [line])
    draft.set_lines("proofs.jsonl", [canonical(record)])
    draft.set_rows(draft.rows())
    draft.claim(count=1)
    assert said_by_both([draft])[0]["verdict"] == "good"


def test_the_proofs_lead_to_their_roots_and_no_others() -> None:
    drafts, proofs = [], VECTORS["proofs"]
    for vector in proofs:
        record = {name: vector[name] for name in ("index", "leaf", "proof")}
        record["sequence"] = vector["index"] + 1
        for root in (bytes.fromhex(vector["root"]), bytes(32)):
            draft = under(Signer().checkpoint(vector["size"], root), vector["size"])
            draft.set_lines("expired.jsonl", [canonical(record)])
            draft.claim(expired=1)
            drafts.append(draft)
    reasons = [answer["reason"] for answer in said_by_both(drafts)]
    assert reasons == [None, "proof"] * len(proofs)


def test_the_checkpoint_is_read() -> None:
    vector = VECTORS["checkpoint"]
    draft = under(vector["note_text"].encode(), vector["size"])
    draft.key = vector["verifier_key_text"]
    draft.earlier = [("again.txt", vector["note_text"].encode())]
    (answer,) = said_by_both([draft])
    assert (answer["verdict"], answer["size"]) == ("good", vector["size"])
    assert verify_export.read_base64(answer["root"]).hex() == vector["root"]


def test_the_tree_has_the_roots() -> None:
    tree, roots = verify_export.Tree(), {each["size"]: each["root"] for each in VECTORS["roots"]}
    for number in range(max(roots) + 1):
        assert tree.root().hex() == roots.get(number, tree.root().hex())
        tree.append(verify_export.leaf_hash(str(number).encode()))
