"""Mutations of the checkpoint."""

import base64
from random import Random

from tests.ledger.drafts import Draft, kind, need
from tests.ledger.packs import WITNESS, Signer

ORDER = 2**252 + 27742317777372353535851937790883648493
AT = "2026-11-23T07:50:12Z"


def parts(draft: Draft) -> list[str]:
    """Return origin, size, root, time, the empty line, signatures and what is behind the last."""
    return draft["checkpoint.txt"].decode().split("\n")


def put_parts(draft: Draft, lines: list[str]) -> None:
    draft["checkpoint.txt"] = "\n".join(lines).encode()


def sign_again(draft: Draft, text: str) -> None:
    """Put a checkpoint whose text is wrong and whose signature is right."""
    draft["checkpoint.txt"] = f"{text}\n{draft.pack.signer.sign(text)}".encode()


@kind("checkpoint")
def head_line_edited(draft: Draft, rng: Random) -> None:
    lines = parts(draft)
    at = rng.randrange(4)
    wrong = [
        ["console.example.com/other", "", "console.example.com/history "],
        [str(len(draft.pack.events) + 1), "-1", "", "0x1", f"0{lines[1]}", "1.0", "9" * 30],
        [base64.b64encode(b"\0" * 32).decode(), "", lines[2][:-1], lines[2].lower(), "ab" * 32],
        ["signed-at 2026-11-23T07:50:13Z", "signed-at", "", "other 1"],
    ]
    new = rng.choice(wrong[at])
    need(new != lines[at])
    lines[at] = new
    put_parts(draft, lines)


@kind("checkpoint")
def head_of_another_form_signed(draft: Draft, rng: Random) -> None:
    origin, size, root, at, *_ = parts(draft)
    unpadded, bent = root[:-1], root[:-2] + chr(ord(root[-2]) + 1) + "="
    texts = [
        f"{origin}\n0{size}\n{root}\n{at}\n",
        f"{origin}\n+{size}\n{root}\n{at}\n",
        f"{origin}\n{size} \n{root}\n{at}\n",
        f"{origin}\n9007199254740992\n{root}\n{at}\n",
        f"{origin}\n{size}\n{unpadded}\n{at}\n",
        f"{origin}\n{size}\n{bent}\n{at}\n",
        f"{origin}\n{size}\n{base64.b64encode(b'x' * 31).decode()}\n{at}\n",
        f"{origin}\n{size}\n{root}\n",
        f"{origin}\n{size}\n{root}\n{at}\nmore\n",
        f"{origin}\n{size}\n{root}\n{at}\n\nmore\n",
        f"{origin}\n{size}\n{root}\nsigned-at 2026-11-23T07:50:12.5Z\n",
        f"{origin}\n{size}\n{root}\nsigned-at 2026-02-30T07:50:12Z\n",
        f"{origin}\n{size}\n{root}\nsigned-at 0000-02-03T07:50:12Z\n",
        f"{origin}\n{size}\n{root}\nsigned-at  2026-11-23T07:50:12Z\n",
        f"{origin}\n{size}\n{root}\nSigned-At 2026-11-23T07:50:12Z\n",
        f"\ufeff{origin}\n{size}\n{root}\n{at}\n",
        f"{origin}/other\n{size}\n{root}\n{at}\n",
        f"{origin}\r\n{size}\r\n{root}\r\n{at}\r\n",
    ]
    sign_again(draft, rng.choice(texts))


