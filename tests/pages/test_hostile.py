"""SCP's words as weapons: on every page and part, in logs and in exports they are only text."""

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.urls import reverse
from django.utils.http import urlencode

from images.models import AccessKey, User
from images.scp.words import clean
from images.vocabulary import ExportKind
from scpconsole.sandbox import Sandbox
from tests.hostile import PAYLOADS, hides
from tests.log_lines import Lines, captured
from tests.pages.asking import typed, url_of
from tests.pages.crawling import Crawl, Page, harm_in
from tests.pages.exporting import body_of, file_of, made
from tests.pages.hostile_cloud import SENTENCES, TEXTS, HostileCloud
from tests.people import Browse, Work
from tests.services.exporting import verdict_on

# What a spreadsheet takes for a formula at the beginning of a cell, or before one.
_FORMULA = re.compile(r"[=+@\t\r\n\0-]")


@pytest.fixture
def lines() -> Iterator[tuple[Lines, Lines]]:
    with captured("json") as as_json, captured("line") as to_read:
        yield as_json, to_read


@pytest.fixture
def cloud(
    alices_key: AccessKey, scp: Sandbox, work: Work, alice: User, browse: Browse
) -> HostileCloud:
    return HostileCloud(alices_key, scp, work, browse(alice))


class TestWhatScpSays:
    def test_it_is_only_text_on_pages_in_logs_and_in_exports(
        self,
        cloud: HostileCloud,
        bob: User,
        dora: User,
        browse: Browse,
        lines: tuple[Lines, Lines],
        tmp_path: Path,
    ) -> None:
        cloud.speak()
        assert _harm_on_pages(browse(cloud.key.owner), *_lists(cloud)) == {}
        assert _harm_on_pages(browse(bob), "/history/?show=all") == {}
        assert _harm_on_pages(browse(dora)) == {}
        _check_log(*lines)
        _check_exports(browse(bob), tmp_path)

    def test_what_a_page_is_made_of_is_told_from_what_came_from_data(self) -> None:
        told = '<p data-tone="good"><b>x</b></p><a href="/servers/">y</a><time datetime="2026">'
        assert harm_in(_page(told)) == set()
        for harm in (
            "<p onmouseover=alert(1)>",
            "<marquee>",
            '<a href="javascript:alert(1)">',
            '<a href="//evil.example/">',
            "<script src=//evil.example/x.js></script>",
            "a\u202eb",
            "a\x00b",
            "&#x202e;",
            "49098049",
        ):
            assert harm_in(_page(harm)), harm


