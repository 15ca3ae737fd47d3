"""`/keys/`: one's own access keys, seen, renamed and disabled. Adding and testing stand beside."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from images.models import AccessKey, AuditEvent, User
from scpconsole.sandbox import Sandbox
from tests.pages.reading import actions, by_id, links, words
from tests.people import ACCESS_KEY, SECRET_KEY, Browse, make_key, make_request

LIST = reverse("key-list")


def page_of(key: AccessKey) -> str:
    return reverse("key-detail", args=[key.pk])


def edit_of(key: AccessKey) -> str:
    return reverse("key-edit", args=[key.pk])


def typed(**changes: Any) -> dict[str, Any]:
    return {"alias": "renamed", "api_version": "1.3", "other_version": "", **changes}


class TestList:
    def test_without_a_key_it_leads_to_the_form(self, alice: User, browse: Browse) -> None:
        page = browse(alice).get(LIST)
        assert "Add an access key to see your servers." in words(page)
        assert reverse("key-new") in links(page)

    def test_it_shows_ones_own_keys_and_nobody_elses(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        mine = make_key(alice, alias="mine", access_key="ABCDEFGH1234")
        doras = make_key(dora, alias="doras")
        page = browse(alice).get(LIST)
        assert page_of(mine) in links(page)
        assert f"…1234 · {mine.short_fingerprint}" in words(page)
        assert "Not tested yet" in words(page)
        assert page_of(doras) not in links(page)
        assert "doras" not in words(page)

    def test_it_says_what_stands_in_a_keys_way(self, alice: User, browse: Browse) -> None:
        make_key(alice, alias="old", api_version="1.0", disabled_at=timezone.now())
        make_key(alice, alias="elsewhere", environment="x", region="nowhere")
        said = words(browse(alice).get(LIST))
        assert "Disabled" in said
        assert "DEPRECATED until 2025-12-31. That date has passed: SCP may refuse it." in said
        assert "This console no longer knows this environment." in said

    def test_ten_keys_cost_as_many_queries_as_two(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        counts = []
        for more in (2, 8):
            for _ in range(more):
                make_key(alice)
            with CaptureQueriesContext(connection) as queries:
                browser.get(LIST)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestDetail:
    def test_it_shows_the_facts_and_never_the_secret(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        said = words(browse(alice).get(page_of(alices_key)))
        assert f"…{ACCESS_KEY[-4:]}" in said
        assert alices_key.short_fingerprint in said
        assert "Stored encrypted, never shown." in said
        assert "1.3 CURRENT, no end date given." in said
        assert "virtualserver:CreateVirtualServerImage" in said

    def test_the_date_of_a_version_stands_beside_it(self, alice: User, browse: Browse) -> None:
        said = words(browse(alice).get(page_of(make_key(alice, api_version="1.0"))))
        passed = "1.0 DEPRECATED until 2025-12-31. That date has passed: SCP may refuse it."
        assert said.count(passed) == 2  # with the key and in the table of versions

    def test_a_version_that_nobody_lists_is_named_as_such(
        self, alice: User, browse: Browse
    ) -> None:
        said = words(browse(alice).get(page_of(make_key(alice, api_version="1.7"))))
        assert "1.7 The host does not list this version." in said

    def test_a_place_that_the_settings_forgot_is_said(self, alice: User, browse: Browse) -> None:
        key = make_key(alice, environment="x", region="nowhere")
        assert "so the key cannot be used" in words(browse(alice).get(page_of(key)))


class TestEdit:
    def test_it_renames_and_chooses_another_version(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        answer = browse(alice).post(edit_of(alices_key), typed(api_version="1.1"), follow=True)
        alices_key.refresh_from_db()
        assert (alices_key.alias, alices_key.api_version) == ("renamed", "1.1")
        assert "The access key was changed." in words(answer)
        event = AuditEvent.objects.get(action="key.changed")
        assert event.facts["after"] == {"alias": "renamed", "api_version": "1.1"}

    def test_requests_made_before_keep_the_alias_they_had(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        asked = make_request(alices_key)
        browse(alice).post(edit_of(alices_key), typed())
        said = words(browse(alice).get(asked.get_absolute_url()))
        assert "alice's key" in said
        assert "renamed" not in said

    def test_an_unchanged_form_records_nothing(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        answer = browse(alice).post(edit_of(alices_key), typed(alias=alices_key.alias))
        assert answer.status_code == 302
        assert not AuditEvent.objects.filter(action="key.changed").exists()

    def test_the_form_knows_what_may_change_and_no_secret(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        page = browse(alice).get(edit_of(alices_key))
        assert by_id(page, "id_alias").attributes["value"] == "alice's key"
        assert set(page.context["form"].fields) == {
            "alias",
            "is_production",
            "expires_on",
            "api_version",
            "other_version",
        }
        assert "1.0 · DEPRECATED until 2025-12-31." in words(page)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"alias": "taken"}, "You already have an access key with this alias."),
            ({"alias": "a\u202eb"}, "Leave out control characters."),
            ({"alias": "a\u200bb"}, "Leave out control characters."),
            ({"alias": " "}, "Enter an alias for the key."),
            ({"alias": "a" * 61}, "The alias is too long. Use 60 characters at most."),
            ({"api_version": "9"}, "Choose one of the versions shown."),
            ({"api_version": ""}, "Choose an API version."),
            ({"api_version": "other", "other_version": ""}, "Enter a version such as 1.6."),
            ({"api_version": "other", "other_version": "2.0"}, "Enter a version such as 1.6."),
        ],
    )
    def test_a_refused_form_comes_back_with_a_sentence(
        self,
        alice: User,
        alices_key: AccessKey,
        browse: Browse,
        changes: dict[str, str],
        sentence: str,
    ) -> None:
        make_key(alice, alias="taken")
        answer = browse(alice).post(edit_of(alices_key), typed(**changes))
        alices_key.refresh_from_db()
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert alices_key.alias == "alice's key"

    def test_a_new_version_for_a_forgotten_place_is_refused(
        self, alice: User, browse: Browse
    ) -> None:
        key = make_key(alice, environment="x", region="nowhere")
        form = typed(api_version="other", other_version="1.6")
        answer = browse(alice).post(edit_of(key), form)
        assert answer.status_code == 422
        assert "The settings do not name this environment and region." in words(answer)


class TestDisable:
    def test_a_disabled_key_is_changed_no_more(self, alice: User, browse: Browse) -> None:
        key = make_key(alice, alias="before", disabled_at=timezone.now())
        browse(alice).post(edit_of(key), typed())
        key.refresh_from_db()
        assert key.alias == "before"

    def test_it_takes_the_key_out_of_use_and_keeps_its_history(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        url = reverse("key-disable", args=[alices_key.pk])
        browser = browse(alice)
        page = browser.post(url, follow=True)
        assert "The access key is disabled. Its history stays." in words(page)
        assert url not in actions(page)
        assert edit_of(alices_key) not in links(page)
        assert AuditEvent.objects.filter(action="key.disabled").count() == 1
        assert "Add an access key to see your servers." in words(
            browser.get(reverse("server-list"))
        )
        assert scp.journal == []

    def test_a_second_time_changes_nothing(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        url, browser = reverse("key-disable", args=[alices_key.pk]), browse(alice)
        browser.post(url)
        alices_key.refresh_from_db()
        browser.post(url)
        first = alices_key.disabled_at
        alices_key.refresh_from_db()
        assert alices_key.disabled_at == first
        assert AuditEvent.objects.filter(action="key.disabled").count() == 1


class TestAtRest:
    def test_no_column_holds_key_or_secret_in_the_plain(
        self, alice: User, alices_key: AccessKey
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM images_accesskey")
            stored = " ".join(str(value) for value in cursor.fetchone())
        for plain in (ACCESS_KEY, SECRET_KEY):
            assert plain not in stored
            assert plain.encode().hex() not in stored
            assert plain[:-4] not in stored

    def test_two_keys_with_one_secret_look_different(self, alice: User) -> None:
        one = make_key(alice, secret_key=SECRET_KEY)
        two = make_key(alice, secret_key=SECRET_KEY)
        assert one.sealed_secret_key != two.sealed_secret_key

    def test_expiry_counts_from_the_day_after(self, alice: User) -> None:
        today = timezone.localdate()
        assert not make_key(alice, expires_on=today).is_expired
        assert make_key(alice, expires_on=today - timedelta(days=1)).is_expired


class TestOthers:
    @pytest.mark.parametrize("name", ["key-detail", "key-edit", "key-test", "key-disable"])
    def test_nobody_reaches_anothers_key_whatever_the_role(
        self, dora: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, name: str
    ) -> None:
        for method in ("get", "post"):
            ask = getattr(browse(dora), method)
            foreign = ask(reverse(name, args=[alices_key.pk]), typed())
            absent = ask(reverse(name, args=[uuid.uuid4()]), typed())
            assert foreign.status_code == absent.status_code
            assert foreign.status_code in (404, 405)
        alices_key.refresh_from_db()
        assert (alices_key.alias, alices_key.disabled_at) == ("alice's key", None)
        assert scp.journal == []
