"""What every page has around its content: headers, banner, and nothing inline."""

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.middleware import OriginMiddleware, PrivateMiddleware
from images.models import AuditEvent, User, WorkerPulse
from images.origin import current_origin
from images.vocabulary import State
from tests.pages.listings import keep, row
from tests.pages.reading import Answer, elements, text, words
from tests.people import Browse, make_export, make_key, make_request

DOWN = "The worker is not running."


@pytest.fixture
def pages(alice: User, charlie: User, browse: Browse, client: Client) -> dict[str, Answer]:
    """Every page and part that can be shown, by name."""
    key = make_key(alice, last_test={"works": True, "skew_seconds": 0.1})
    web, db = row("web01", locked=True), row("db01", state="ERROR")
    keep(key, web, db)
    ready = make_request(key, server_id=web["id"], state=State.READY, due_at=None)
    running = make_request(key, server_id=web["id"])
    export = make_export(alice, rows_written=1, started_at=timezone.now())
    browser, part = browse(alice), {"HX-Request": "true"}
    new = reverse("request-new", args=[key.pk, db["id"]])
    return {
        "login": client.get(reverse("account_login")),
        "login refused": client.post(reverse("account_login"), {"username": "x", "password": "y"}),
        "no role": browse(charlie).get("/"),
        "account": browser.get(reverse("account")),
        "shortcuts": browser.get(reverse("account-shortcuts")),
        "shortcuts part": browser.get(reverse("account-shortcuts"), headers=part),
        "activity": browser.get(reverse("activity"), headers=part),
        "activity drawer": browser.get(reverse("activity-list"), headers=part),
        "keys": browser.get(reverse("key-list")),
        "key": browser.get(key.get_absolute_url()),
        "key new": browser.get(reverse("key-new")),
        "key new refused": browser.post(reverse("key-new"), {}),
        "key edit": browser.get(reverse("key-edit", args=[key.pk])),
        "servers": browser.get(reverse("server-list")),
        "servers part": browser.get(reverse("server-list"), headers=part),
        "request new": browser.get(new),
        "request new part": browser.get(new, headers=part),
        "request new refused": browser.post(new, {}),
        "request ready": browser.get(ready.get_absolute_url()),
        "request running": browser.get(running.get_absolute_url()),
        "progress": browser.get(reverse("request-progress", args=[running.pk])),
        "history": browser.get(reverse("history")),
        "history part": browser.get(reverse("history"), headers=part),
        "request list": browser.get(reverse("request-list")),
        "request list part": browser.get(reverse("request-list"), headers=part),
        "checkpoints": browser.get(reverse("checkpoint-list")),
        "export new": browser.get(reverse("export-new")),
        "export new refused": browser.post(reverse("export-create"), {}),
        "exports": browser.get(reverse("export-list")),
        "export": browser.get(export.get_absolute_url()),
        "export part": browser.get(reverse("export-progress", args=[export.pk])),
        "404": browser.get("/nothing-here/"),
        "404 stranger": client.get("/nothing-here/"),
    }


