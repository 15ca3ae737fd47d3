"""Error pages: a whole sentence, a way on, and nothing from inside the console."""

from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, include, path, reverse
from pytest_django import Settings

from images.models import AccessKey, User
from images.views.errors import forbidden
from tests.pages.reading import links, text, words
from tests.people import PASSWORD, Browse, make_key


def broken(request: HttpRequest) -> HttpResponse:
    raise LookupError("a secret of the inside")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("a secret of the inside")


def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


# This module is a URLconf too: the product's addresses, and three views that fail.
urlpatterns: list[URLPattern | URLResolver] = [
    path("broken/", broken),
    path("suspicious/", suspicious),
    path("denied/", denied),
    path("", include("images.urls")),
]
handler400 = "images.views.errors.bad_request"
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler500 = "images.views.errors.server_error"


@pytest.fixture
def failing(settings: Settings, alice: User, browse: Browse) -> Client:
    settings.ROOT_URLCONF = __name__
    browser = browse(alice)
    browser.raise_request_exception = False
    return browser


@pytest.mark.parametrize(
    ("url", "status", "sentence"),
    [
        ("/broken/", 500, "This page could not be made. What was recorded before is kept."),
        ("/suspicious/", 400, "The console did not understand what the browser sent."),
        ("/denied/", 403, "Your role does not permit this. Ask an administrator."),
        ("/nothing/", 404, "There is nothing at this address, or nothing that you may see."),
    ],
)
def test_each_says_a_sentence_and_the_way_on(
    failing: Client, url: str, status: int, sentence: str
) -> None:
    page = failing.get(url)
    assert page.status_code == status
    assert sentence in words(page)
    assert "/" in links(page)
    for inside in ("Traceback", "LookupError", "secret of the inside", "Django", "images."):
        assert inside not in text(page)


def test_500_shows_the_id_that_the_log_has(failing: Client) -> None:
    page = failing.get("/broken/")
    assert f"Request id: {page['X-Request-ID']}" in words(page)


def test_403_escapes_its_sentence(failing: Client) -> None:
    request = failing.get("/denied/").wsgi_request
    page = forbidden(request, PermissionDenied("<script>alert(1)</script>"))
    assert "<script>alert" not in text(page)


def test_a_host_that_is_not_ours_is_400(db: None, client: Client) -> None:
    page = client.get("/login/", headers={"host": "evil.example"})
    assert page.status_code == 400
    assert "evil.example" not in text(page)


FORM = "application/x-www-form-urlencoded"


class TestBodies:
    """What no page of ours sends is refused before anybody reads it, signed in or not."""

    @pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
    def test_one_that_is_too_large(self, db: None, client: Client, method: str) -> None:
        big = b"x" * (configured.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        page = client.generic(method, reverse("account_login"), big, content_type=FORM)
        assert page.status_code == 413
        assert "more than any form of the console takes. Nothing was done." in words(page)
        assert "/" in links(page)

    def test_the_largest_is_still_read(self, alice: User, browse: Browse) -> None:
        most = configured.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = b"alias=".ljust(most, b"x")
        page = browse(alice).generic("POST", reverse("key-new"), body, content_type=FORM)
        assert "The alias is too long." in words(page)

    def test_a_file_is_kept_nowhere(self, alice: User, browse: Browse, tmp_path: Path) -> None:
        with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path)):
            upload = SimpleUploadedFile("a.bin", b"x" * 60_000)
            page = browse(alice).post(reverse("key-new"), {"alias": "with a file", "file": upload})
        assert "with a file" in text(page)  # the fields beside it are read
        assert not page.wsgi_request.FILES
        assert list(tmp_path.iterdir()) == []


class TestMethods:
    @pytest.mark.parametrize(
        ("method", "name", "allowed"),
        [
            ("GET", "server-refresh", "POST"),
            ("GET", "account_logout", "POST"),
            ("PUT", "key-list", "GET, HEAD"),
            ("DELETE", "key-new", "GET, HEAD, POST"),
        ],
    )
    def test_what_an_address_does_not_take_is_said(
        self, alice: User, browse: Browse, method: str, name: str, allowed: str
    ) -> None:
        page = browse(alice).generic(method, reverse(name))
        assert (page.status_code, page["Allow"]) == (405, allowed)
        assert "This address cannot be used in this way. Nothing was done." in words(page)
        assert "/" in links(page)
        assert page["Cache-Control"] == "no-store"

    def test_it_speaks_korean(self, alice: User, browse: Browse) -> None:
        page = browse(alice).get(reverse("server-refresh"), headers={"accept-language": "ko"})
        assert "수행된 작업은 없습니다." in words(page)


class TestAFormOutOfDate:
    @pytest.fixture
    def strict(self, alice: User) -> Client:
        browser = Client(enforce_csrf_checks=True)
        assert browser.login(username="alice", password=PASSWORD)
        return browser

    def test_it_leads_back_to_the_form_and_nothing_is_done(self, strict: Client) -> None:
        url = reverse("key-new")
        page = strict.post(url, {"alias": "x"})
        assert page.status_code == 403
        assert "Nothing was done. Open the form again and send it from there." in words(page)
        assert url in links(page)
        assert "CSRF" not in words(page)
        assert not AccessKey.objects.exists()

    def test_its_way_back_can_be_walked(self, strict: Client, alice: User) -> None:
        key = make_key(alice)
        page = strict.post(reverse("key-disable", args=[key.pk]))
        (back,) = links(page) - {"/"}
        assert strict.get(back).status_code == 200

    def test_strangers_meet_it_on_the_sign_in_form(self, db: None) -> None:
        page = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"username": "x"})
        assert page.status_code == 403
        assert reverse("account_login") in links(page)

    def test_sign_out_needs_a_token_too(self, strict: Client) -> None:
        assert strict.post(reverse("account_logout")).status_code == 403
        assert strict.get(reverse("account")).status_code == 200
