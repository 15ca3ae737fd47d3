"""`/keys/<key>/test/`: one signed read, and in words what it showed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from images.models import AccessKey, AuditEvent, User
from images.scp.errors import Reason
from images.sentences import reason_sentence
from images.vocabulary import OwnReason
from scpconsole.sandbox import Sandbox
from tests.pages.reading import Answer, words
from tests.people import ACCESS_KEY, SECRET_KEY, Browse, make_key

Change = Callable[[Sandbox], Any]


def try_out(browser: Client, key: AccessKey) -> Answer:
    """Press the button and follow to the key's page."""
    return browser.post(reverse("key-test", args=[key.pk]), follow=True)


class TestAKeyThatWorks:
    def test_it_reports_clock_rights_and_version(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        said = words(try_out(browse(alice), alices_key))
        assert "The key works. Clock difference: " in said
        assert "API version sent 1.3" in said
        assert "virtualserver:ListVirtualServers" in said
        assert "Rights that only use will show virtualserver: CreateVirtualServerImage" in said

    def test_it_makes_one_signed_read_and_asks_for_the_versions(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        try_out(browse(alice), alices_key)
        calls = [(call.method, call.kind, call.access_key) for call in scp.journal]
        assert calls == [("GET", "list_servers", ACCESS_KEY), ("GET", "versions", "")]

    def test_it_is_recorded_with_the_person(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        try_out(browse(alice), alices_key)
        event = AuditEvent.objects.get(action="key.tested")
        assert (event.actor_id, event.key_id, event.facts["works"]) == (
            alice.pk,
            alices_key.pk,
            True,
        )

    def test_the_list_of_keys_shows_the_result(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        browser = browse(alice)
        try_out(browser, alices_key)
        assert "The key works." in words(browser.get(reverse("key-list")))

    def test_a_small_clock_difference_is_told_and_no_failure(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        scp.options.clock_skew_seconds = 300
        said = words(try_out(browse(alice), alices_key))
        assert "The key works. Clock difference: -300 s." in said or "-299 s." in said

    def test_a_version_list_that_fails_is_no_failure_of_the_key(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        scp.options.versions_fail = 404
        said = words(try_out(browse(alice), alices_key))
        assert "The key works." in said
        assert "this host has not been asked yet" in said


FAILURES: dict[str, tuple[Change, str, str]] = {
    "no right": (
        lambda scp: scp.faults.add("status", status=403, kind="list_servers"),
        Reason.FORBIDDEN,
        "HTTP status 403",
    ),
    "the action is not granted": (
        lambda scp: scp.add_key(ACCESS_KEY, SECRET_KEY, rights=[]),
        Reason.FORBIDDEN,
        "SCP's code Forbidden",
    ),
    "wrong secret": (
        lambda scp: scp.add_key(ACCESS_KEY, "another"),
        Reason.SIGNATURE,
        "HTTP status 401",
    ),
    "no catalogue": (
        lambda scp: setattr(scp.options, "catalog_is_missing", True),
        Reason.CATALOG,
        "HTTP status 401",
    ),
    "version refused": (
        lambda scp: setattr(scp.options, "refused_versions", {"list_servers": ["1.3"]}),
        Reason.VERSION,
        "SCP's code NoSuchVersion",
    ),
    "a web page": (
        lambda scp: scp.faults.add("html200", kind="list_servers"),
        Reason.NOT_JSON,
        "HTTP status 200",
    ),
    "another product's host": (
        lambda scp: scp.faults.add("wrong_host", kind="list_servers"),
        Reason.WRONG_HOST,
        "HTTP status 404",
    ),
    "half an answer": (
        lambda scp: scp.faults.add("half_json", kind="list_servers"),
        Reason.NOT_JSON,
        "HTTP status 200",
    ),
    "SCP's own fault": (
        lambda scp: scp.faults.add("status", status=500, kind="list_servers"),
        Reason.SERVER_ERROR,
        "HTTP status 500",
    ),
    "a redirect": (
        lambda scp: scp.faults.add(
            "redirect", status=302, location="http://127.0.0.1:9/", kind="list_servers"
        ),
        Reason.REDIRECT,
        "HTTP status 302",
    ),
}


class TestAKeyThatDoesNotWork:
    def test_a_wrong_clock_is_named_with_its_seconds(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        scp.options.clock_skew_seconds = 3600
        said = words(try_out(browse(alice), alices_key))
        assert re.search(r"clock differs from SCP's by -3(600|599) s\.", said)
        assert "HTTP status 401" in said

    @pytest.mark.parametrize("trouble", FAILURES)
    def test_the_key_page_explains_it(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, trouble: str
    ) -> None:
        change, reason, fact = FAILURES[trouble]
        change(scp)
        said = words(try_out(browse(alice), alices_key))
        assert reason_sentence(reason) in said
        assert fact in said
        assert "The key works" not in said
        event = AuditEvent.objects.get(action="key.tested")
        assert event.facts == {"works": False, "reason": reason}

    def test_a_wrong_secret_names_clock_key_and_catalogue(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        scp.add_key(ACCESS_KEY, "another")
        said = words(try_out(browse(alice), alices_key))
        for cause in ("access key", "clock", "catalogue"):
            assert cause in said.partition("Possible causes:")[2].partition("API version sent")[0]

    def test_scps_request_ids_are_shown(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        scp.faults.add("status", status=403, kind="list_servers")
        said = words(try_out(browse(alice), alices_key))
        alices_key.refresh_from_db()
        ids = (alices_key.last_test or {})["request_ids"]
        assert ids
        assert all(each in said for each in ids.values())

    @pytest.mark.usefixtures("deaf_scp")
    def test_an_scp_that_is_down_is_named(self, alice: User, browse: Browse) -> None:
        said = words(try_out(browse(alice), make_key(alice)))
        assert reason_sentence(Reason.CONNECT) in said

    def test_a_key_that_cannot_be_decrypted_is_named(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, settings: Settings
    ) -> None:
        settings.KEYRING = ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="]
        said = words(try_out(browse(alice), alices_key))
        assert reason_sentence(OwnReason.KEY_UNREADABLE) in said
        assert scp.journal == []

    def test_a_place_that_is_not_configured_is_never_called(
        self, alice: User, scp: Sandbox, browse: Browse
    ) -> None:
        key = make_key(alice, environment="x", region="nowhere")
        said = words(try_out(browse(alice), key))
        assert reason_sentence(OwnReason.PLACE_UNKNOWN) in said
        assert scp.journal == []

    def test_a_reason_of_another_release_still_gives_a_sentence(
        self, alice: User, browse: Browse
    ) -> None:
        key = make_key(alice, last_test={"works": False, "reason": "moon_phase"})
        assert "The test failed." in words(browse(alice).get(key.get_absolute_url()))

    def test_hostile_words_of_scp_are_text_and_made_visible(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        code = "<script>alert(1)</script>\u202e"
        body = {"errors": [{"code": code, "detail": "no", "status": 403}]}
        scp.faults.add("status", status=403, kind="list_servers", body=body)
        answer = try_out(browse(alice), alices_key)
        assert "<script>alert(1)</script>‹U+202E›" in words(answer)
        assert "<script>alert" not in answer.content.decode()


class TestADisabledKey:
    def test_it_is_not_used_even_for_a_test(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        browser = browse(alice)
        browser.post(reverse("key-disable", args=[alices_key.pk]))
        said = words(try_out(browser, alices_key))
        assert "A disabled or expired key is not used, not even for a test." in said
        assert scp.journal == []
        assert not AuditEvent.objects.filter(action="key.tested").exists()

    def test_a_test_that_showed_no_clock_says_so(self, alice: User, browse: Browse) -> None:
        key = make_key(alice, last_test={"works": True, "skew_seconds": None})
        said = words(browse(alice).get(key.get_absolute_url()))
        assert "The key works. SCP's answer did not show its clock." in said
