"""What a mutation works on, and the register of all kinds of mutation."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.ledger.packs import Event, Pack, canonical, leaf_hash, rows

PROVEN = (
    "events.jsonl",
    "proofs.jsonl",
    "expired.jsonl",
    "events.csv",
    "checkpoint.txt",
    "public-key.txt",
    "export.json",
)


class NotHere(Exception):
    """This kind of mutation does not fit this pack: take another."""


def need(fits: object) -> None:
    if not fits:
        raise NotHere


@dataclass
class Draft:
    """A pack to be spoilt: its members in order, and what the verifier is called with."""

    pack: Pack
    members: list[tuple[str, bytes]]
    key: str | None = None
    earlier: list[tuple[str, bytes]] = field(default_factory=list)

    def __getitem__(self, name: str) -> bytes:
        return next(content for each, content in self.members if each == name)

    def __setitem__(self, name: str, content: bytes) -> None:
        self.members = [(each, content if each == name else old) for each, old in self.members]

    def lines(self, name: str) -> list[bytes]:
        return self[name].split(b"\n")[:-1]

    def set_lines(self, name: str, lines: list[bytes]) -> None:
        self[name] = b"".join(line + b"\n" for line in lines)

    def set_line(self, name: str, number: int, line: bytes) -> None:
        lines = self.lines(name)
        lines[number] = line
        self.set_lines(name, lines)

    def record(self, name: str, number: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.lines(name)[number])
        return found

    def claim(self, **changes: object) -> None:
        """Change members of export.json; None takes one away."""
        claims = {**json.loads(self["export.json"]), **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        self["export.json"] = canonical(kept) + b"\n"

    def rows(self) -> list[bytes]:
        """Return the row of names, without the byte order mark, and the row of each event."""
        return list(rows(json.loads(line) for line in self.lines("events.jsonl")))

    def set_rows(self, new: list[bytes]) -> None:
        self["events.csv"] = b"\xef\xbb\xbf" + b"".join(new)

    def some_line(self, name: str, rng: Random, at_least: int = 1) -> int:
        """Return the number (from 0) of any line; NotHere when there are too few."""
        need(len(self.lines(name)) >= at_least)
        return rng.randrange(len(self.lines(name)))

    def put_event(self, number: int, event: Event) -> None:
        """Write an event with its leaf and its row as they have to be, but with the old proof."""
        line = canonical(event)
        self.set_line("events.jsonl", number, line)
        proof = {**self.record("proofs.jsonl", number), "leaf": leaf_hash(line).hex()}
        self.set_line("proofs.jsonl", number, canonical(proof))
        self.set_rows(self.rows())


@dataclass(frozen=True)
class Kind:
    """One kind of mutation. `expects` is "good", "bad", "any", or the reason of a bad verdict."""

    name: str
    expects: str
    apply: Callable[[Draft, Random], None]

    def draft(self, pack: Pack, files: dict[str, bytes], rng: Random) -> Draft:
        """Return the pack, spoilt. Raises NotHere when this kind does not fit it."""
        draft = Draft(pack, list(files.items()))
        self.apply(draft, rng)
        return draft

    def agrees(self, answer: dict[str, Any]) -> bool:
        """Tell whether a verifier's answer is what this kind must lead to."""
        if self.expects in ("good", "bad"):
            return bool(answer["verdict"] == self.expects)
        return self.expects in ("any", answer["reason"])


KINDS: list[Kind] = []


def kind(
    expects: str, name: str = ""
) -> Callable[[Callable[[Draft, Random], None]], Callable[[Draft, Random], None]]:
    """Register the function as a kind of mutation, named by itself."""

    def register(function: Callable[[Draft, Random], None]) -> Callable[[Draft, Random], None]:
        KINDS.append(Kind(name or function.__name__, expects, function))
        return function

    return register
