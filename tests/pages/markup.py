"""Which elements and attributes our templates write: whatever else a page has came from data."""

import re
from functools import cache
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import django

from tests.pages.reading import Element

# An element and its attribute, or an element alone.
Word = tuple[str, str]
_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
# Filters write these, not templates.
_BY_FILTERS = {("time", ""), ("time", "datetime"), ("time", "title"), ("wbr", "")}
_OURS = Path(__file__).parents[2] / "templates"
_FORMS = Path(django.__file__).parent / "forms" / "templates"
# Django writes these from what a field says of itself, by one loop over names and values.
_BY_FIELDS = set(
    product(
        ("input", "select", "textarea", "option", "fieldset", "div"),
        (
            *("id", "name", "type", "value", "required", "maxlength", "minlength", "rows", "cols"),
            *("autocomplete", "autocapitalize", "autofocus", "spellcheck", "inputmode", "checked"),
            *("aria-describedby", "aria-invalid", "placeholder", "pattern", "selected", "for"),
        ),
    )
)


@cache
def known_markup() -> frozenset[Word]:
    """Return all that the product's templates and Django's forms may write."""
    found = _BY_FIELDS | _BY_FILTERS
    for path in (each for folder in (_OURS, _FORMS) for each in folder.rglob("*.html")):
        found |= markup_of(_elements(path.read_text()))
    return frozenset(found)


def markup_of(elements: list[Element]) -> set[Word]:
    found = {(each.tag, "") for each in elements}
    return found | {(each.tag, name) for each in elements for name in each.attributes}


def _elements(template: str) -> list[Element]:
    reader = _Reader()
    reader.feed(_TAG.sub("", template))
    reader.close()
    return reader.elements


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
