"""Mutations of proofs.jsonl and expired.jsonl."""

from random import Random
from typing import Any

from tests.ledger.drafts import Draft, kind, need
from tests.ledger.mutated_lines import exchange
from tests.ledger.packs import canonical


def change_proof(draft: Draft, rng: Random, name: str, **changes: object) -> None:
    number = draft.some_line(name, rng)
    record = draft.record(name, number)
    changed = {**record, **changes}
    need(canonical(changed) != canonical(record))
    draft.set_line(name, number, canonical(changed))


def proof_file(draft: Draft, rng: Random) -> str:
    return rng.choice([name for name in ("proofs.jsonl", "expired.jsonl") if draft[name]] or [""])


def change_siblings(draft: Draft, rng: Random, at_least: int) -> tuple[str, int, list[str]]:
    """Return any file, line and its siblings, at least so many."""
    name = proof_file(draft, rng)
    need(name)
    number = draft.some_line(name, rng)
    siblings: list[str] = draft.record(name, number)["proof"]
    need(len(siblings) >= at_least)
    return name, number, siblings


def put_siblings(draft: Draft, name: str, number: int, siblings: list[Any]) -> None:
    draft.set_line(name, number, canonical({**draft.record(name, number), "proof": siblings}))


@kind("proof")
def proof_line_gone(draft: Draft, rng: Random) -> None:
    number = draft.some_line("proofs.jsonl", rng)
    lines = draft.lines("proofs.jsonl")
    draft.set_lines("proofs.jsonl", lines[:number] + lines[number + 1 :])


@kind("count")
def proof_line_added(draft: Draft, rng: Random) -> None:
    draft.set_lines(
        "proofs.jsonl",
        [*draft.lines("proofs.jsonl"), rng.choice([b"", b"{}", b'{"sequence":5}', b"x"])],
    )


@kind("proof")
def proofs_swapped(draft: Draft, rng: Random) -> None:
    exchange(draft, rng, "proofs.jsonl")


@kind("proof")
def siblings_swapped_between_lines(draft: Draft, rng: Random) -> None:
    draft.some_line("proofs.jsonl", rng, at_least=2)
    one, two = rng.sample(range(len(draft.lines("proofs.jsonl"))), 2)
    siblings = [draft.record("proofs.jsonl", number)["proof"] for number in (one, two)]
    need(siblings[0] != siblings[1])
    put_siblings(draft, "proofs.jsonl", one, siblings[1])
    put_siblings(draft, "proofs.jsonl", two, siblings[0])


@kind("proof")
def sibling_flipped(draft: Draft, rng: Random) -> None:
    name, number, siblings = change_siblings(draft, rng, 1)
    at = rng.randrange(len(siblings))
    siblings[at] = f"{int(siblings[at], 16) ^ (1 << rng.randrange(256)):064x}"
    put_siblings(draft, name, number, siblings)


@kind("proof")
def sibling_gone(draft: Draft, rng: Random) -> None:
    name, number, siblings = change_siblings(draft, rng, 1)
    del siblings[rng.randrange(len(siblings))]
    put_siblings(draft, name, number, siblings)


@kind("proof")
def sibling_added(draft: Draft, rng: Random) -> None:
    name, number, siblings = change_siblings(draft, rng, 0)
    siblings.insert(rng.randrange(len(siblings) + 1), rng.choice(["0" * 64, *siblings]))
    put_siblings(draft, name, number, siblings)


@kind("proof")
def siblings_turned_round(draft: Draft, rng: Random) -> None:
    name, number, siblings = change_siblings(draft, rng, 2)
    put_siblings(draft, name, number, siblings[::-1])


@kind("proof")
def sibling_in_capitals(draft: Draft, rng: Random) -> None:
    name, number, siblings = change_siblings(draft, rng, 1)
    at = rng.randrange(len(siblings))
    need(siblings[at] != siblings[at].upper())
    siblings[at] = siblings[at].upper()
    put_siblings(draft, name, number, siblings)


