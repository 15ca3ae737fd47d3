"""Canonical JSON: one value, one sequence of bytes, both ways."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.ledger.canonical import DEEPEST, LARGEST, NotCanonical, canonical, read
from tests.ledger.values import canonical_values


def nested(depth: int) -> Any:
    """Return lists in lists, so deep."""
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


@given(canonical_values)
def test_what_was_written_is_read(value: Any) -> None:
    assert read(canonical(value)) == value


@given(canonical_values)
def test_it_is_json(value: Any) -> None:
    assert json.loads(canonical(value)) == value


@given(canonical_values, st.integers(0, 200), st.integers(1, 255))
def test_one_bit_further_it_is_another_value_or_none(value: Any, place: int, change: int) -> None:
    raw = bytearray(canonical(value))
    raw[place % len(raw)] ^= change
    try:
        other = read(bytes(raw))
    except NotCanonical:
        return
    assert canonical(other) == bytes(raw)
    assert bytes(raw) != canonical(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_canonical_or_refused(raw: bytes) -> None:
    try:
        value = read(raw)
    except NotCanonical:
        return
    assert canonical(value) == raw


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        LARGEST + 1,
        -LARGEST - 1,
        "\ud800",
        {"a": "\udfff"},
        {"\ud800": 1},
        {"é": 1},
        {"": 1},
        {"\x7f": 1},
        {"\n": 1},
        {1: 2},
        {None: 1},
        (1, 2),
        {1, 2},
        b"bytes",
        object(),
        nested(DEEPEST + 1),
    ],
    ids=repr,
)
def test_what_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)
    with pytest.raises(NotCanonical):
        canonical({"inside": [value]})


@pytest.mark.parametrize("depth", [1, DEEPEST])
def test_so_deep_and_no_deeper(depth: int) -> None:
    assert read(canonical(nested(depth))) == nested(depth)
    text = b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)
    with pytest.raises(NotCanonical):
        read(text)


def test_the_depth_counts_from_where_it_stands() -> None:
    raw = canonical(nested(DEEPEST - 1))
    assert read(raw, depth=2) == nested(DEEPEST - 1)
    with pytest.raises(NotCanonical):
        read(raw, depth=3)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert read(canonical([[]] * 100)) == [[]] * 100


@pytest.mark.parametrize("raw", [b"[" * 1_000_000, b'{"a":' * 1_000_000, b"9" * 1_000_000])
def test_whatever_comes_is_refused_and_no_fault(raw: bytes) -> None:
    with pytest.raises(NotCanonical):
        read(raw)
