"""Read an answer as a person or a script does: its words, its links, its elements."""

from dataclasses import dataclass
from html.parser import HTMLParser

from django.http import HttpResponse

_UNREAD = frozenset({"script", "style", "template"})


@dataclass(frozen=True)
class Element:
    """One start tag with its attributes; an attribute without a value is ""."""

    tag: str
    attributes: dict[str, str]


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def words(answer: HttpResponse) -> str:
    """Return what can be read on the page, white space squeezed; templates and scripts are not."""
    return " ".join("".join(_read(answer).words).split())


def elements(answer: HttpResponse) -> list[Element]:
    return _read(answer).elements


def links(answer: HttpResponse) -> set[str]:
    """Return where the page's links lead."""
    return {each.attributes["href"] for each in elements(answer) if each.tag == "a"}


def actions(answer: HttpResponse) -> set[str]:
    """Return where the page's forms send to."""
    found = [each.attributes for each in elements(answer) if each.tag == "form"]
    return {attributes.get("action", "") for attributes in found}


def by_id(answer: HttpResponse, name: str) -> Element:
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
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)


def _read(answer: HttpResponse) -> _Reader:
    reader = _Reader()
    reader.feed(text(answer))
    reader.close()
    return reader
