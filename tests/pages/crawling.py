"""Read every page and part that a person can come to, and what a browser would make of it."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from django.test import Client
from django.urls import resolve

from tests.hostile import NEVER_COMPUTED, PAYLOADS, hides
from tests.pages.markup import known_markup, markup_of
from tests.pages.reading import Element, Readable, elements, text

_LEADING = ("href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href", "data")
# Within the console; or to an app on the phone that takes the secret of a second factor.
_OURS = re.compile(r"(/(?!/)|\?|#|$|otpauth://totp/)")
# Lines and columns of a text of several lines are shown as such; they turn nothing round.
_KEPT = frozenset("\n\t")
# What a page must not hold as it is, and would not by chance: a quote may well stand before it.
_RAW = [each for each in PAYLOADS if len(each) > 6 and re.search("[<>\"']", each[1:])]


@dataclass(frozen=True)
class Page:
    """What one address answered, read once."""

    url: str
    status: int
    html: str
    elements: list[Element]

    @classmethod
    def of(cls, url: str, answer: Readable, *, status: int = 200) -> "Page":
        return cls(url, status, text(answer), elements(answer))


@dataclass
class Crawl:
    """Goes where links and htmx lead: `most` addresses of a view, and of some views more."""

    browser: Client
    most: int
    more: Mapping[str, int] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _visits: Counter[str] = field(default_factory=Counter)

    def pages(self, *starts: str) -> Iterator[Page]:
        waiting = deque((start, "href") for start in starts)
        while waiting:
            url, how = waiting.popleft()
            if not self._is_wanted(url):
                continue
            headers = {"HX-Request": "true"} if how == "hx-get" else {}
            answer = self.browser.get(url, headers=headers)
            if "Location" in answer:
                waiting.append((urljoin(url, answer["Location"]), "href"))
            elif not answer.streaming and "html" in answer["Content-Type"]:
                page = Page.of(url, answer, status=answer.status_code)
                yield page
                waiting.extend(_ways_on(page))

    @property
    def views(self) -> set[str]:
        """The names of the addresses that were read."""
        return set(self._visits)

    def _is_wanted(self, url: str) -> bool:
        url = url.partition("#")[0]
        path = url.partition("?")[0]
        if not path.startswith("/") or path.startswith("/static/") or url in self._seen:
            return False
        view = resolve(path).view_name
        self._seen.add(url)
        self._visits[view] += 1
        return self._visits[view] <= self.more.get(view, self.most)


def harm_in(page: Page, *, is_echo: bool = False) -> set[str]:
    """Return what some payload has done to the page; nothing when all of it is only text.

    A form gives back what was typed as it was typed: an echo may hold what hides.
    """
    found = {f"no template writes: {each}" for each in markup_of(page.elements) - known_markup()}
    found |= {f"as it is: {each!r:.80}" for each in _RAW if each in page.html}
    found |= {f"leads to: {where!r:.80}" for where in _elsewhere(page)}
    if not is_echo:
        letters = set(html.unescape(page.html)) - _KEPT
        found |= {f"hides: {ascii(each)}" for each in letters if hides(each)}
    if NEVER_COMPUTED in page.html:
        found.add("a template ran")
    return found


def _ways_on(page: Page) -> Iterator[tuple[str, str]]:
    for each in page.elements:
        for name in ("hx-get", "href"):
            if each.attributes.get(name):
                yield urljoin(page.url, each.attributes[name]), name


def _elsewhere(page: Page) -> Iterator[str]:
    for each in page.elements:
        for name in _LEADING:
            where = each.attributes.get(name, "")
            if not _OURS.match(where):
                yield f"{each.tag} {name}={where}"
