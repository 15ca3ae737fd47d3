"""What goes back to the caller: a status, headers and a body."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer before Date and Content-Length are added."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def as_json(status: int, value: object) -> Answer:
    """An answer with `value` as compact JSON, non-ASCII text unescaped as UTF-8."""
    return Answer(status, json_bytes(value))


def json_bytes(value: object) -> bytes:
    """JSON as UTF-8; half a character, which UTF-8 does not know, stays an escape of JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def as_html(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), HTML)
