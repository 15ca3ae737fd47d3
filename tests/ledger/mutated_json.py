"""Mutations of how a value is written: every one is valid or nearly valid JSON, none is canonical.

Each is tried in lines of events, proofs and expired events, and in export.json.
"""

import re
from collections.abc import Callable
from random import Random

from tests.ledger.drafts import Draft, kind, need

REASONS = {
    "events.jsonl": "event",
    "proofs.jsonl": "proof",
    "expired.jsonl": "event",
    "export.json": "export",
}
# A member with text, and one with a number, in each file.
TEXT = {"events.jsonl": b'"target":"', "export.json": b'"maker":"'}
NUMBER = {"events.jsonl": b'"version":', "export.json": b'"size":'}
Edit = Callable[[bytes, str, Random], bytes]


def before_text(new: bytes) -> Edit:
    """Return an edit that puts bytes at the beginning of a text."""

    def edit(line: bytes, name: str, _rng: Random) -> bytes:
        start = TEXT.get(name, b'"leaf":"')
        return line.replace(start, start + new, 1)

    return edit


def instead_of_number(pattern: bytes) -> Edit:
    """Return an edit that writes a number otherwise; %s in the pattern is its digits."""

    def edit(line: bytes, name: str, _rng: Random) -> bytes:
        start = NUMBER.get(name, b'"index":')
        found = re.search(re.escape(start) + rb"(\d+)", line)
        need(found)
        assert found
        new = pattern.replace(b"%s", found[1])
        return line[: found.start(1)] + new + line[found.end(1) :]

    return edit


def whole(change: Callable[[bytes], bytes]) -> Edit:
    return lambda line, _name, _rng: change(line)


def last_member_first(line: bytes) -> bytes:
    comma = line.index(b",")
    return line[:-1] + b"," + line[1:comma] + b"}" if comma > 0 else line


def member_twice(line: bytes) -> bytes:
    return b"{" + line[1 : line.index(b",") + 1] + line[1:]


def named_otherwise(name: bytes) -> Edit:
    return whole(lambda line: line[:-1] + b',"' + name + b'":1}')


def nested(depth: int, opened: bytes = b"[", closed: bytes = b"]") -> Edit:
    """Return an edit that adds a last member with lists (or other brackets) so deep."""
    deep = opened * depth + closed * depth
    return whole(lambda line: line[:-1] + b',"zz":' + deep + b"}")


def space_somewhere(line: bytes, _name: str, rng: Random) -> bytes:
    at = rng.choice([match.end() for match in re.finditer(rb'^{|":|}$', line)])
    return line[:at] + rng.choice([b" ", b"\t", b"\r", b"\xc2\xa0"]) + line[at:]


