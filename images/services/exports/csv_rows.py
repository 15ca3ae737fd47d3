"""The CSV file: safe in a spreadsheet, exact in the columns that are checked.

Contract: docs/ledger.md, section 5.
"""

import json
import re
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils import translation

from images.event_sentences import event_sentence, event_who
from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.services.exports.selection import rows_of
from images.vocabulary import State

BOM = b"\xef\xbb\xbf"
_CHECKED = ["sequence", "at", "action", "actor", "address", "http_request", "image_request"]
_CHECKED += ["access_key", "target"]
_OF_REQUEST = ["server_id", "server_name", "image_id", "image_name", "state", "environment"]
_OF_REQUEST += ["region", "key_alias", "reason", "ticket"]
COLUMNS = ["sequence", "at_utc", *_CHECKED[2:], "facts", "leaf", "time", "who", "what"]
COLUMNS += _OF_REQUEST
HEADER = BOM + ",".join(COLUMNS).encode() + b"\r\n"

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
_QUOTED = re.compile('[,"\r\n]')


def csv_rows(chunk: list[int], *, language: str, zone: ZoneInfo) -> list[bytes]:
    """Return the rows of those events of the chunk that still have their bytes."""
    with translation.override(language):
        events = _events(chunk)
        asked = {event.request for event in events if event.request}
        states = {value: str(label) for value, label in State.choices}
        endings: dict[UUID | None, str] = {each.pk: _ending(each, states) for each in asked}
        return [
            _row(event, zone, endings.get(event.request_id) or _ending_of_key(event))
            for event in events
            if event.content is not None
        ]


def cell(value: str) -> str:
    """Return a value as it stands in the file."""
    if value.startswith(_RUN_BY_SPREADSHEETS):
        value = f"'{value}"
    if "\0" in value:
        value = value.replace("\0", "\u2400")
    if _QUOTED.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def _cells(values: list[str]) -> str:
    return ",".join([cell(each) for each in values])


def _events(chunk: list[int]) -> list[AuditEvent]:
    people = User.objects.only("id", "username", "first_name", "last_name")
    return list(
        rows_of(chunk)
        .defer("subtrees")
        .prefetch_related(
            Prefetch("actor", people),
            Prefetch("request", ImageRequest.objects.only("id", *_OF_REQUEST)),
            Prefetch("key", AccessKey.objects.only("id", "alias")),
        )
    )


def _row(event: AuditEvent, zone: ZoneInfo, ending: str) -> bytes:
    members = _members(event)
    facts = members.get("facts")
    event.__dict__["facts"] = facts if isinstance(facts, dict) else {}  # read once, not twice
    cells = _cells(
        [
            *(_text(members.get(name)) for name in _CHECKED),
            _text(facts),
            bytes(event.leaf_hash).hex(),
            event.at.astimezone(zone).isoformat(timespec="seconds"),
            event_who(event),
            _what(event),
        ]
    )
    # "replace": half a surrogate pair is no text; only bytes that were tampered with hold one.
    return f"{cells},{ending}\r\n".encode(errors="replace")


def _members(event: AuditEvent) -> dict[str, Any]:
    """Return what the bytes say; what the columns say when somebody spoilt the bytes. An export
    of spoilt records is what an auditor needs, and the verifier shows the place."""
    try:
        members = json.loads(bytes(event.content or b""))
    except (ValueError, RecursionError):
        members = None
    return members if isinstance(members, dict) else event.members({})


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return str(value)


def _what(event: AuditEvent) -> str:
    try:
        return event_sentence(event)
    except (ValueError, TypeError, LookupError, AttributeError):
        return event.action  # facts of other types than ours: spoilt, as above


def _ending(asked: ImageRequest, states: dict[str, str]) -> str:
    """Return the end of the rows that are about this request: many events share it."""
    values = {name: str(getattr(asked, name)) for name in _OF_REQUEST}
    values["state"] = states.get(asked.state, asked.state)
    return _cells(list(values.values()))


def _ending_of_key(event: AuditEvent) -> str:
    alias = event.key.alias if event.key else ""
    return _cells([alias if name == "key_alias" else "" for name in _OF_REQUEST])
