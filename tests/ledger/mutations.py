"""All kinds of mutation of a pack, and seeded streams of spoilt packs."""

from collections.abc import Iterator
from random import Random
from types import ModuleType

from tests.ledger import (
    mutated_claims,
    mutated_expiry,
    mutated_files,
    mutated_heads,
    mutated_json,
    mutated_lines,
    mutated_proofs,
    mutated_rows,
)
from tests.ledger.drafts import KINDS, Draft, Kind, NotHere
from tests.ledger.packs import Pack, build

SOURCES = (
    mutated_claims,
    mutated_expiry,
    mutated_files,
    mutated_heads,
    mutated_json,
    mutated_lines,
    mutated_proofs,
    mutated_rows,
)
# Megabytes each: one of each kind is enough.
RARE = {*mutated_json.RARE, "row_too_long", "file_too_large"}
TRIES = 200


def packs() -> list[Pack]:
    """Return good packs of many shapes, small as size adds nothing but time."""
    shapes = [build(0, 0), build(1, 1), build(2, 2), build(3, 2, expired=1)]
    for seed in range(4, 20):
        size, rng = seed // 2, Random(seed)
        left_out, expired = (rng.randrange(3) for _ in range(2))
        has_witness = seed % 3 == 0
        some = min(expired, size - 1)  # an event has to be left that tells of it
        shapes.append(build(seed, size, expired=some, has_witness=has_witness))
        shapes.append(
            build(seed, size + 3, left_out=left_out, expired=expired, has_witness=has_witness)
        )
    return shapes


def how_many(kind: Kind) -> int:
    """Return how many of this kind to make: most where chance has most to choose from."""
    if kind.name.partition(" ")[0] in RARE:
        return 1
    if kind.expects == "any":
        return 350
    return 8 if " in " in kind.name else 56


def kinds_of(source: ModuleType) -> list[Kind]:
    """Return the kinds that a module registers."""
    return [kind for kind in KINDS if kind.apply.__module__ == source.__name__]


def mutants(seed: int, kinds: list[Kind]) -> Iterator[tuple[Kind, Draft]]:
    """Yield packs spoilt in each of the kinds, the same ones for the same seed."""
    shapes = [(pack, pack.files()) for pack in packs()]
    for kind in kinds:
        rng = Random(f"{seed} {kind.name}")
        for _ in range(how_many(kind)):
            yield kind, _spoilt(kind, shapes, rng)


def _spoilt(kind: Kind, shapes: list[tuple[Pack, dict[str, bytes]]], rng: Random) -> Draft:
    for _ in range(TRIES):
        try:
            return kind.draft(*rng.choice(shapes), rng)
        except NotHere:
            continue
    raise AssertionError(f"{kind.name} fits none of the packs")
