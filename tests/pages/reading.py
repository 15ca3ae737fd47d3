"""Read an answer as a person or a script does: its words, its links, its elements."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Protocol

from django.http import HttpResponse

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    Answer = _MonkeyPatchedWSGIResponse
else:
    Answer = HttpResponse

_UNREAD = frozenset({"script", "style", "template"})


@dataclass(frozen=True)
class Element:
    """One start tag with its attributes; an attribute without a value is ""."""

    tag: str
    attributes: dict[str, str]


class Readable(Protocol):
    """What a view or a test browser answers with."""

    @property
    def content(self) -> bytes: ...


def text(answer: Readable) -> str:
    return answer.content.decode()


def words(answer: Readable) -> str:
    """Return what can be read on the page, white space squeezed; templates and scripts are not."""
    return " ".join("".join(_read(answer).words).split())


def elements(answer: Readable) -> list[Element]:
    return _read(answer).elements


def links(answer: Readable) -> set[str]:
    """Return where the page's links lead."""
    return {each.attributes["href"] for each in elements(answer) if each.tag == "a"}


def actions(answer: Readable) -> set[str]:
    """Return where the page's forms send to."""
    found = [each.attributes for each in elements(answer) if each.tag == "form"]
    return {attributes.get("action", "") for attributes in found}


def by_id(answer: Readable, name: str) -> Element:
    """Return the element with this id. Fails when there is not exactly one."""
    found = [each for each in elements(answer) if each.attributes.get("id") == name]
    assert len(found) == 1, f"{len(found)} elements have the id {name}"
    return found[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        self._unread += tag in _UNREAD
        self.words.append("" if tag == "wbr" else " ")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)


def _read(answer: Readable) -> _Reader:
    reader = _Reader()
    reader.feed(text(answer))
    reader.close()
    return reader