EDITS: dict[str, Edit] = {
    "space_somewhere": space_somewhere,
    "member_at_the_wrong_place": whole(last_member_first),
    "member_twice": whole(member_twice),
    "member_twice_with_another_value": whole(lambda line: line[:-1] + b',"zz":1,"zz":2}'),
    "comma_at_the_end": whole(lambda line: line[:-1] + b",}"),
    "bracket_gone": whole(lambda line: line[:-1]),
    "something_after_it": whole(lambda line: line + b"{}"),
    "in_a_list": whole(lambda line: b"[" + line + b"]"),
    "a_text_instead": whole(lambda _: b'"text"'),
    "null_instead": whole(lambda _: b"null"),
    "comment": whole(lambda line: line[:-1] + b"/**/}"),
    "single_quotes": whole(lambda line: line.replace(b'"', b"'", 2)),
    "escaped_letter": before_text(b"\\u0041"),
    "escaped_korean": before_text(b"\\ud55c"),
    "escaped_emoji": before_text(b"\\ud83d\\ude00"),
    "escaped_slash": before_text(b"\\/"),
    "escaped_delete": before_text(b"\\u007f"),
    "escaped_in_capitals": before_text(b"\\u001F"),
    "escaped_with_capital_u": before_text(b"\\U001f"),
    "escaped_backspace": before_text(b"\\u0008"),
    "escaped_tab": before_text(b"\\u0009"),
    "escaped_newline": before_text(b"\\u000a"),
    "escaped_feed": before_text(b"\\u000c"),
    "escaped_return": before_text(b"\\u000d"),
    "escaped_quote": before_text(b"\\u0022"),
    "escaped_backslash": before_text(b"\\u005c"),
    "escaped_vertical_tab": before_text(b"\\v"),
    "escaped_by_hex": before_text(b"\\x41"),
    "escape_too_short": before_text(b"\\u00g"),
    "lone_high_surrogate": before_text(b"\\ud800"),
    "lone_low_surrogate": before_text(b"\\udc00"),
    "raw_surrogate": before_text(b"\xed\xa0\x80"),
    "raw_surrogate_pair": before_text(b"\xed\xa0\xbd\xed\xb8\x80"),
    "raw_tab": before_text(b"\t"),
    "raw_zero": before_text(b"\0"),
    "raw_unit_separator": before_text(b"\x1f"),
    "no_utf8": before_text(b"\xff"),
    "half_a_character": before_text(b"\xed\x95"),
    "long_utf8": before_text(b"\xc0\x80"),
    "above_unicode": before_text(b"\xf4\x90\x80\x80"),
    "fraction": instead_of_number(b"%s.0"),
    "fraction_without_digits": instead_of_number(b"%s."),
    "exponent": instead_of_number(b"%se0"),
    "exponent_in_capitals": instead_of_number(b"%sE+0"),
    "thousand_by_exponent": instead_of_number(b"1e3"),
    "tiny_fraction": instead_of_number(b"%s.000000000000000000001"),
    "leading_zero": instead_of_number(b"0%s"),
    "leading_plus": instead_of_number(b"+%s"),
    "minus_zero": instead_of_number(b"-0"),
    "minus_alone": instead_of_number(b"-"),
    "above_the_integers": instead_of_number(b"9007199254740992"),
    "below_the_integers": instead_of_number(b"-9007199254740992"),
    "not_exact_in_a_double": instead_of_number(b"9007199254740993"),
    "five_thousand_digits": instead_of_number(b"9" * 5000),
    "hundred_thousand_digits": instead_of_number(b"%s" + b"0" * 100_000),
    "infinite_by_exponent": instead_of_number(b"1e999"),
    "nan": instead_of_number(b"NaN"),
    "infinity": instead_of_number(b"Infinity"),
    "minus_infinity": instead_of_number(b"-Infinity"),
    "true_in_capitals": instead_of_number(b"True"),
    "hexadecimal": instead_of_number(b"0x1"),
    "underscored": instead_of_number(b"%s_0"),
    "wide_digit": instead_of_number("\uff11".encode()),
    "korean_name": named_otherwise("한".encode()),
    "name_of_nothing": whole(lambda line: b'{"":1,' + line[1:]),
    "name_with_delete": named_otherwise(b"zz\x7f"),
    "name_with_control": named_otherwise(b"zz\\n"),
    "too_deep_by_one": nested(20),
    "too_deep_in_objects": nested(20, b'{"a":', b"}"),
    "far_too_deep": nested(100_000),
    "far_too_deep_and_open": nested(100_000, b"[", b""),
    "line_too_long": whole(lambda line: line[:-1] + b',"zz":"' + b"x" * (4 << 20) + b'"}'),
}
# Costly to send to another process: a few tell as much as many.
RARE = {"line_too_long", "far_too_deep", "far_too_deep_and_open", "hundred_thousand_digits"}


def write_otherwise(name: str, edit: Edit) -> Callable[[Draft, Random], None]:
    def apply(draft: Draft, rng: Random) -> None:
        number = draft.some_line(name, rng)
        line = draft.lines(name)[number]
        changed = edit(line, name, rng)
        need(changed != line)
        draft.set_line(name, number, changed)

    return apply


for _file, _reason in REASONS.items():
    for _name, _edit in EDITS.items():
        kind(_reason, f"{_name} in {_file}")(write_otherwise(_file, _edit))
