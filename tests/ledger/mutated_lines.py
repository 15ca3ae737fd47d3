"""Mutations of events, proofs and expired events as values, in whole lines."""

import base64
from random import Random
from typing import Any

from tests.ledger.drafts import Draft, kind, need
from tests.ledger.packs import Event, Pack, Signer, canonical

BESIDE = ("events.jsonl", "proofs.jsonl")  # and the rows, which are made from the events


def exchange(draft: Draft, rng: Random, *names: str) -> None:
    """Swap two different lines, the same in each of the files."""
    draft.some_line(names[0], rng, at_least=2)
    one, two = rng.sample(range(len(draft.lines(names[0]))), 2)
    for name in names:
        lines = draft.lines(name)
        lines[one], lines[two] = lines[two], lines[one]
        draft.set_lines(name, lines)


def leave_out(draft: Draft, rng: Random) -> None:
    """Take an event away everywhere, as one who hides it would."""
    number = draft.some_line("events.jsonl", rng)
    for name in BESIDE:
        lines = draft.lines(name)
        del lines[number]
        draft.set_lines(name, lines)
    draft.set_rows(draft.rows())
    draft.claim(count=len(draft.lines("events.jsonl")))


@kind("proof")
def events_swapped(draft: Draft, rng: Random) -> None:
    draft.some_line("events.jsonl", rng, at_least=2)
    lines = draft.lines("events.jsonl")
    at = rng.randrange(len(lines) - 1)  # neighbours: the first of them is in order still
    lines[at : at + 2] = reversed(lines[at : at + 2])
    draft.set_lines("events.jsonl", lines)


@kind("order")
def all_swapped(draft: Draft, rng: Random) -> None:
    exchange(draft, rng, *BESIDE)
    draft.set_rows(draft.rows())


@kind("order")
def event_twice(draft: Draft, rng: Random) -> None:
    number = draft.some_line("events.jsonl", rng)
    for name in BESIDE:
        lines = draft.lines(name)
        lines.insert(number, lines[number])
        draft.set_lines(name, lines)
    draft.set_rows(draft.rows())
    draft.claim(count=len(draft.lines("events.jsonl")))


@kind("export")
def event_line_twice(draft: Draft, rng: Random) -> None:
    number = draft.some_line("events.jsonl", rng)
    lines = draft.lines("events.jsonl")
    draft.set_lines("events.jsonl", [*lines[: number + 1], *lines[number:]])


@kind("complete")
def left_out_of_a_whole(draft: Draft, rng: Random) -> None:
    need(draft.pack.is_complete)
    leave_out(draft, rng)
    # Without the keeping rule's own event the expired ones are what shows first.
    need(not draft.pack.expired or b'"retention.applied"' in draft["events.jsonl"])


@kind("good")  # a selection shows what is in it, and never claims that there is no more
def left_out_of_a_selection(draft: Draft, rng: Random) -> None:
    need(not draft.pack.is_complete)
    leave_out(draft, rng)


@kind("good")  # a whole that says of itself that it is a selection
def left_out_and_said(draft: Draft, rng: Random) -> None:
    leave_out(draft, rng)
    draft.claim(is_complete=False)


@kind("proof")
def event_of_elsewhere(draft: Draft, rng: Random) -> None:
    number = draft.some_line("events.jsonl", rng)
    event = draft.record("events.jsonl", number)
    draft.put_event(number, {**event, "actor": "00000000-0000-4000-8000-000000000000"})


@kind("proof")
def fact_edited(draft: Draft, rng: Random) -> None:
    number = draft.some_line("events.jsonl", rng)
    event = draft.record("events.jsonl", number)
    draft.set_line("events.jsonl", number, canonical({**event, "facts": {"edited": True}}))


@kind("proof")
def fact_edited_with_leaf(draft: Draft, rng: Random) -> None:
    number = draft.some_line("events.jsonl", rng)
    event = draft.record("events.jsonl", number)
    draft.put_event(number, {**event, "facts": {**event["facts"], "edited": rng.random() < 0.5}})


@kind("proof")
def member_edited_with_leaf(draft: Draft, rng: Random) -> None:
    number = draft.some_line("events.jsonl", rng)
    event = draft.record("events.jsonl", number)
    member = rng.choice(["action", "address", "http_request", "target"])
    draft.put_event(number, {**event, member: event[member][:30] + "."})


