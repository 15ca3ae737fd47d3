"""Whether a row is the event that it shows: its columns and its leaf hash against its bytes."""

import re
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any

from images.ledger import merkle
from images.ledger.canonical import NotCanonical, read
from images.models.audit_event import FORMAT
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.rows import Row

_SHOWN = (
    *("sequence", "at", "action", "actor", "address", "http_request"),
    *("image_request", "access_key", "target"),
)
_MEMBERS = {*_SHOWN, "version", "facts"}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def fault_of(row: Row, *, removed_through: int) -> Finding | None:
    """Return what is wrong with the row by itself, or None.

    `removed_through` is the last sequence whose bytes the keeping rule took.
    """
    if row.content is None:
        return _fault_of_expired(row, removed_through)
    if not _says_what_it_shows(row):
        return _difference(row)
    if merkle.leaf_hash(row.content) != row.leaf:
        words = f"The leaf hash of event {row.sequence} is not that of its bytes."
        return _finding(Kind.LEAF, row, words)
    return None


def _says_what_it_shows(row: Row) -> bool:
    """Whether the bytes are exactly the canonical event of the columns, around its facts.

    What stands before and after the facts is written anew from the columns, so that only the
    facts have to be read; that makes for most of the speed.
    """
    content = row.content or b""
    try:
        head = _head(row.access_key, row.action, row.actor, row.address)
        before = f'{head}{row.at}","facts":'.encode()
        after = (
            f',"http_request":{quoted(row.http_request)},"image_request":{_id(row.image_request)},'
            f'"sequence":{row.sequence},"target":{quoted(row.target)},"version":{FORMAT}}}'
        ).encode()
        is_around = content.startswith(before) and content.endswith(after)
        facts = content[len(before) : len(content) - len(after)]
        if not (is_around and facts[:1] == b"{" and _TIME.fullmatch(row.at)):
            return False
        read(facts, depth=2)
    except (NotCanonical, TypeError, UnicodeEncodeError):
        return False
    return True


@lru_cache(maxsize=1024)
def _head(access_key: str | None, action: str, actor: str | None, address: str) -> str:
    return (
        f'{{"access_key":{_id(access_key)},"action":{quoted(action)},"actor":{_id(actor)},'
        f'"address":{quoted(address)},"at":"'
    )


@lru_cache(maxsize=4096)
def _id(value: str | None) -> str:
    """Raise TypeError for what is no id."""
    if value is None:
        return "null"
    if not _UUID.fullmatch(value):
        raise TypeError
    return f'"{value}"'


def _difference(row: Row) -> Finding:
    """Say why the bytes are not what the columns show."""
    try:
        event: Any = read(row.content or b"")
    except NotCanonical as error:
        words = f"The bytes of event {row.sequence} are not canonical. {error}"
        return _finding(Kind.EVENT, row, words)
    is_event = isinstance(event, dict) and event.keys() == _MEMBERS
    if not is_event or event["version"] != FORMAT or not isinstance(event["facts"], dict):
        words = f"The bytes of event {row.sequence} are no event."
        return _finding(Kind.EVENT, row, words)
    columns = row._asdict()
    wrong = [name for name in _SHOWN if event[name] != columns[name]]
    names = ", ".join(wrong) or "facts"
    words = f"The columns of event {row.sequence} are not what its bytes say: {names}."
    return _finding(Kind.COLUMN, row, words)


def _fault_of_expired(row: Row, removed_through: int) -> Finding | None:
    shown = (row.action, row.actor, row.address, row.http_request, row.image_request)
    if row.sequence > removed_through:
        words = f"The bytes of event {row.sequence} are gone, and no keeping rule took them."
        return _finding(Kind.EXPIRED, row, words)
    if any((*shown, row.access_key, row.target)):
        words = f"Event {row.sequence} has columns without the bytes that would prove them."
        return _finding(Kind.COLUMN, row, words)
    return None


def _finding(kind: Kind, row: Row, words: str) -> Finding:
    return Finding(kind, By.DATA, words, row.sequence, row.sequence)