class TestTheBanner:
    def test_it_stands_on_every_page_while_no_worker_was_ever_seen(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        for person, url in (
            (alice, reverse("account")),
            (alice, reverse("key-list")),
            (alice, reverse("server-list")),
            (alice, make_request(make_key(alice)).get_absolute_url()),
            (bob, reverse("history")),
        ):
            assert DOWN in words(browse(person).get(url))

    def test_a_silent_worker_is_down_and_its_last_sign_shown(
        self, alice: User, browse: Browse
    ) -> None:
        silence = timedelta(seconds=configured.WORKER_SILENT_SECONDS + 1)
        WorkerPulse.objects.create(worker="w", seen_at=timezone.now() - silence)
        said = words(browse(alice).get(reverse("account")))
        assert DOWN in said
        assert "Last seen 20" in said

    def test_one_fresh_worker_is_enough(self, alice: User, browse: Browse) -> None:
        now = timezone.now()
        WorkerPulse.objects.create(worker="dead", seen_at=now - timedelta(days=1))
        WorkerPulse.objects.create(worker="alive", seen_at=now)
        assert DOWN not in words(browse(alice).get(reverse("account")))

    def test_the_stand_in_is_named_and_the_real_scp_is_not_called_so(
        self, alice: User, browse: Browse, settings: Settings
    ) -> None:
        sentence = "Stand-in SCP: nothing here touches the real cloud."
        assert sentence in words(browse(alice).get(reverse("account")))
        settings.SCP_URL_TEMPLATE = "https://virtualserver.{region}.{environment}.example.com"
        assert sentence not in words(browse(alice).get(reverse("account")))


class TestHeaders:
    def test_every_answer_is_private_and_locked_down(self, pages: dict[str, Answer]) -> None:
        for name, answer in pages.items():
            assert "no-store" in answer["Cache-Control"], name
            assert answer["X-Content-Type-Options"] == "nosniff", name
            assert answer["X-Frame-Options"] == "DENY", name
            assert answer["Referrer-Policy"] == "same-origin", name
            assert answer["Cross-Origin-Opener-Policy"] == "same-origin", name

    def test_the_content_policy_allows_our_own_files_alone(self, pages: dict[str, Answer]) -> None:
        for name, answer in pages.items():
            policy = answer["Content-Security-Policy"]
            rules = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
            assert rules.pop("default-src") == "'none'", name
            assert rules.pop("base-uri") == rules.pop("frame-ancestors") == "'none'", name
            assert set(rules.values()) == {"'self'"}, name
            assert {"script-src", "style-src", "form-action", "connect-src"} <= set(rules), name

    def test_each_answer_has_an_id_of_its_own(self, pages: dict[str, Answer]) -> None:
        ids = [uuid.UUID(answer["X-Request-ID"]) for answer in pages.values()]
        assert len(set(ids)) == len(ids)

    def test_the_id_and_the_address_are_in_the_record(self, alice: User, browse: Browse) -> None:
        key = make_key(alice)
        url = reverse("key-disable", args=[key.pk])
        answer = browse(alice).post(url, REMOTE_ADDR="2001:db8::7")
        event = AuditEvent.objects.get(action="key.disabled")
        assert event.http_request_id == answer["X-Request-ID"]
        assert event.address == "2001:db8::7"
        assert current_origin().request_id == ""

    def test_an_odd_address_is_not_recorded(self, alice: User, browse: Browse) -> None:
        url = reverse("key-disable", args=[make_key(alice).pk])
        browse(alice).post(url, REMOTE_ADDR="<b>somewhere</b>")
        assert AuditEvent.objects.get(action="key.disabled").address == ""

    def test_an_address_that_a_client_made_up_is_not_recorded(
        self, alice: User, browse: Browse
    ) -> None:
        url = reverse("key-disable", args=[make_key(alice).pk])
        browse(alice).post(url, headers={"X-Forwarded-For": "198.51.100.1"})
        assert AuditEvent.objects.get(action="key.disabled").address == "127.0.0.1"

    def test_a_cache_header_of_a_view_stays(self) -> None:
        given = HttpResponse(headers={"Cache-Control": "max-age=60"})
        answer = PrivateMiddleware(lambda request: given)(RequestFactory().get("/"))
        assert answer["Cache-Control"] == "max-age=60"

    def test_the_origin_is_forgotten_even_when_a_view_breaks(self) -> None:
        def broken(request: object) -> HttpResponse:
            assert current_origin().request_id
            raise LookupError

        with pytest.raises(LookupError):
            OriginMiddleware(broken)(RequestFactory().get("/"))
        assert current_origin().request_id == ""


class TestNothingInline:
    def test_no_script_style_or_handler_stands_in_a_page(self, pages: dict[str, Answer]) -> None:
        for name, answer in pages.items():
            for each in elements(answer):
                where = f"{name}: {each}"
                assert each.tag not in {"style", "base", "iframe", "object", "embed"}, where
                assert each.tag != "script" or each.attributes.get("src"), where
                assert "style" not in each.attributes, where
                assert not [key for key in each.attributes if key.startswith(("on", "hx-on"))], (
                    where
                )

    def test_htmx_is_told_to_run_nothing_and_keep_nothing(self, pages: dict[str, Answer]) -> None:
        frames = {name: answer for name, answer in pages.items() if "htmx.min.js" in text(answer)}
        assert len(frames) > 10
        for name, answer in frames.items():
            [told] = [e for e in elements(answer) if e.attributes.get("name") == "htmx-config"]
            config = json.loads(told.attributes["content"])
            for switch in ("allowEval", "allowScriptTags", "includeIndicatorStyles"):
                assert config[switch] is False, name
            assert config["selfRequestsOnly"] is True, name
            assert config["historyCacheSize"] == 0, name

    def test_nothing_that_htmx_would_run_stands_in_a_page(self, pages: dict[str, Answer]) -> None:
        for name, answer in pages.items():
            for each in elements(answer):
                where = f"{name}: {each}"
                assert "[" not in each.attributes.get("hx-trigger", ""), where
                assert not {"hx-vars", "hx-ext", "hx-vals", "hx-headers"} & set(each.attributes)
                for value in each.attributes.values():
                    assert not value.strip().lower().startswith(("js:", "javascript:")), where

    def test_all_files_and_links_are_our_own(self, pages: dict[str, Answer]) -> None:
        for name, answer in pages.items():
            for each in elements(answer):
                for key in ("src", "href", "action", "hx-get", "hx-post"):
                    value = each.attributes.get(key, "/")
                    assert value.startswith(("/", "?", "#")) or not value, f"{name}: {each}"
                    assert not value.startswith("//"), f"{name}: {each}"

    def test_every_file_that_a_page_names_exists(self, pages: dict[str, Answer]) -> None:
        named = {
            each.attributes[key].partition("#")[0]
            for answer in pages.values()
            for each in elements(answer)
            for key in ("src", "href")
            if each.attributes.get(key, "").startswith("/static/")
        }
        root = Path(configured.BASE_DIR) / "static"
        missing = [url for url in named if not (root / url.removeprefix("/static/")).is_file()]
        assert named
        assert missing == []

    def test_no_two_elements_have_one_id(self, pages: dict[str, Answer]) -> None:
        for name, answer in pages.items():
            ids = [e.attributes["id"] for e in elements(answer) if e.attributes.get("id")]
            assert sorted(set(ids)) == sorted(ids), name

    def test_every_form_that_changes_something_has_a_token(self, pages: dict[str, Answer]) -> None:
        for name, answer in pages.items():
            forms = [e for e in elements(answer) if e.attributes.get("method") == "post"]
            tokens = text(answer).count('name="csrfmiddlewaretoken"')
            assert tokens == len(forms), name
