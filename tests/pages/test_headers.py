"""Every kind of answer carries every header; cookies are named and marked as https allows."""

import json
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.staticfiles import finders
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from images.charset import UNREADABLE
from images.models import User
from tests.pages.reading import Answer
from tests.people import PASSWORD, Browse, make_export, make_key, make_request
from tests.project.starting import environment, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deaf_scp")]
LOGIN = resolve_url(configured.LOGIN_URL)
PART = {"HX-Request": "true"}
USED = {"publickey-credentials-create", "publickey-credentials-get"}
ALL_KINDS = {
    **{"page": 200, "part": 200, "poll": 200, "json": 200, "download": 200, "stream": 200},
    **{"redirect": 302, "to sign-in": 302, "sign-out": 302, "htmx to sign-in": 200},
    **{"sign-in": 200, "health": 200, "static": 200, "static not changed": 304},
    **{"no session": 401, "forbidden": 403, "form out of date": 403, "absent": 404},
    **{"no such address": 404, "static absent": 404, "wrong method": 405, "too large": 413},
    **{"refused form": 422, "too many": 429, "odd bytes": 400, "broken": 500, "to https": 301},
}


@pytest.fixture
def answers(alice: User, bob: User, browse: Browse, settings: Settings) -> dict[str, Answer]:
    """One answer of each kind, by name."""
    settings.ROOT_URLCONF = "tests.pages.odd_answers"
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    key = make_key(alice)
    asked, export = make_request(key), make_export(alice)
    browser, stranger = browse(alice), Client()
    browser.raise_request_exception = False
    strict = Client(enforce_csrf_checks=True)
    file = "/static/css/console.css"
    found = {
        "page": browser.get(reverse("key-list")),
        "part": browser.get(reverse("history"), headers=PART),
        "poll": browser.get(reverse("request-progress", args=[asked.pk]), headers=PART),
        "json": browser.get(reverse("session-state")),
        "download": browser.get(reverse("export-file", args=[export.pk])),
        "stream": browser.get("/streams/"),
        "redirect": browser.get("/"),
        "to sign-in": stranger.get("/"),
        "htmx to sign-in": stranger.post(reverse("server-refresh"), headers=PART),
        "sign-in": stranger.get(LOGIN),
        "health": stranger.get(reverse("healthz")),
        "static": stranger.get(file),
        "no session": stranger.get("/", headers=PART),
        "forbidden": browse(bob).get(reverse("key-new")),
        "form out of date": strict.post(LOGIN, {}),
        "absent": browser.get(reverse("key-detail", args=[asked.pk])),
        "no such address": browser.get("/nothing-here/"),
        "static absent": stranger.get("/static/nothing.css"),
        "wrong method": browser.put(reverse("key-list")),
        "too large": browser.post(reverse("key-new"), {"alias": "x" * 70_000}),
        "refused form": browser.post(reverse("key-new"), {}),
        "too many": stranger.get("/answers/429/"),
        "odd bytes": browser.post("/", **{UNREADABLE: "1"}),  # type: ignore[arg-type]
        "broken": browser.get("/breaks/"),
    }
    since = found["static"]["Last-Modified"]
    found["static not changed"] = stranger.get(file, headers={"If-Modified-Since": since})
    found["sign-out"] = browser.post("/logout/")
    settings.SECURE_SSL_REDIRECT = True
    found["to https"] = Client().get("/")
    for answer in found.values():
        answer.close()  # else a file stays open
    return found


def test_each_kind_is_there(answers: dict[str, Answer]) -> None:
    assert {name: answer.status_code for name, answer in answers.items()} == ALL_KINDS


def test_each_has_every_header(answers: dict[str, Answer]) -> None:
    for name, answer in answers.items():
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["X-Frame-Options"] == "DENY", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert "Access-Control-Allow-Origin" not in answer, name
        assert "default-src 'none'" in answer.get("Content-Security-Policy", ""), name


def test_nothing_is_allowed_that_we_do_not_use(answers: dict[str, Answer]) -> None:
    for name, answer in answers.items():
        allowed = dict(part.split("=") for part in answer["Permissions-Policy"].split(", "))
        assert {each for each, who in allowed.items() if who == "(self)"} == USED, name
        assert {who for each, who in allowed.items() if each not in USED} == {"()"}, name
        assert {"camera", "geolocation", "microphone", "payment", "usb"} <= set(allowed), name


