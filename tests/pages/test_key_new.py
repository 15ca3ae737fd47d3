"""`/keys/new/`: add an access key. What is typed is tested at once and never shown again."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from images.models import AccessKey, AuditEvent, User
from images.services.keys import open_key
from scpconsole.sandbox import Sandbox
from tests.pages.reading import by_id, elements, text, words
from tests.people import ACCESS_KEY, SECRET_KEY, Browse, make_key

pytestmark = pytest.mark.usefixtures("scp")

NEW = reverse("key-new")
NEVER_STORED = "AKNEVERSTORED0009"


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "alias": "production",
        "place": "e/kr-west1",
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "expires_on": "",
        "api_version": "1.3",
        "other_version": "",
        **changes,
    }


class TestAdding:
    def test_it_stores_the_key_sealed_and_tests_it(
        self, alice: User, scp: Sandbox, browse: Browse
    ) -> None:
        answer = browse(alice).post(NEW, typed(), follow=True)
        key = AccessKey.objects.get()
        assert answer.redirect_chain == [(key.get_absolute_url(), 302)]
        assert (key.owner, key.alias, key.region) == (alice, "production", "kr-west1")
        assert "The access key is stored, encrypted." in words(answer)
        assert "The key works." in words(answer)
        assert {call.access_key for call in scp.journal if call.kind == "list_servers"} == {
            ACCESS_KEY
        }

    def test_what_is_sealed_opens_again(self, alice: User, browse: Browse) -> None:
        browse(alice).post(NEW, typed())
        key = AccessKey.objects.get()
        assert open_key(key).list_servers(most_pages=1).rows

    def test_it_records_who_added_it_and_no_secret(self, alice: User, browse: Browse) -> None:
        browse(alice).post(NEW, typed(), REMOTE_ADDR="192.0.2.7")
        added = AuditEvent.objects.get(action="key.added")
        assert (added.actor_id, added.address) == (alice.pk, "192.0.2.7")
        told = str([*AuditEvent.objects.values()])
        assert ACCESS_KEY not in told
        assert SECRET_KEY not in told

    def test_a_key_that_does_not_work_is_stored_and_says_so(
        self, alice: User, browse: Browse
    ) -> None:
        form = typed(secret_key="test-secret-key-mistyped")
        answer = browse(alice).post(NEW, form, follow=True)
        assert "SCP did not accept the signature." in words(answer)
        kept = AccessKey.objects.get().last_test or {}
        assert (kept["works"], kept["reason"], kept["status"]) == (False, "signature", 401)

    def test_the_expiry_date_is_kept(self, alice: User, browse: Browse) -> None:
        today = timezone.localdate()
        browse(alice).post(NEW, typed(expires_on=today.isoformat()))
        assert AccessKey.objects.get().expires_on == today

    @pytest.mark.parametrize(("change", "kept"), [({}, False), ({"is_production": "on"}, True)])
    def test_a_production_account_is_marked_from_the_start(
        self, alice: User, browse: Browse, change: dict[str, str], kept: bool
    ) -> None:
        browse(alice).post(NEW, typed(**change))
        assert AccessKey.objects.get().is_production is kept
        assert AuditEvent.objects.get(action="key.added").facts["production"] is kept


class TestTheForm:
    def test_it_offers_the_configured_places_and_versions_with_their_dates(
        self, alice: User, browse: Browse
    ) -> None:
        said = words(browse(alice).get(NEW))
        assert "e / kr-west1" in said
        assert "g / kr-south1" in said
        assert "1.3 · CURRENT, no end date given." in said
        assert "1.0 · DEPRECATED until 2025-12-31. That date has passed: SCP may refuse it." in said

    def test_the_secret_is_asked_for_hidden_and_without_memory(
        self, alice: User, browse: Browse
    ) -> None:
        secret = by_id(browse(alice).get(NEW), "id_secret_key").attributes
        assert secret["type"] == "password"
        assert secret["autocomplete"] == "off"

    def test_version_1_3_is_chosen_at_first(self, alice: User, browse: Browse) -> None:
        page = browse(alice).get(NEW)
        chosen = [
            each.attributes["value"]
            for each in elements(page)
            if each.attributes.get("name") == "api_version" and "checked" in each.attributes
        ]
        assert chosen == ["1.3"]

    def test_htmx_gets_the_whole_page_too(self, alice: User, browse: Browse) -> None:
        assert "<html" in text(browse(alice).get(NEW, headers={"HX-Request": "true"}))


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"alias": ""}, "Enter an alias for the key."),
            ({"alias": "a\u202eb"}, "Leave out control characters."),
            ({"place": "x/nowhere"}, "Choose one of the environments and regions shown."),
            ({"place": ""}, "Choose an environment and region."),
            ({"access_key": "AK NEVER"}, "without spaces"),
            ({"access_key": ""}, "Enter the access key."),
            ({"access_key": "접근키"}, "without spaces"),
            ({"secret_key": ""}, "Enter the secret key."),
            ({"secret_key": "test-secret-key-\r\nX: y"}, "without spaces"),
            ({"expires_on": "2025-01-01"}, "This date has passed."),
            ({"expires_on": "tomorrow"}, "Enter a date such as 2027-06-30."),
            ({"api_version": "1.9"}, "Choose one of the versions shown."),
            ({"api_version": "other", "other_version": "1.x"}, "Enter a version such as 1.6."),
        ],
    )
    def test_the_form_comes_back_without_the_secret(
        self, alice: User, scp: Sandbox, browse: Browse, changes: dict[str, str], sentence: str
    ) -> None:
        answer = browse(alice).post(NEW, typed(**{"access_key": NEVER_STORED, **changes}))
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert SECRET_KEY not in text(answer)
        assert "value" not in by_id(answer, "id_secret_key").attributes
        assert not AccessKey.objects.exists()
        assert scp.journal == []

    def test_an_alias_is_used_once_per_person(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        make_key(alice, alias="production")
        answer = browse(alice).post(NEW, typed(access_key=NEVER_STORED))
        assert answer.status_code == 422
        assert "You already have an access key with this alias." in words(answer)
        assert browse(dora).post(NEW, typed()).status_code == 302

    def test_the_same_key_twice_for_one_region_is_refused(
        self, alice: User, browse: Browse
    ) -> None:
        make_key(alice, alias="first", access_key=NEVER_STORED)
        form = typed(access_key=NEVER_STORED)
        answer = browse(alice).post(NEW, form)
        assert answer.status_code == 422
        assert "You already have this access key for this region, as “first”." in words(answer)
        assert browse(alice).post(NEW, form | {"place": "e/kr-east1"}).status_code == 302

    def test_the_browser_of_these_tests_does_see_a_key(self, alice: User, browse: Browse) -> None:
        with pytest.raises(AssertionError, match="a secret in the answer"):
            browse(alice).get(reverse("history"), {"q": ACCESS_KEY})

    def test_a_refused_form_does_not_bring_the_access_key_back(
        self, alice: User, browse: Browse
    ) -> None:
        answer = browse(alice).post(NEW, typed(access_key=NEVER_STORED, alias=""))
        assert NEVER_STORED not in text(answer)

    def test_a_disabled_twin_does_not_stand_in_the_way(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browse(alice).post(reverse("key-disable", args=[alices_key.pk]))
        assert browse(alice).post(NEW, typed()).status_code == 302

    def test_today_is_the_last_day(self, alice: User, browse: Browse) -> None:
        yesterday = timezone.localdate() - timedelta(days=1)
        answer = browse(alice).post(
            NEW, typed(access_key=NEVER_STORED, expires_on=yesterday.isoformat())
        )
        assert "This date has passed." in words(answer)

    def test_an_auditor_has_no_keys(self, bob: User, browse: Browse) -> None:
        answer = browse(bob).post(NEW, typed())
        assert answer.status_code == 403
        assert "Your role has no access keys of its own. Ask an administrator." in words(answer)
        assert not AccessKey.objects.exists()
