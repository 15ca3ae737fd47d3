"""The error bodies that SCP and what stands before it send.

Source: SCP API reference, section 5. Everything here survives hostile input: the worst
outcome is an empty Envelope.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from images.scp.strict_json import NotJson, parse
from images.scp.words import clean

LONGEST_DETAIL = 4000
LONGEST_WORD = 200
MOST_ENTRIES = 50

TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)
SUPPORT_ID = re.compile(r"support\s{0,5}id\s{0,5}:?\s{0,5}([0-9A-Za-z-]{4,64})", re.IGNORECASE)
PRINTED_ITEM = re.compile(r"'((?:[^'\\]|\\.)*+)'|\"((?:[^\"\\]|\\.)*+)\"", re.DOTALL)


class Kind(StrEnum):
    """Who made the body."""

    SERVICE = "service"
    GATEWAY = "gateway"
    SPRING = "spring"
    FIELDS = "fields"
    HTML = "html"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Envelope:
    """What an error body says."""

    kind: Kind = Kind.UNKNOWN
    code: str = ""
    detail: str = ""
    """All details in one string. A 403's encoded `message` is never in it."""
    request_ids: dict[str, str] = field(default_factory=dict)


def read_envelope(content: bytes, content_type: str) -> Envelope:
    """Return what the body says. Never raises."""
    try:
        value = parse(content)
    except NotJson:
        return _html(content, content_type)
    if isinstance(value, dict):
        return _object(value)
    return _fields(value)


def _object(value: dict[str, object]) -> Envelope:
    errors = value.get("errors")
    if isinstance(errors, list):
        return _service([entry for entry in errors[:MOST_ENTRIES] if isinstance(entry, dict)])
    if "requestId" in value and "error" in value:
        ids = _ids(value, "requestId")
        return Envelope(Kind.SPRING, detail=_word(value["error"]), request_ids=ids)
    if isinstance(value.get("name"), str) and "message" in value:
        # a 403 of the gateway may carry an encoded report in its message as well
        is_forbidden = _word(value.get("status")).upper() in {"FORBIDDEN", "403"}
        told = value["name"] if is_forbidden else value["message"]
        return Envelope(Kind.GATEWAY, _word(value.get("status")), _joined([told]))
    return _fields(value.get("detail"))


def _service(entries: list[dict[str, object]]) -> Envelope:
    codes = [code for entry in entries if (code := _word(entry.get("code")))]
    details = [entry.get("detail") for entry in entries]
    ids: dict[str, str] = {}
    for entry in reversed(entries):  # the first entry wins
        ids |= _ids(entry, "request_id", "global_request_id")
    return Envelope(Kind.SERVICE, codes[0] if codes else "", _joined(details), ids)


def _fields(value: object) -> Envelope:
    """Read a list of {ctx, loc, msg, type_}, which OpenAPI 1.0 promises for some 400s."""
    if not isinstance(value, list):
        return Envelope()
    rows = [row for row in value[:MOST_ENTRIES] if isinstance(row, dict) and "msg" in row]
    if not rows:
        return Envelope()
    code = _word(rows[0].get("type_")) or _word(rows[0].get("type"))
    return Envelope(Kind.FIELDS, code, _joined([_field_text(row) for row in rows]))


def _field_text(row: dict[str, object]) -> str:
    loc = row.get("loc")
    parts = loc[:10] if isinstance(loc, list) else []
    path = ".".join(str(part) for part in parts if isinstance(part, str | int))
    return f"{path}: {clean(row.get('msg'))}" if path else clean(row.get("msg"))


def _html(content: bytes, content_type: str) -> Envelope:
    text = content[:LONGEST_DETAIL].decode("utf-8", "replace")
    looks_like_html = text.lstrip("\ufeff \t\r\n").lower().startswith(("<!doctype html", "<html"))
    if not looks_like_html and "html" not in content_type.lower():
        return Envelope()
    title = TITLE.search(text)
    found = SUPPORT_ID.search(text)
    ids = {"support_id": found[1]} if found else {}
    return Envelope(Kind.HTML, "", _word(title[1].strip()) if title else "", ids)


def _joined(details: list[object]) -> str:
    parts: list[str] = []
    for detail in details:
        several = detail[:MOST_ENTRIES] if isinstance(detail, list) else [detail]
        for one in several:
            parts += _unprinted(clean(one))
    return clean(" ".join(part for part in parts if part), longest=LONGEST_DETAIL)


def _unprinted(text: str) -> list[str]:
    """Take apart a string that is a printed Python list: "['a', 'b']"."""
    if not (text.startswith(("['", '["')) and text.endswith(("']", '"]'))):
        return [text]
    items = [single or double for single, double in PRINTED_ITEM.findall(text)]
    return [re.sub(r"\\(['\"\\])", r"\1", item) for item in items]


def _ids(entry: dict[str, object], *names: str) -> dict[str, str]:
    return {name: word for name in names if (word := _word(entry.get(name)))}


def _word(value: object) -> str:
    return clean(value, longest=LONGEST_WORD)