def test_the_content_policy_knows_no_exception(answers: dict[str, Answer]) -> None:
    for name, answer in answers.items():
        policy = answer.get("Content-Security-Policy", "")
        rules = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
        for directive in ("default-src", "base-uri", "frame-ancestors"):
            assert rules.pop(directive) == "'none'", name
        assert set(rules.values()) == {"'self'"}, name
        assert "unsafe" not in policy, name
        assert "nonce" not in policy, name


def test_only_files_that_everybody_may_have_are_cached(answers: dict[str, Answer]) -> None:
    for name, answer in answers.items():
        is_file = name in {"static", "static not changed"}
        assert ("no-store" in answer["Cache-Control"]) is not is_file, name


def test_signing_out_and_nothing_else_clears_what_the_browser_keeps(
    answers: dict[str, Answer],
) -> None:
    cleared = {name for name, answer in answers.items() if "Clear-Site-Data" in answer}
    assert cleared == {"sign-out"}
    assert answers["sign-out"]["Clear-Site-Data"] == '"cache", "storage"'
    assert answers["sign-out"].cookies[configured.SESSION_COOKIE_NAME]["max-age"] == 0


def test_ending_this_session_clears_as_well(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    page = browser.get(reverse("session-list"))
    pk = next(row.pk for row in page.context["rows"])
    assert browser.post(reverse("session-end", args=[pk]))["Clear-Site-Data"]


_ASK = """
import json
import django
django.setup()
from django.conf import settings
from django.shortcuts import resolve_url
from django.test import Client
browser = Client(SERVER_NAME="console.example.com")
page = browser.get("/login/", secure=True)
theme = browser.post("/account/theme/", {"theme": "dark"}, secure=True)
language = browser.post("/account/language/", {"language": "ko"}, secure=True)
plain = Client(SERVER_NAME="console.example.com").get("/login/")
print(json.dumps({
    "cookies": {
        name: dict(morsel) for answer in (page, theme, language)
        for name, morsel in answer.cookies.items()
    },
    "session": [
        settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_PATH,
        settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE,
        settings.SESSION_COOKIE_DOMAIN, settings.MESSAGES_COOKIE_NAME,
    ],
    "hsts": page["Strict-Transport-Security"],
    "plain": [plain.status_code, plain["Location"]],
}))
"""


def test_on_https_each_cookie_is_the_hosts_own(tmp_path: Path) -> None:
    own = environment(
        tmp_path,
        CONSOLE_URL="https://console.example.com",
        DJANGO_SETTINGS_MODULE="scpconsole.settings",
        LOG_LEVEL="ERROR",
        DEBUG="on",  # files need no collecting
    )
    ended = run("-c", _ASK, env=own)
    assert ended.code == 0, ended.text
    told = json.loads(ended.lines[-1])
    assert set(told["cookies"]) == {"__Host-csrf", "__Host-theme", "__Host-language"}
    for name, cookie in told["cookies"].items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax"), name
    assert told["session"] == ["__Host-session", True, "/", True, "Lax", None, "__Host-messages"]
    assert told["hsts"] == "max-age=31536000; includeSubDomains"
    assert told["plain"] == [301, "https://console.example.com/login/"]


def test_the_cookies_of_a_session_are_closed_to_scripts(alice: User) -> None:
    browser = Client()
    browser.get(LOGIN)
    browser.post(LOGIN, {"username": "alice", "password": PASSWORD})
    browser.post(reverse("account-theme"), {"theme": "dark"})
    browser.post(reverse("set_language"), {"language": "en"})
    assert set(browser.cookies) >= {"session", "csrf", "theme", "language"}
    for name, cookie in browser.cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name


def test_no_file_of_ours_is_named_by_another_host() -> None:
    for folder in ("js", "css"):
        for path in sorted(Path(configured.BASE_DIR, "static", folder).rglob("*.*")):
            assert "//" not in path.read_text().replace("// ", ""), path
            assert finders.find(str(path.relative_to(Path(configured.BASE_DIR, "static"))))
