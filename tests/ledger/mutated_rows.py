"""Mutations of events.csv."""

import csv
import io
from random import Random

from tests.ledger.drafts import Draft, kind, need
from tests.ledger.packs import CHECKED, READING


def shown(texts: list[str]) -> list[str]:
    return [
        '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text for text in texts
    ]


def read_row(draft: Draft, number: int) -> list[str]:
    row = draft.rows()[number].decode()
    return next(csv.reader(io.StringIO(row, newline="")))


def put_row(draft: Draft, number: int, cells_as_written: list[str]) -> None:
    lines = draft.rows()
    lines[number] = ",".join(cells_as_written).encode() + b"\r\n"
    draft.set_rows(lines)


def some_row(draft: Draft, rng: Random) -> int:
    """Return the number of any row with an event; the row of names is 0."""
    return draft.some_line("events.jsonl", rng) + 1


@kind("csv")
def checked_cell_edited(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = read_row(draft, number)
    at = rng.randrange(len(CHECKED))
    new = rng.choice(
        ["", "x", texts[at] + " ", texts[at] + "\u200b", "'" + texts[at], texts[at - 1]]
    )
    need(new != texts[at])
    texts[at] = new
    put_row(draft, number, shown(texts))


@kind("good")
def reading_cell_edited(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = read_row(draft, number)
    at = rng.randrange(len(CHECKED), len(texts))
    texts[at] = rng.choice(["", "누구", "a\r\nb", 'a"b', "a,b", "\n", "=1", "\0"])
    put_row(draft, number, shown(texts))


@kind("csv")
def guard_gone(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = read_row(draft, number)
    guarded = [at for at, text in enumerate(texts[: len(CHECKED)]) if text[:2] in GUARDED]
    need(guarded)
    at = rng.choice(guarded)
    texts[at] = texts[at][1:]
    put_row(draft, number, shown(texts))


GUARDED = {"'" + first for first in "=+-@\t\r\n\u2400"}


@kind("csv")
def zero_in_a_checked_cell(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = read_row(draft, number)
    spoilt = [text.replace("\u2400", "\0") for text in texts[: len(CHECKED)]]
    need(spoilt != texts[: len(CHECKED)])
    put_row(draft, number, shown(spoilt + texts[len(CHECKED) :]))


@kind("csv")
def quotes_without_need(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = shown(read_row(draft, number))
    at = rng.choice([at for at in range(len(CHECKED)) if not texts[at].startswith('"')])
    texts[at] = f'"{texts[at]}"'
    put_row(draft, number, texts)


@kind("good")
def quotes_without_need_where_nothing_is_checked(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = shown(read_row(draft, number))
    at = rng.choice([at for at in range(len(CHECKED), len(texts)) if not texts[at].startswith('"')])
    texts[at] = f'"{texts[at]}"'
    put_row(draft, number, texts)


@kind("csv")
def quotes_forgotten(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = read_row(draft, number)
    written = shown(texts)
    at = rng.choice(
        [at for at in range(len(CHECKED)) if written[at] != texts[at]]
    )  # `facts` is one
    put_row(draft, number, [*written[:at], texts[at], *written[at + 1 :]])


@kind("csv")
def stray_quote(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = shown(read_row(draft, number))
    at = rng.randrange(len(texts))
    texts[at] = rng.choice(['x"', '"x', 'x"y"z', '"x"y', '"x""', '""x', "x\ny", "x\ry", '"x" '])
    put_row(draft, number, texts)


@kind("csv")
def row_hidden_behind_a_stray_quote(draft: Draft, rng: Random) -> None:
    # Whoever only counts quotes takes this for one row; a spreadsheet shows three.
    number = some_row(draft, rng)
    texts = shown(read_row(draft, number))
    forged = draft.rows()[number].decode()[:-2]
    need('"' not in forged or forged.count('"') % 2 == 0)
    texts[-1] = f'x"\r\n{forged}\r\ny"'
    put_row(draft, number, texts)


@kind("csv")
def no_utf8_in_a_row(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    lines = draft.rows()
    lines[number] = (
        lines[number][:-2] + rng.choice([b"\xff", b"\xb1\xe8", b"\xed\xa0\x80"]) + b"\r\n"
    )
    draft.set_rows(lines)


@kind("csv")
def names_of_columns_changed(draft: Draft, rng: Random) -> None:
    need(draft["events.jsonl"] or rng.random() < 0.5)
    names = [*CHECKED, *READING]
    one, two = rng.sample(range(len(CHECKED)), 2)
    names[one], names[two] = names[two], rng.choice(["", names[one], names[one].upper()])
    put_row(draft, 0, names)


@kind("good")
def names_of_reading_columns_changed(draft: Draft, rng: Random) -> None:
    names = [*CHECKED, *READING]
    names[rng.randrange(len(CHECKED), len(names))] = rng.choice(["이름", '"a,b"', ""])
    put_row(draft, 0, names)


@kind("csv")
def names_of_columns_gone(draft: Draft, rng: Random) -> None:
    draft.set_rows(draft.rows()[1:])


@kind("csv")
def mark_gone(draft: Draft, rng: Random) -> None:
    draft["events.csv"] = draft["events.csv"][3:]


@kind("csv")
def rows_end_as_in_unix(draft: Draft, rng: Random) -> None:
    draft["events.csv"] = draft["events.csv"].replace(b"\r\n", b"\n")


@kind("csv")
def a_row_ends_otherwise(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    lines = draft.rows()
    lines[number] = lines[number][:-2] + rng.choice([b"\n", b"\r", b"\n\r", b"\r\r\n", b" \n", b""])
    draft.set_rows(lines)


@kind("csv")
def row_gone(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    lines = draft.rows()
    del lines[number]
    draft.set_rows(lines)


@kind("csv")
def rows_swapped(draft: Draft, rng: Random) -> None:
    draft.some_line("events.jsonl", rng, at_least=2)
    lines = draft.rows()
    one, two = rng.sample(range(1, len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    draft.set_rows(lines)


@kind("count")
def row_added(draft: Draft, rng: Random) -> None:
    draft["events.csv"] += rng.choice([draft.rows()[-1], b"\r\n", b"x", b'"', b"\xff", b"\0"])


@kind("csv")
def column_gone(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    texts = shown(read_row(draft, number))
    del texts[rng.randrange(len(CHECKED))]
    put_row(draft, number, texts)


@kind("good")
def reading_columns_gone(draft: Draft, rng: Random) -> None:
    number = rng.randrange(len(draft.rows()))
    put_row(draft, number, shown(read_row(draft, number))[: len(CHECKED)])


@kind("good")
def columns_added(draft: Draft, rng: Random) -> None:
    number = rng.randrange(len(draft.rows()))
    put_row(draft, number, [*shown(read_row(draft, number)), "more", "", '"a,b"'])


@kind("csv")
def another_separator(draft: Draft, rng: Random) -> None:
    separator = rng.choice([";", "\t", ", "])
    number = rng.randrange(len(draft.rows()))
    row = separator.join(shown(read_row(draft, number)))
    lines = draft.rows()
    lines[number] = row.encode() + b"\r\n"
    draft.set_rows(lines)


@kind("csv")
def row_too_long(draft: Draft, rng: Random) -> None:
    number = some_row(draft, rng)
    put_row(draft, number, [*shown(read_row(draft, number)), "x" * (16 << 20)])