def edited_history(pack: Pack, rng: Random) -> Pack:
    """Return the pack of a history that differs in the facts of one event."""
    need(pack.exported)
    events = list(pack.events)
    at = rng.choice(pack.exported) - 1
    events[at] = {**events[at], "facts": {**events[at]["facts"], "edited": True}}
    return Pack(events, pack.exported, pack.expired, pack.is_complete, pack.signer)


@kind("checkpoint")
def history_made_anew(draft: Draft, rng: Random) -> None:
    edited, old = edited_history(draft.pack, rng), draft["checkpoint.txt"]
    draft.members = list(edited.files().items())
    root, new = (base64.b64encode(each.history.root()) for each in (draft.pack, edited))
    draft["checkpoint.txt"] = old.replace(root, new)


@kind("proof")
def history_made_anew_under_the_old_head(draft: Draft, rng: Random) -> None:
    edited, old = edited_history(draft.pack, rng), draft["checkpoint.txt"]
    draft.members = list(edited.files().items())
    draft["checkpoint.txt"] = old


def sign_by_another(draft: Draft, rng: Random) -> None:
    edited = edited_history(draft.pack, rng)
    edited.signer = Signer(99)
    draft.members = list(edited.files().items())


@kind("good")  # why a key has to be known from elsewhere
def history_signed_by_another(draft: Draft, rng: Random) -> None:
    sign_by_another(draft, rng)


@kind("checkpoint")
def history_signed_by_another_than_trusted(draft: Draft, rng: Random) -> None:
    sign_by_another(draft, rng)
    draft.key = draft.pack.signer.verifier_key()


def shape(draft: Draft, rng: Random, **changes: object) -> None:
    number = draft.some_line("events.jsonl", rng)
    event: Event = {**draft.record("events.jsonl", number), **changes}
    draft.set_line("events.jsonl", number, canonical(event))


BROKEN_SHAPES: dict[str, list[Any]] = {
    "version": [2, 0, True, "1", None],
    "sequence": [0, -1, "1", None, 2**53 - 1, True, [1]],
    "at": [
        "2026-11-23T07:50:12Z",
        "2026-11-23T07:50:12.000Z",
        "2026-11-23 07:50:12.000000Z",
        "2026-11-23T07:50:12.000000",
        "2026-11-23T07:50:12.000000z",
        "2026-11-23T07:50:12.000000+00:00",
        "0000-01-01T00:00:00.000000Z",
        "2026-13-01T00:00:00.000000Z",
        "2026-02-29T00:00:00.000000Z",
        "1900-02-29T00:00:00.000000Z",
        "2026-00-10T00:00:00.000000Z",
        "2026-01-00T00:00:00.000000Z",
        "2026-04-31T00:00:00.000000Z",
        "2026-01-01T24:00:00.000000Z",
        "2026-01-01T00:60:00.000000Z",
        "2026-01-01T00:00:60.000000Z",
        "\uff12026-01-01T00:00:00.000000Z",
        "2026-01-01T00:00:00.00000\u0660Z",
        "2026-01-01T00:00:00.000000Z\n",
        0,
        None,
    ],
    "action": ["x" * 41, "\U0001f600" * 41, None, 1, []],
    "actor": ["", "alice", "00000000-0000-4000-8000-00000000000A", "0" * 32, 1, False],
    "address": [None, 0],
    "http_request": [None, []],
    "image_request": ["", "00000000-0000-4000-8000-00000000000", "{}", 1],
    "access_key": ["", "00000000_0000_4000_8000_000000000000", 1],
    "target": [None, {}],
    "facts": [None, [], "", 0],
}


@kind("event")
def shape_broken(draft: Draft, rng: Random) -> None:
    member = rng.choice(list(BROKEN_SHAPES))
    shape(draft, rng, **{member: rng.choice(BROKEN_SHAPES[member])})


@kind("event")
def member_added(draft: Draft, rng: Random) -> None:
    shape(draft, rng, **{rng.choice(["extra", "Version", "", "zz"]): rng.choice([None, 1, "x"])})


@kind("event")
def member_gone(draft: Draft, rng: Random) -> None:
    number = draft.some_line("events.jsonl", rng)
    event = draft.record("events.jsonl", number)
    del event[rng.choice(list(event))]
    draft.set_line("events.jsonl", number, canonical(event))


@kind("proof")
def action_of_forty_wide_characters(draft: Draft, rng: Random) -> None:
    # Allowed, as characters are counted and not UTF-16 units: so only the leaf is another.
    shape(draft, rng, action="\U0001f600" * 40)


@kind("event")
def sequence_above_the_size(draft: Draft, rng: Random) -> None:
    shape(draft, rng, sequence=len(draft.pack.events) + 1)
