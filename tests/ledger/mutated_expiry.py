"""Mutations of what the keeping rule took: events hidden as if they had expired."""

import json
from random import Random
from typing import Any

from tests.ledger.drafts import Draft, kind, need
from tests.ledger.mutated_lines import BESIDE
from tests.ledger.packs import Event, Pack, retire


def add_expired(draft: Draft, number: int) -> None:
    """Put an event's place into expired.jsonl, at its own."""
    expired = [*draft.lines("expired.jsonl"), draft.lines("proofs.jsonl")[number]]
    expired.sort(key=lambda line: int(json.loads(line)["sequence"]))
    draft.set_lines("expired.jsonl", expired)
    draft.claim(expired=len(expired))


def take_bytes(draft: Draft, number: int) -> None:
    """Move an event to expired.jsonl, where its bytes are not asked for."""
    add_expired(draft, number)
    for name in BESIDE:
        lines = draft.lines(name)
        del lines[number]
        draft.set_lines(name, lines)
    draft.set_rows(draft.rows())
    draft.claim(count=len(draft.lines("events.jsonl")))


@kind("expired")
def bytes_taken_as_if_expired(draft: Draft, rng: Random) -> None:
    need(draft.pack.is_complete)
    take_bytes(draft, draft.some_line("events.jsonl", rng))


@kind("good")  # said, and not bad: what the keeping rule took is not to be seen in a selection
def bytes_taken_of_a_selection(draft: Draft, rng: Random) -> None:
    need(not draft.pack.is_complete)
    take_bytes(draft, draft.some_line("events.jsonl", rng))


def need_rule(draft: Draft) -> tuple[int, Event]:
    """Return the line and the event that tells of a keeping rule that took something."""
    need(draft.pack.is_complete and draft.pack.expired)
    events = [json.loads(line) for line in draft.lines("events.jsonl")]
    return next(
        (at, event) for at, event in enumerate(events) if event["action"] == "retention.applied"
    )


@kind("proof")
def bytes_taken_and_the_rule_edited(draft: Draft, rng: Random) -> None:
    number, rule = need_rule(draft)
    need(number > 0)
    draft.put_event(number, {**rule, "facts": {**rule["facts"], "through": rule["sequence"] - 1}})
    take_bytes(draft, rng.randrange(number))


def put_history(draft: Draft, rule: Event) -> None:
    """Sign a history with another such event anew, as one who has the key could."""
    old = draft.pack
    events = [rule if event["sequence"] == rule["sequence"] else event for event in old.events]
    new = Pack(events, old.exported, old.expired, old.is_complete, old.signer, old.has_witness)
    draft.members = list(new.files().items())


@kind("expired")
def rule_reaches_what_it_may_not(draft: Draft, rng: Random) -> None:
    _, rule = need_rule(draft)
    through, own = rule["facts"]["through"], rule["sequence"]
    wrong: list[Any] = [
        own,
        own + 1,
        2**53 - 1,
        through - 1,
        0,
        -1,
        str(through),
        True,
        None,
        [own],
    ]
    put_history(draft, {**rule, "facts": {"through": rng.choice(wrong)}})


@kind("expired")
def rule_told_otherwise(draft: Draft, rng: Random) -> None:
    _, rule = need_rule(draft)
    person = "00000000-0000-4000-8000-000000000000"
    facts = {"Through": rule["facts"]["through"], "deep": rule["facts"]}
    wrong: list[Event] = [{"actor": person}, {"action": "retention"}, {"action": ""}]
    put_history(draft, {**rule, **rng.choice([*wrong, {"facts": facts}])})


@kind("expired")
def rule_taken_itself(draft: Draft, rng: Random) -> None:
    number, _ = need_rule(draft)
    take_bytes(draft, number)


@kind("complete")
def expired_and_not_expired(draft: Draft, rng: Random) -> None:
    number, rule = need_rule(draft)
    need(number > 0)
    put_history(draft, {**rule, "facts": {"through": rule["sequence"] - 1}})
    add_expired(draft, rng.randrange(number))


@kind("good")
def rule_applied_again(draft: Draft, rng: Random) -> None:
    # The highest counts, in whatever order they come.
    number, rule = need_rule(draft)
    later = [event for event in draft.pack.events if event["sequence"] > rule["sequence"]]
    need(later)
    events = list(draft.pack.events)
    retire(events, later[0]["sequence"], rng.choice([0, 1, rule["sequence"], True]))
    draft.pack = Pack(events, draft.pack.exported, draft.pack.expired, True, draft.pack.signer)
    draft.members = list(draft.pack.files().items())
