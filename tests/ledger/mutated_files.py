"""Mutations of whole files and of single bytes."""

from random import Random

from tests.ledger.drafts import PROVEN, Draft, kind, need

TEXTS = ("README.ko.txt", "README.en.txt", "verify_export.py")


def some_file(draft: Draft, rng: Random, *without: str) -> str:
    """Return the name of any checked file with something in it."""
    return rng.choice([name for name in PROVEN if draft[name] and name not in without])


@kind("missing")
def file_gone(draft: Draft, rng: Random) -> None:
    name = rng.choice(PROVEN)
    draft.members = [member for member in draft.members if member[0] != name]


@kind("missing")
def file_twice(draft: Draft, rng: Random) -> None:
    name = rng.choice(PROVEN)
    draft.members.insert(rng.randrange(len(draft.members)), (name, draft[name]))


@kind("missing")
def file_renamed(draft: Draft, rng: Random) -> None:
    name = rng.choice(PROVEN)
    other = rng.choice([name.upper(), f"./{name}", f"pack/{name}", f"{name} ", f"{name}\0.txt"])
    draft.members = [(other if each == name else each, content) for each, content in draft.members]


@kind("good")
def text_gone(draft: Draft, rng: Random) -> None:
    name = rng.choice(TEXTS)
    draft.members = [member for member in draft.members if member[0] != name]


@kind("good")
def text_edited(draft: Draft, rng: Random) -> None:
    draft[rng.choice(TEXTS)] = rng.randbytes(20)


@kind("good")
def text_twice(draft: Draft, rng: Random) -> None:
    draft.members.append((rng.choice(TEXTS), b"other"))


@kind("good")
def file_added(draft: Draft, rng: Random) -> None:
    draft.members.append((rng.choice(["notes.txt", "events.jsonl.bak", "a/events.jsonl"]), b"x"))


@kind("good")
def files_shuffled(draft: Draft, rng: Random) -> None:
    rng.shuffle(draft.members)


@kind("bad")
def files_swapped(draft: Draft, rng: Random) -> None:
    one, two = rng.sample(PROVEN, 2)
    need(draft[one] != draft[two])
    draft[one], draft[two] = draft[two], draft[one]


@kind("bad")
def file_emptied(draft: Draft, rng: Random) -> None:
    draft[some_file(draft, rng)] = b""


@kind("bad")
def file_cut(draft: Draft, rng: Random) -> None:
    # A second signature may go: it is not ours to judge.
    name = some_file(draft, rng, *(["checkpoint.txt"] if draft.pack.has_witness else []))
    draft[name] = draft[name][: rng.randrange(len(draft[name]))]


@kind("bad")
def file_cut_at_a_line(draft: Draft, rng: Random) -> None:
    name = rng.choice(["events.jsonl", "proofs.jsonl", "expired.jsonl"])
    draft.set_lines(name, draft.lines(name)[: draft.some_line(name, rng)])


@kind("bad")
def last_newline_gone(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    draft[name] = draft[name][:-1]


@kind("bad")
def newline_added(draft: Draft, rng: Random) -> None:
    name = rng.choice(PROVEN)
    draft[name] += rng.choice([b"\n", b"\r\n", b" ", b"\0"])


@kind("bad")
def newline_before(draft: Draft, rng: Random) -> None:
    name = rng.choice(PROVEN)
    draft[name] = rng.choice([b"\n", b"\r\n", b" "]) + draft[name]


@kind("bad")
def line_empty(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    lines = draft.lines(name)
    lines.insert(rng.randrange(len(lines) + 1), b"")
    draft.set_lines(name, lines)


@kind("bad")
def mark_added(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    draft[name] = b"\xef\xbb\xbf" + draft[name]


@kind("bad")
def ends_as_in_windows(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    draft[name] = draft[name].replace(b"\n", b"\r\n")


@kind("bad")
def in_utf_16(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    draft[name] = draft[name].decode("utf-8", "replace").encode("utf-16")


@kind("bad")
def in_korean_code(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    changed = draft[name].decode().encode("cp949", "replace")
    need(changed != draft[name])
    draft[name] = changed


@kind("bad")
def file_too_large(draft: Draft, rng: Random) -> None:
    name = rng.choice(["checkpoint.txt", "public-key.txt", "export.json"])
    draft[name] += draft[name] * ((1 << 20) // len(draft[name]))


def flip(content: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


@kind("any")
def bit_flipped(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    draft[name] = flip(draft[name], rng)


@kind("bad")
def bit_flipped_in_lines(draft: Draft, rng: Random) -> None:
    name = rng.choice(["events.jsonl", "proofs.jsonl", "expired.jsonl"])
    need(draft[name])
    draft[name] = flip(draft[name], rng)


@kind("bad")
def bit_flipped_in_the_head(draft: Draft, rng: Random) -> None:
    need(not draft.pack.has_witness)
    name = rng.choice(["checkpoint.txt", "public-key.txt"])
    draft[name] = flip(draft[name], rng)


@kind("any")
def byte_replaced(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    at = rng.randrange(len(draft[name]))
    draft[name] = draft[name][:at] + rng.randbytes(1) + draft[name][at + 1 :]


@kind("any")
def byte_gone(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    at = rng.randrange(len(draft[name]))
    draft[name] = draft[name][:at] + draft[name][at + 1 :]


@kind("any")
def byte_added(draft: Draft, rng: Random) -> None:
    name = rng.choice(PROVEN)
    at = rng.randrange(len(draft[name]) + 1)
    new = rng.choice([b'"', b"\\", b",", b"\r", b"\n", b"0", b"\xff", b" ", b"{", rng.randbytes(1)])
    draft[name] = draft[name][:at] + new + draft[name][at:]


@kind("any")
def bytes_moved(draft: Draft, rng: Random) -> None:
    name = some_file(draft, rng)
    one, two, three = sorted(rng.randrange(len(draft[name]) + 1) for _ in range(3))
    content = draft[name]
    draft[name] = content[:one] + content[two:three] + content[one:two] + content[three:]
