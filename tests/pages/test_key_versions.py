"""The API version of a key: chosen with its date beside it, asked of the host, sent on the wire."""

from typing import Any

import pytest
from django.urls import reverse

from images.models import AccessKey, ApiHost, User
from scpconsole.sandbox import Sandbox
from tests.pages.asking import typed as request_form
from tests.pages.asking import url_of
from tests.pages.reading import words
from tests.people import ACCESS_KEY, SECRET_KEY, Browse, Work

NEW = reverse("key-new")
NOT_LISTED = "SCP's host does not list API version {}. Choose one of the versions shown."


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "alias": "production",
        "place": "e/kr-west1",
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "api_version": "1.3",
        **changes,
    }


def other(number: str) -> dict[str, Any]:
    """A form that a stand-in's host refuses, so it comes back: with a key that is not secret."""
    return typed(access_key="AKNEVERSTORED", api_version="other", other_version=number)


class TestOnTheWire:
    @pytest.mark.parametrize("number", ["1.0", "1.1", "1.2", "1.3"])
    def test_the_chosen_version_signs_reads_and_creates(
        self, alice: User, scp: Sandbox, browse: Browse, work: Work, number: str
    ) -> None:
        browser = browse(alice)
        browser.post(NEW, typed(api_version=number))
        key = AccessKey.objects.get()
        browser.post(url_of(key), request_form())
        work()
        signed = {(call.kind, call.version) for call in scp.journal if call.access_key}
        header = f"virtualserver {number}"
        assert signed >= {("list_servers", header), ("create_image", header)}
        assert {version for _kind, version in signed} == {header}
        assert scp.ledger[0].api_version == number

    def test_a_request_keeps_the_version_it_was_recorded_with(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, work: Work
    ) -> None:
        browser = browse(alice)
        browser.post(url_of(alices_key), request_form())
        edit = reverse("key-edit", args=[alices_key.pk])
        browser.post(edit, {"alias": "alice's key", "api_version": "1.1"})
        work()
        assert scp.ledger[0].api_version == "1.3"


class TestAnotherVersion:
    def test_one_that_the_host_lists_may_be_chosen_and_is_sent(
        self, alice: User, scp: Sandbox, browse: Browse
    ) -> None:
        scp.options.version_table = "2026-09"
        answer = browse(alice).post(
            NEW, typed(api_version="other", other_version=" 1.5 "), follow=True
        )
        assert AccessKey.objects.get().api_version == "1.5"
        assert "The key works." in words(answer)
        assert "1.5 CURRENT, no end date given." in words(answer)
        assert "Read from SCP at" in words(answer)
        sent = {call.version for call in scp.journal if call.kind == "list_servers"}
        assert sent == {"virtualserver 1.5"}

    def test_once_read_the_edit_form_offers_it(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        scp.options.version_table = "2026-09"
        browser = browse(alice)
        browser.post(reverse("key-test", args=[alices_key.pk]))
        edit = reverse("key-edit", args=[alices_key.pk])
        assert "1.5 · CURRENT, no end date given." in words(browser.get(edit))
        calls = len(scp.journal)
        browser.post(edit, {"alias": "alice's key", "api_version": "1.5"})
        alices_key.refresh_from_db()
        assert alices_key.api_version == "1.5"
        assert len(scp.journal) == calls  # the host was asked before

    @pytest.mark.parametrize("number", ["1.9", "1.05", "1.999"])
    def test_one_that_the_host_does_not_list_is_refused(
        self, alice: User, scp: Sandbox, browse: Browse, number: str
    ) -> None:
        answer = browse(alice).post(NEW, other(number))
        assert answer.status_code == 422
        assert NOT_LISTED.format(number) in words(answer)
        assert not AccessKey.objects.exists()
        assert [call.kind for call in scp.journal] == ["versions"]

    def test_a_planned_one_is_never_chosen(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        scp.options.planned_version = "1.6"
        browser = browse(alice)
        assert NOT_LISTED.format("1.6") in words(browser.post(NEW, other("1.6")))
        page = words(browser.get(reverse("key-edit", args=[alices_key.pk])))
        assert "1.6 PLANNED, no end date given." in page
        assert "1.6 · PLANNED" not in page

    def test_a_host_that_cannot_be_asked_counts_as_not_listing_it(
        self, alice: User, scp: Sandbox, browse: Browse
    ) -> None:
        scp.options.versions_fail = "html"
        assert NOT_LISTED.format("1.5") in words(browse(alice).post(NEW, other("1.5")))
        assert not ApiHost.objects.exists()

    @pytest.mark.parametrize("form", ["compact", "dash", "empty", "null"])
    def test_every_way_that_hosts_write_dates_gives_a_sentence(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, form: str
    ) -> None:
        scp.options.date_form = form
        browser = browse(alice)
        browser.post(reverse("key-test", args=[alices_key.pk]))
        said = words(browser.get(alices_key.get_absolute_url()))
        end = "until 2025-12-31. That date has passed" if form == "compact" else ", no end date"
        assert "1.0 DEPRECATED" in said
        assert end in said.partition("1.0 DEPRECATED")[2][:50]