@kind("proof")
def sibling_of_another_type(draft: Draft, rng: Random) -> None:
    name, number, siblings = change_siblings(draft, rng, 1)
    at = rng.randrange(len(siblings))
    wrong: list[Any] = [None, 0, True, [], {}, "", siblings[at][:-2], siblings[at] + "00"]
    wrong += ["g" * 64, siblings[at] + "\n", " " + siblings[at][1:], [siblings[at]]]
    put_siblings(draft, name, number, siblings[:at] + [rng.choice(wrong)] + siblings[at + 1 :])


@kind("proof")
def proof_of_another_type(draft: Draft, rng: Random) -> None:
    name = proof_file(draft, rng)
    need(name)
    change_proof(draft, rng, name, proof=rng.choice([None, "", {}, 0, True, "0" * 64]))


@kind("proof")
def index_changed(draft: Draft, rng: Random) -> None:
    name = proof_file(draft, rng)
    need(name)
    wrong: list[Any] = [-1, len(draft.pack.events), 2**53 - 1, True, False, None, "0", [], 0, 1, 2]
    change_proof(draft, rng, name, index=rng.choice(wrong))


@kind("proof")
def sequence_of_a_proof_changed(draft: Draft, rng: Random) -> None:
    wrong = [0, -1, True, None, "1", 1, 2, 3, 2**53 - 1]
    change_proof(draft, rng, "proofs.jsonl", sequence=rng.choice(wrong))


@kind("proof")
def leaf_changed(draft: Draft, rng: Random) -> None:
    name = proof_file(draft, rng)
    need(name)
    number = draft.some_line(name, rng)
    leaf = draft.record(name, number)["leaf"]
    wrong = [leaf[::-1], leaf.upper(), leaf[:-1], leaf + "0", "", None, 0, "0x" + leaf, [leaf]]
    change_proof(draft, rng, name, leaf=rng.choice(wrong))


def spoil_members(record: dict[str, Any], rng: Random) -> dict[str, Any]:
    if rng.random() < 0.5:
        return {**record, rng.choice(["extra", "", "Leaf"]): rng.choice([None, 1, "x", []])}
    gone = rng.choice(list(record))
    return {name: value for name, value in record.items() if name != gone}


@kind("proof")
def proof_members_changed(draft: Draft, rng: Random) -> None:
    number = draft.some_line("proofs.jsonl", rng)
    changed = spoil_members(draft.record("proofs.jsonl", number), rng)
    draft.set_line("proofs.jsonl", number, canonical(changed))


@kind("event")
def expired_members_changed(draft: Draft, rng: Random) -> None:
    number = draft.some_line("expired.jsonl", rng)
    changed = spoil_members(draft.record("expired.jsonl", number), rng)
    draft.set_line("expired.jsonl", number, canonical(changed))


@kind("order")
def expired_swapped(draft: Draft, rng: Random) -> None:
    exchange(draft, rng, "expired.jsonl")


@kind("order")
def expired_twice(draft: Draft, rng: Random) -> None:
    number = draft.some_line("expired.jsonl", rng)
    lines = draft.lines("expired.jsonl")
    draft.set_lines("expired.jsonl", [*lines[: number + 1], *lines[number:]])
    draft.claim(expired=len(lines) + 1)


@kind("order")
def expired_sequence_of_another_type(draft: Draft, rng: Random) -> None:
    change_proof(draft, rng, "expired.jsonl", sequence=rng.choice([None, "1", True, [], {}]))


@kind("bad")
def expired_sequence_changed(draft: Draft, rng: Random) -> None:
    wrong = [-(2**53 - 1), -1, 0, 1, 2, 3, len(draft.pack.events) + 1, 2**53 - 1]
    change_proof(draft, rng, "expired.jsonl", sequence=rng.choice(wrong))


@kind("complete")
def expired_gone_from_a_whole(draft: Draft, rng: Random) -> None:
    need(draft.pack.is_complete)
    number = draft.some_line("expired.jsonl", rng)
    lines = draft.lines("expired.jsonl")
    draft.set_lines("expired.jsonl", lines[:number] + lines[number + 1 :])
    draft.claim(expired=len(lines) - 1)
