"""The error bodies. Source: SCP API reference, section 5."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.scp.envelopes import Envelope, Kind, read_envelope

IDS = {"request_id": "req-1", "global_request_id": "req-2"}
TEXT = 'Field "image_name" is invalid.'


def told(payload: object) -> Envelope:
    return read_envelope(json.dumps(payload).encode(), "application/json")


def entry(**changes: object) -> dict[str, object]:
    return {"code": "ValidationError", "title": "T", "status": 400, "detail": TEXT} | IDS | changes


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        (TEXT, TEXT),
        ([TEXT], TEXT),
        (["one", "two"], "one two"),
        (str(["one", "it's"]), "one it's"),
        (str(['say "a"']), 'say "a"'),
        (str(["both ' and \""]), "both ' and \""),
        ("['not closed", "['not closed"),
        ("['" + "\\" * 3000, ("['" + "\\" * 3000)),
        (['"image_name" 값이 유효하지 않습니다.'], '"image_name" 값이 유효하지 않습니다.'),
        (None, ""),
        ({"a": 1}, ""),
        ([None, 7, "end"], "end"),
        ("a\x00b", "a\ufffdb"),
        ("x" * 9000, "x" * 4000),
    ],
)
def test_a_service_error(detail: object, text: str) -> None:
    assert told({"errors": [entry(detail=detail)]}) == Envelope(
        Kind.SERVICE, "ValidationError", text, IDS
    )


def test_several_entries_are_joined_and_the_first_code_and_ids_win() -> None:
    entries = [entry(code=None, detail="a"), entry(code="B", detail=["b", "c"], request_id="x")]
    assert told({"errors": [*entries, None, 7]}) == Envelope(Kind.SERVICE, "B", "a b c", IDS)
    assert told({"errors": []}) == Envelope(Kind.SERVICE)


def test_the_encoded_message_of_a_403_is_never_told() -> None:
    response = {"message": "Encoded authorization failure message: AAAA", "access_level": "Create"}
    refusal = told({"errors": [entry(code="Forbidden", detail="No.", response=response)]})
    assert (refusal.code, refusal.detail) == ("Forbidden", "No.")
    gateway = told({"status": "FORBIDDEN", "name": "Rejected", "message": "Encoded: AAAA"})
    assert (gateway.kind, gateway.detail) == (Kind.GATEWAY, "Rejected")


def test_a_gateway_error() -> None:
    assert told(
        {"status": "UNAUTHORIZED", "name": "Request was rejected by gateway", "message": "[HMAC]"}
    ) == Envelope(Kind.GATEWAY, "UNAUTHORIZED", "[HMAC]")


def test_a_spring_error() -> None:
    assert told(
        {"timestamp": "t", "path": "/", "status": 404, "error": "Not Found", "requestId": "0a-1"}
    ) == Envelope(Kind.SPRING, "", "Not Found", {"requestId": "0a-1"})


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"detail": rows}])
def test_a_list_of_fields(wrap: object) -> None:
    assert callable(wrap)
    rows = [
        {"ctx": {}, "loc": ["body", "image_name", 0], "msg": "too long", "type_": "value_error"},
        {"loc": "odd", "msg": "second"},
        "junk",
    ]
    assert told(wrap(rows)) == Envelope(
        Kind.FIELDS, "value_error", "body.image_name.0: too long second"
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<!DOCTYPE html>\n<html><head><title>Hello</title>", "application/json"),
        (b"\xef\xbb\xbf<HTML><TITLE lang=en>Hello</TITLE>", ""),
        (b"<p>odd</p><title>Hello</title>", "Text/HTML; charset=utf-8"),
    ],
)
def test_a_page(content: bytes, kind: str) -> None:
    assert read_envelope(content, kind) == Envelope(Kind.HTML, "", "Hello")


def test_a_page_with_a_support_id() -> None:
    page = b"<html>The URL was rejected. Support ID: 1000000000000000001</body></html>"
    assert read_envelope(page, "text/html") == Envelope(
        Kind.HTML, "", "", {"support_id": "1000000000000000001"}
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"7",
        b"[]",
        b"null",
        b"{}",
        b'[{"loc": []}]',
        b'{"errors": 7}',
        b'{"errors": [], "errors": []}',
        b'{"a": Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 51 + b"]" * 51,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{\x00}\x00",
    ],
    ids=range(15),
)
def test_anything_else_says_nothing(content: bytes) -> None:
    found = read_envelope(content, "application/json")
    assert found.kind in {Kind.UNKNOWN, Kind.SERVICE}
    assert (found.code, found.detail, found.request_ids) == ("", "", {})


KEYS = st.text() | st.sampled_from(
    ["errors", "code", "detail", "request_id", "status", "name", "message", "error"]
    + ["requestId", "msg", "loc", "type_"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=30,
)


@settings(max_examples=60)
@given(JSON | st.dictionaries(KEYS, JSON))
def test_no_json_makes_it_raise(payload: object) -> None:
    found = told(payload)
    (found.code + found.detail + "".join(found.request_ids.values())).encode()


@given(st.binary(), st.text())
def test_no_bytes_make_it_raise(content: bytes, kind: str) -> None:
    for start in (b"", b"<html>", b"{", b"["):
        assert isinstance(read_envelope(start + content, kind), Envelope)
