"""What is typed into the form for an image outlives the session, and makes no second request."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.shortcuts import resolve_url
from django.test import Client
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest, RequestDraft, ServerListing, User
from images.services import drafts
from images.services.housekeeping import Housekeeper
from images.vocabulary import State
from tests.pages.asking import typed, url_of
from tests.pages.reading import Answer, actions, by_id, elements, links, words
from tests.people import PASSWORD, Browse, make_key, make_request

LOGIN = resolve_url(settings.LOGIN_URL)
PART = {"HX-Request": "true"}
KEPT = "Here is what you typed before"


def keep(browser: Client, form_url: str, **changes: Any) -> Answer:
    return browser.post(f"{form_url}draft/", typed(**changes), headers=PART)


def value(answer: Answer, name: str) -> Any:
    return answer.context["form"][name].value()


def sign_in(browser: Client, next_url: str) -> Answer:
    page = browser.get(LOGIN)
    typed_in = {"username": "alice", "password": PASSWORD, "next": next_url}
    token = {"csrfmiddlewaretoken": token_of(page)}
    return browser.post(LOGIN, typed_in | token, follow=True)


def token_of(page: Answer) -> str:
    return held(page)["csrfmiddlewaretoken"]


def held(page: Answer) -> dict[str, str]:
    """Return the page's hidden fields."""
    hidden = [e.attributes for e in elements(page) if e.attributes.get("type") == "hidden"]
    return {each["name"]: each.get("value", "") for each in hidden if "name" in each}


