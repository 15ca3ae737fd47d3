"""Mutations of the key, of export.json, and of the earlier checkpoints."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.ledger.drafts import Draft, kind, need
from tests.ledger.mutated_heads import put_signature
from tests.ledger.mutated_lines import edited_history
from tests.ledger.packs import Signer

WRONG_KEYS: dict[str, Callable[[Signer], str]] = {
    "type": lambda signer: signer.verifier_key(kind=b"\2"),
    "length": lambda signer: signer.verifier_key(signer.public[:-1]),
    "id": lambda signer: signer.verifier_key().replace(signer.key_id().hex(), "00000000"),
    "capitals": lambda signer: signer.verifier_key().replace(
        signer.key_id().hex(), signer.key_id().hex().upper()
    ),
    "name": lambda signer: signer.verifier_key().replace("console", "other", 1),
    "space": lambda signer: signer.verifier_key().replace("/", "/ ", 1),
    "empty": lambda signer: "",
    "parts": lambda signer: signer.verifier_key().rpartition("+")[0],
    "padding": lambda signer: signer.verifier_key() + "=",
    "end": lambda signer: signer.verifier_key() + "\n",
    "no base64": lambda signer: signer.verifier_key()[:-4] + "!!!!",
    "no name": lambda signer: Signer(0, "").verifier_key(),
    "white name": lambda signer: Signer(0, "a\u2003b").verifier_key(),
    "control in name": lambda signer: Signer(0, "a\x01b").verifier_key(),
}


def wrong_key(draft: Draft, rng: Random) -> str:
    key = rng.choice(list(WRONG_KEYS.values()))(draft.pack.signer)
    need(key != draft.pack.signer.verifier_key())
    return key


@kind("key")
def key_wrong(draft: Draft, rng: Random) -> None:
    draft["public-key.txt"] = wrong_key(draft, rng).encode() + b"\n"


@kind("key")
def trusted_key_wrong(draft: Draft, rng: Random) -> None:
    draft.key = wrong_key(draft, rng)


@kind("checkpoint")
def key_of_another(draft: Draft, rng: Random) -> None:
    draft["public-key.txt"] = Signer(3).verifier_key().encode() + b"\n"


@kind("checkpoint")
def key_of_small_order(draft: Draft, rng: Random) -> None:
    points = [b"\1" + b"\0" * 31, b"\0" * 32, b"\xec" + b"\xff" * 30 + b"\x7f", b"\2" + b"\0" * 31]
    points += [b"\xff" * 32, b"\xed" + b"\xff" * 30 + b"\x7f", b"\xee" + b"\xff" * 31]
    point, signer = rng.choice(points), draft.pack.signer
    draft["public-key.txt"] = signer.verifier_key(point).encode() + b"\n"
    # With a neutral key, R = [S]B is a "signature" of anything; here S is 0.
    put_signature(draft, signer.key_id(point) + b"\1" + b"\0" * 63)


@kind("good")
def key_trusted(draft: Draft, rng: Random) -> None:
    draft.key = draft.pack.signer.verifier_key()
    draft["public-key.txt"] = rng.choice([b"", b"spoilt", draft["public-key.txt"]])


@kind("export")
def claim_wrong(draft: Draft, rng: Random) -> None:
    name = rng.choice(["count", "expired", "size"])
    value = len({"count": draft.pack.exported, "expired": draft.pack.expired}.get(name, []))
    value = len(draft.pack.events) if name == "size" else value
    wrong: list[Any] = [value + 1, value - 1, str(value), [value], 2**53 - 1, None]
    wrong += [bool(value)] if value < 2 else []
    draft.claim(**{name: rng.choice(wrong)})


@kind("export")
def completeness_of_another_type(draft: Draft, rng: Random) -> None:
    draft.claim(is_complete=rng.choice([0, 1, "true", "", [], None]))


@kind("complete")
def completeness_claimed(draft: Draft, rng: Random) -> None:
    need(not draft.pack.is_complete)
    draft.claim(is_complete=True)


@kind("good")  # nothing of this is proven, and nobody may rely on it
def claims_that_prove_nothing(draft: Draft, rng: Random) -> None:
    name = rng.choice(["filter", "time_zone", "made_at", "maker", "export", "extra"])
    draft.claim(**{name: rng.choice(["edited", 7, {"a": []}, None])})


def need_older(draft: Draft, rng: Random) -> int:
    need(draft.pack.is_complete and draft.pack.events)
    return rng.randrange(1, len(draft.pack.events) + 1)


@kind("good")
def earlier_heads(draft: Draft, rng: Random) -> None:
    sizes = [0, len(draft.pack.events), rng.randrange(len(draft.pack.events) + 1)]
    draft.earlier = [(f"{size}.txt", draft.pack.checkpoint(size)) for size in sizes]
    draft.key = rng.choice([None, draft.pack.signer.verifier_key()])


@kind("earlier")
def earlier_head_of_another_history(draft: Draft, rng: Random) -> None:
    size = need_older(draft, rng)
    old = draft.pack.signer.checkpoint(size, rng.randbytes(32))
    draft.earlier = [("0.txt", draft.pack.checkpoint(0)), ("old.txt", old)]


@kind("earlier")
def earlier_head_of_an_edited_history(draft: Draft, rng: Random) -> None:
    edited = edited_history(draft.pack, rng)
    draft.earlier = [("old.txt", edited.checkpoint(len(edited.events)))]


@kind("good")  # said, and not bad: the first leaves are not in the pack
def earlier_head_not_comparable(draft: Draft, rng: Random) -> None:
    need(not draft.pack.is_complete and len(draft.pack.events) > 1)
    size = rng.randrange(1, len(draft.pack.events))
    draft.earlier = [("old.txt", draft.pack.signer.checkpoint(size, rng.randbytes(32)))]


@kind("earlier")
def earlier_head_is_later(draft: Draft, rng: Random) -> None:
    size = len(draft.pack.events) + rng.randrange(1, 9)
    draft.earlier = [("old.txt", draft.pack.signer.checkpoint(size, rng.randbytes(32)))]


@kind("earlier")
def earlier_head_spoilt(draft: Draft, rng: Random) -> None:
    good = draft.pack.checkpoint(0)
    other = Signer(4).checkpoint(0, draft.pack.history.root(0, 0))
    spoilt = [good[:-1], good + b"\n\n", b"", b"\xff", other, good.replace(b"\n0\n", b"\n1\n")]
    spoilt += [good * 2, good.replace(b"\n", b"\r\n"), good + b"\n" * (1 << 20), b"\n" + good]
    spoilt += [good + b"\n\n" + good, good + b"\n" + other, good + b"\n" + good + b"\n\n"]
    spoilt += [good + b"\r\n" + good, good.replace(b"\n\n", b"\n\n\n"), good + b"\n" + good[:-1]]
    draft.earlier = [("good.txt", good), ("old.txt", rng.choice(spoilt))]


def month_of(notes: list[bytes]) -> bytes:
    """Return a file of the anchor folder: an empty line after each note."""
    return b"".join(note + b"\n" for note in notes)


@kind("good")
def earlier_heads_of_a_month(draft: Draft, rng: Random) -> None:
    sizes = [rng.randrange(len(draft.pack.events) + 1) for _ in range(rng.randrange(1, 6))]
    month = month_of([draft.pack.checkpoint(size) for size in sizes])
    draft.earlier = [("2026-11.txt", rng.choice([month, month[:-1]]))]


@kind("earlier")
def earlier_head_of_a_month_spoilt(draft: Draft, rng: Random) -> None:
    # The last one is spoilt, so that no good one hides it.
    notes = [draft.pack.checkpoint(0), draft.pack.checkpoint(len(draft.pack.events))]
    earlier_head_spoilt(draft, rng)
    spoilt = draft.earlier[1][1]
    need(spoilt)
    draft.earlier = [("2026-11.txt", month_of(rng.choices(notes, k=3)) + spoilt)]