def _lists(cloud: HostileCloud) -> Iterator[str]:
    """The lists from end to end, and the form and the page of each of the densest servers."""
    per_page = 50
    yield from (f"/servers/?page={n + 1}" for n in range(len(cloud.scp.servers) // per_page + 1))
    yield from (f"/requests/?page={n + 1}" for n in range(len(PAYLOADS) // per_page + 2))
    yield from (url_of(cloud.key, each.id) for each in cloud.scp.servers[: len(TEXTS)])


# Many of one kind, each with other texts.
_READ_WHOLE = ("server-list", "request-list", "request-new")


def _harm_on_pages(browser: Browser, *starts: str) -> dict[str, str]:
    """Return what harm was seen, with the first address of each."""
    harm = dict[str, str]()
    crawl = Crawl(browser, most=2, more=dict.fromkeys(_READ_WHOLE, 20))
    for page in crawl.pages("/", *starts):
        assert page.status == 200, page.url
        for each in harm_in(page):
            harm.setdefault(each, page.url)
    assert len(crawl.views) >= 15, crawl.views
    return harm


def _check_log(as_json: Lines, to_read: Lines) -> None:
    """Each event is one line; nobody forged another."""
    assert as_json.text.isascii()
    events = as_json.events
    own = [line for line in to_read.text.splitlines() if not line.startswith("    ")]
    assert len(own) == len(events) > 100
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z [A-Z]+ [\w.]+ ", line) for line in own)
    assert not any(hides(letter) for letter in set(to_read.text) - {"\n"})


def _check_exports(auditor: Browser, folder: Path) -> None:
    """A cell runs nothing, a line of JSON is one event, and a pack verifies."""
    files = {
        kind: body_of(file_of(auditor, made(auditor, kind=kind))) for kind in ExportKind.values
    }
    rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [each for row in rows for each in row if _FORMULA.match(each)]
    assert not [each for row in rows for each in row if "\0" in each]
    told = [json.loads(line) for line in files["jsonl"].split(b"\n")[:-1]]
    # The newest events are the exports themselves: each holds one more than the one before.
    assert abs(len(rows) - 1 - len(told)) <= len(files) * 2
    facts = json.dumps([each for each in told if each["action"] == "request.refused"])
    assert json.dumps("<svg onload=alert(1)>")[1:-1] in facts
    assert verdict_on(files["pack"], folder)["verdict"] == "good"


class TestWhatPeopleType:
    def test_a_form_and_a_search_give_it_back_as_text(
        self, alices_key: AccessKey, alice: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        posts = [
            (url_of(alices_key), ("image_name", "reason", "ticket")),
            (reverse("key-new"), ("alias", "place", "expires_on", "api_version", "other_version")),
            (reverse("key-edit", args=[alices_key.pk]), ("alias", "expires_on", "other_version")),
        ]
        for each in (*TEXTS, *SENTENCES[::30]):
            text = clean(each)
            echoes = [browser.post(url, dict.fromkeys(names, text)) for url, names in posts]
            query = urlencode({"q": text[:250], "state": text[:60], "page": text})
            echoes += [
                browser.get(f"{reverse(name)}?{query}")
                for name in ("server-list", "request-list", "history", "export-new")
            ]
            for answer in echoes:
                assert answer.status_code in {200, 422}
                page = Page.of(answer.request["PATH_INFO"], answer)
                assert harm_in(page, is_echo=True) == set(), page.url

    def test_an_alias_that_hides_something_is_refused(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        for letter in filter(
            hides, map(chr, (0x0, 0x7F, 0x85, 0xAD, 0x200B, 0x202E, 0x2028, 0x2060, 0xE000))
        ):
            answer = browser.post(reverse("key-new"), {"alias": f"web{letter}01"})
            assert "alias" in answer.context["form"].errors, ascii(letter)

    def test_names_of_people_and_keys_are_text(
        self, alices_key: AccessKey, alice: User, bob: User, browse: Browse
    ) -> None:
        User.objects.filter(pk=alice.pk).update(first_name="\u202e<svg onload=alert(1)>{{ 7 }}")
        AccessKey.objects.update(alias="<b title='x' onclick=alert(1)>=1+1")
        browser = browse(alice)
        browser.post(url_of(alices_key), typed())
        browser.post(reverse("key-test", args=[alices_key.pk]))
        assert _harm_on_pages(browser) == {}
        assert _harm_on_pages(browse(bob), "/history/?show=all") == {}


# Parts that show one text, and the names under which they take it.
_PARTS: list[tuple[str, dict[str, Any]]] = [
    ("components/_copy.html", {"value": "{}", "id": "copy"}),
    ("components/_copy.html", {"value": "{}", "shown": "{}"}),
    ("servers/_state.html", {"state": "{}", "tone": "quiet"}),
    ("servers/_request_ids.html", {"request_ids": ["{}", "{}"]}),
    (
        "requests/_refusal.html",
        {
            "tone": "bad",
            "refusal": {"sentence": "No.", "code": "{}", "detail": "{}", "request_ids": ["{}"]},
        },
    ),
]


class TestParts:
    @pytest.mark.parametrize(("template", "context"), _PARTS)
    def test_every_payload(self, template: str, context: dict[str, Any]) -> None:
        whole = "".join(
            render_to_string(template, _filled(context, clean(each))) for each in PAYLOADS
        )
        assert harm_in(_page(whole)) == set()


def _filled(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, text) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, text) for each in value]
    return text if value == "{}" else value


class TestLog:
    def test_every_payload_is_part_of_one_line(self, lines: tuple[Lines, Lines]) -> None:
        as_json, to_read = lines
        for each in PAYLOADS:
            logging.getLogger("images.scp").warning("SCP says %s", each)
        assert [event["event"] for event in as_json.events] == [
            f"SCP says {each}" for each in PAYLOADS
        ]
        _check_log(as_json, to_read)

    def test_every_payload_in_a_traceback(self, lines: tuple[Lines, Lines]) -> None:
        as_json, to_read = lines
        for each in PAYLOADS:
            try:
                raise LookupError(each)
            except LookupError:
                logging.getLogger("images.scp").exception("a call failed")
        assert len(as_json.events) == len(PAYLOADS)
        _check_log(as_json, to_read)


def _page(content: str) -> Page:
    return Page.of("/", HttpResponse(content))