class TestKeeping:
    def test_the_form_opens_as_it_was_left(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url = browse(alice), url_of(alices_key)
        sent = typed(reason="half a sen", image_name="웹서버?", ticket=" x ")
        assert browser.post(f"{url}draft/", sent, headers=PART).status_code == 204
        page = browser.get(url)
        assert [value(page, name) for name in ("reason", "image_name", "ticket")] == [
            "half a sen",
            "웹서버?",
            " x ",
        ]
        assert str(value(page, "form_token")) == sent["form_token"]
        assert KEPT in words(page)
        assert "It was not sent." in words(page)
        assert f"{url}fresh/" in actions(page)
        assert not ImageRequest.objects.exists()
        assert not AuditEvent.objects.filter(action__startswith="request").exists()

    def test_the_newest_counts_and_there_is_one_row(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url = browse(alice), url_of(alices_key)
        keep(browser, url, reason="first")
        keep(browser, url, reason="second")
        assert RequestDraft.objects.get().reason == "second"

    def test_a_form_without_a_draft_says_nothing_of_it(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        page = browse(alice).get(url_of(alices_key))
        assert KEPT not in words(page)
        assert by_id(page, "request-fields").attributes["method"] == "post"

    def test_the_form_saves_itself_by_its_own_address(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        url = url_of(alices_key)
        part = browse(alice).get(url, headers=PART).content.decode()
        assert f'hx-post="{url}draft/"' in part
        assert 'hx-include="#request-fields"' in part

    @pytest.mark.parametrize(
        "changes",
        [
            {"form_token": ""},
            {"form_token": "x"},
            {"reason": "x" * 10_001},
            {"reason": "a\x00b"},
        ],
    )
    def test_what_no_form_of_ours_sends_is_not_kept(
        self, alice: User, alices_key: AccessKey, browse: Browse, changes: dict[str, str]
    ) -> None:
        assert keep(browse(alice), url_of(alices_key), **changes).status_code == 422
        assert not RequestDraft.objects.exists()

    def test_a_server_that_is_not_in_the_list_has_no_draft(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser = browse(alice)
        url = url_of(alices_key, str(uuid.uuid4()))
        assert keep(browser, url).status_code == 404
        assert browser.post(f"{url}fresh/").status_code == 404
        assert not RequestDraft.objects.exists()

    def test_start_over_opens_a_fresh_form(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url = browse(alice), url_of(alices_key)
        keep(browser, url, reason="half a sentence")
        page = browser.post(f"{url}fresh/", follow=True)
        assert page.redirect_chain == [(url, 302)]
        assert KEPT not in words(page)
        assert not value(page, "reason")

    def test_start_over_keeps_which_request_is_asked_again(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        url = url_of(alices_key)
        before = make_request(
            alices_key, server_id=url.split("/")[3], state=State.REFUSED, due_at=None
        )
        browser = browse(alice)
        keep(browser, url, reason="another reason")
        page = browser.get(f"{url}?again={before.pk}")
        assert value(page, "reason") == "another reason"
        assert f"{url}fresh/?again={before.pk}" in actions(page)
        answer = browser.post(f"{url}fresh/?again={before.pk}", follow=True)
        assert value(answer, "reason") == before.reason


class TestWhose:
    def test_nobody_sees_another_persons(
        self, alice: User, dora: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        url = url_of(alices_key)
        keep(browse(alice), url, reason="alice's words")
        listing = ServerListing.objects.get(key=alices_key)
        doras = make_key(dora)
        ServerListing.objects.create(key=doras, servers=listing.servers, read_at=listing.read_at)
        server_id = url.split("/")[3]
        page = browse(dora).get(url_of(doras, server_id))
        assert page.status_code == 200
        assert "alice's words" not in page.content.decode()
        assert keep(browse(dora), url).status_code == 404
        assert browse(dora).post(f"{url}fresh/").status_code == 404
        assert RequestDraft.objects.get().reason == "alice's words"

    def test_it_is_kept_for_its_key_alone(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url = browse(alice), url_of(alices_key)
        keep(browser, url, reason="with this key")
        listing = ServerListing.objects.get(key=alices_key)
        second = make_key(alice)
        ServerListing.objects.create(key=second, servers=listing.servers, read_at=listing.read_at)
        assert not value(browser.get(url_of(second, url.split("/")[3])), "reason")

    def test_an_auditor_keeps_none(self, bob: User, alices_key: AccessKey, browse: Browse) -> None:
        assert keep(browse(bob), url_of(alices_key)).status_code == 403


class TestOneRequest:
    def test_the_draft_goes_with_the_request(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed()
        keep(browser, url, **form)
        browser.post(url, form)
        assert ImageRequest.objects.count() == 1
        assert not RequestDraft.objects.exists()

    def test_a_refused_form_keeps_its_draft(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed(reason="")
        keep(browser, url, **form)
        assert browser.post(url, form).status_code == 422
        assert RequestDraft.objects.exists()

    def test_what_comes_after_the_request_is_not_kept(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed()
        browser.post(url, form)
        assert keep(browser, url, **form).status_code == 204
        assert not RequestDraft.objects.exists()

    def test_a_draft_that_slipped_in_beside_its_request_opens_no_form(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed()
        keep(browser, url, **form)
        [late] = RequestDraft.objects.all()
        browser.post(url, form)
        late.save(force_insert=True)
        page = browser.get(url)
        assert KEPT not in words(page)
        assert str(value(page, "form_token")) != form["form_token"]

    def test_the_opened_draft_and_the_form_that_was_left_make_one_request(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed()
        keep(browser, url, **form)
        opened = browser.get(url)
        again = {name: value(opened, name) for name in form}
        browser.post(url, form)
        second = browser.post(url, again, follow=True)
        assert ImageRequest.objects.count() == 1
        assert "This request was already recorded. Here is the first one." in words(second)


class TestTheSessionsEnd:
    def test_a_submit_comes_back_to_the_filled_form_and_sends_nothing(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url, form = browse(alice), url_of(alices_key), typed()
        keep(browser, url, **form)
        UserSession.objects.all().delete()
        answer = browser.post(url, form, headers=PART)
        assert answer["HX-Redirect"] == f"{LOGIN}?{urlencode({'next': url})}"
        page = sign_in(browser, url)
        assert page.redirect_chain[-1][0] == url
        assert value(page, "reason") == form["reason"]
        assert not ImageRequest.objects.exists()

    def test_without_script_the_page_itself_holds_what_was_typed(
        self, alice: User, alices_key: AccessKey
    ) -> None:
        """Signed out when it is sent; then the form token is old; then the form is filled."""
        browser, url = Client(enforce_csrf_checks=True), url_of(alices_key)
        form = typed(reason='lines\nof "mine" <b>')
        sign_in(browser, url)
        token = token_of(browser.get(url))
        UserSession.objects.all().delete()
        page = browser.post(url, {**form, "csrfmiddlewaretoken": token})
        assert page.status_code == 401
        assert "Nothing was sent. What you typed is kept on this page" in words(page)
        assert url in links(page)  # it leads to sign-in, and back to the form
        assert held(page).items() >= form.items()
        assert not RequestDraft.objects.exists()

        sign_in(browser, url)
        stale = browser.post(f"{url}draft/", held(page), headers={"Origin": "http://testserver"})
        assert stale.status_code == 403
        assert "What you typed is kept: go on with it." in words(stale)
        filled = browser.post(f"{url}draft/", held(stale), follow=True)
        assert filled.redirect_chain == [(url, 302)]
        assert value(filled, "reason") == form["reason"]
        assert str(value(filled, "form_token")) == form["form_token"]
        assert not ImageRequest.objects.exists()

    @pytest.mark.parametrize("origin", ["", "null", "https://evil.example"])
    def test_another_site_brings_no_text_into_our_pages(
        self, alice: User, alices_key: AccessKey, origin: str
    ) -> None:
        browser, url = Client(enforce_csrf_checks=True), url_of(alices_key)
        sign_in(browser, url)
        headers = {"Origin": origin} if origin else {}
        page = browser.post(url, typed(reason="planted"), headers=headers)
        assert page.status_code == 403
        assert "planted" not in page.content.decode()
        assert "Open the form again" in words(page)

    def test_a_stranger_who_typed_nothing_is_led_to_sign_in(
        self, alices_key: AccessKey, client: Client
    ) -> None:
        answer = client.post(url_of(alices_key), {"form_token": str(uuid.uuid4())})
        assert answer["Location"].startswith(LOGIN)

    def test_what_is_too_long_to_carry_is_said(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        answer = browse(alice).post(f"{url_of(alices_key)}draft/", typed(reason="x" * 10_001))
        assert answer.status_code == 400
        assert "The console did not understand what the browser sent." in words(answer)

    def test_keeping_without_a_session_is_401_and_leaves_the_form_alone(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url = browse(alice), url_of(alices_key)
        UserSession.objects.all().delete()
        answer = keep(browser, url)
        assert (answer.status_code, answer.content) == (401, b"")
        assert "HX-Redirect" not in answer
        assert not RequestDraft.objects.exists()

    def test_typing_is_a_sign_of_the_person(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser, url = browse(alice), url_of(alices_key)
        now = timezone.now()
        for minutes in (20, 40, 60):
            with time_machine.travel(now + timedelta(minutes=minutes)):
                assert keep(browser, url, reason=f"after {minutes}").status_code == 204

    def test_a_form_from_before_a_new_sign_in_leads_back_to_the_filled_one(
        self, alice: User, alices_key: AccessKey
    ) -> None:
        browser, url = Client(enforce_csrf_checks=True), f"{url_of(alices_key)}?again="
        assert browser.login(username="alice", password=PASSWORD)
        answer = browser.post(url, typed())
        assert answer.status_code == 403
        assert "This form was opened before you signed in again" in words(answer)
        assert f'href="{url}"' in answer.content.decode()

    def test_keeping_needs_the_forms_token(self, alice: User, alices_key: AccessKey) -> None:
        browser, url = Client(enforce_csrf_checks=True), url_of(alices_key)
        assert browser.login(username="alice", password=PASSWORD)
        assert keep(browser, url).status_code == 403
        assert not RequestDraft.objects.exists()


class TestItsEnd:
    def test_after_a_day_it_is_not_shown_and_the_worker_clears_it_away(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        url = url_of(alices_key)
        keep(browse(alice), url, reason="of yesterday")
        RequestDraft.objects.update(saved_at=timezone.now() - timedelta(days=1, seconds=1))
        assert KEPT not in words(browse(alice).get(url))
        Housekeeper().tick()
        assert not RequestDraft.objects.exists()

    def test_the_worker_leaves_younger_ones(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        keep(browse(alice), url_of(alices_key))
        RequestDraft.objects.update(saved_at=timezone.now() - timedelta(hours=23))
        assert drafts.drop_old() == 0
        assert RequestDraft.objects.exists()