@kind("good")
def signed_at_another_time(draft: Draft, rng: Random) -> None:
    at = rng.choice(["2024-02-29T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])
    sign_again(draft, "\n".join([*parts(draft)[:3], f"signed-at {at}\n"]))


@kind("bad")
def head_of_another_size_signed(draft: Draft, rng: Random) -> None:
    size = rng.randrange(len(draft.pack.events) + 9)
    need(size != len(draft.pack.events))
    draft["checkpoint.txt"] = draft.pack.signer.checkpoint(size, draft.pack.history.root())
    draft.claim(size=size)


@kind("bad")
def head_of_an_older_time(draft: Draft, rng: Random) -> None:
    need(draft.pack.exported)
    size = rng.randrange(draft.pack.exported[-1])
    draft["checkpoint.txt"] = draft.pack.checkpoint(size)
    if rng.random() < 0.5:
        draft.claim(size=size)


def signature(draft: Draft) -> tuple[list[str], int, str, bytes]:
    """Return all lines, where the key's signature stands, its key name and its bytes."""
    lines = parts(draft)
    at = next(at for at, line in enumerate(lines) if line.startswith(f"\u2014 {lines[0]} "))
    _, name, encoded = lines[at].split(" ")
    return lines, at, name, base64.b64decode(encoded)


def put_signature(draft: Draft, raw: bytes, name: str = "") -> None:
    lines, at, own, _ = signature(draft)
    lines[at] = f"\u2014 {name or own} {base64.b64encode(raw).decode()}"
    put_parts(draft, lines)


@kind("checkpoint")
def signature_flipped(draft: Draft, rng: Random) -> None:
    raw = signature(draft)[3]
    at = rng.randrange(len(raw) * 8)
    flipped = int.from_bytes(raw, "little") ^ (1 << at)
    put_signature(draft, flipped.to_bytes(len(raw), "little"))


@kind("checkpoint")
def signature_with_a_larger_s(draft: Draft, rng: Random) -> None:
    # S + L fulfils the same equation: only the check S < L finds it.
    raw = signature(draft)[3]
    s = int.from_bytes(raw[36:], "little") + ORDER
    put_signature(draft, raw[:36] + s.to_bytes(32, "little"))


@kind("checkpoint")
def signature_of_another_length(draft: Draft, rng: Random) -> None:
    raw = signature(draft)[3]
    put_signature(draft, rng.choice([raw[:-1], raw + b"\0", raw[:4], raw[:36], b"", raw[4:]]))


@kind("checkpoint")
def signature_of_small_order(draft: Draft, rng: Random) -> None:
    raw = signature(draft)[3]
    put_signature(draft, raw[:4] + b"\1" + b"\0" * 31 + rng.choice([raw[36:], b"\0" * 32]))


@kind("checkpoint")
def signature_under_another_name(draft: Draft, rng: Random) -> None:
    put_signature(draft, signature(draft)[3], rng.choice(["other", "a+b", "CONSOLE.example.com"]))


@kind("checkpoint")
def signature_gone(draft: Draft, rng: Random) -> None:
    lines, at, _, _ = signature(draft)
    put_parts(draft, lines[:at] + lines[at + 1 :])


@kind("checkpoint")
def signature_line_of_no_form(draft: Draft, rng: Random) -> None:
    lines, at, name, raw = signature(draft)
    encoded = base64.b64encode(raw).decode()
    wrong = ["", "text", f"- {name} {encoded}", f"\u2014  {name} {encoded}", f"\u2014 {name}"]
    wrong += [f"\u2014 {name} {encoded} ", f"\u2014 {name} {encoded[:-1]}", f"\u2014 {name} AAAA"]
    wrong += [f"\u2014 a+b {encoded}", f"\u2014 a\u3000b {encoded}", f"\u2014 {name} {encoded}\r"]
    lines.insert(rng.choice([at, at + 1]), rng.choice(wrong))
    put_parts(draft, lines)


@kind("good")
def signatures_of_others(draft: Draft, rng: Random) -> None:
    # Unknown keys, also one with our name and one with our id, are nothing to us.
    lines, at, name, raw = signature(draft)
    text = "\n".join(lines[:4]) + "\n"
    others = [
        WITNESS.sign(text).strip(),
        Signer(5).sign(text).strip(),
        f"\u2014 other {base64.b64encode(raw).decode()}",
        f"\u2014 한글/이름 {base64.b64encode(b'x' * 5).decode()}",
        f"\u2014 {name} {base64.b64encode(raw[:4] + bytes(64)).decode()}",
        f"\u2014 {name} {base64.b64encode(raw[:9]).decode()}",
    ]
    for _ in range(rng.randrange(1, 15)):
        lines.insert(rng.randrange(5, len(lines)), rng.choice(others))
    put_parts(draft, lines)


@kind("checkpoint")
def signatures_without_end(draft: Draft, rng: Random) -> None:
    lines, _, _, raw = signature(draft)
    more = [f"\u2014 other {base64.b64encode(raw).decode()}"] * 101
    put_parts(draft, lines[:-1] + more + [""])
