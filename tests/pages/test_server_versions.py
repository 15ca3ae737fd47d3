"""`/servers/` when SCP no longer serves the key's API version: which one, and what to do."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ServerListing, User
from images.scp.errors import Reason
from images.sentences import reason_sentence
from scpconsole.sandbox import Sandbox
from scpconsole.sandbox.versions import TABLES, Version
from tests.pages.reading import Answer, links, words
from tests.people import Browse
from tests.services.asking import calls

URL = reverse("server-list")
NOT_SERVED = "SCP does not serve API version 1.3 any more, or not for the server list."
NOT_LISTED = "by its own table it does not serve API version 1.3 any more."
PERHAPS = "SCP refused the server list in API version 1.3. Perhaps it does not serve this version"
ALL = (NOT_SERVED, NOT_LISTED, PERHAPS)


def refuse(scp: Sandbox, status: int, **parts: Any) -> None:
    body = {"errors": [{"code": "Gone"}]} if status == 410 else None
    scp.faults.add("status", status=status, body=body, **{"times": None, **parts})


@pytest.fixture
def browser(alice: User, alices_key: AccessKey, browse: Browse) -> Client:
    """Alice's, after she has read the list once; it has aged since."""
    signed_in = browse(alice)
    signed_in.get(URL)
    read_at = timezone.now() - timedelta(hours=1)
    assert ServerListing.objects.update(read_at=read_at) == 1
    return signed_in


def said(page: Answer) -> list[str]:
    return [sentence for sentence in ALL if sentence in words(page)]


class TestRetiredOnAllCalls:
    @pytest.mark.parametrize(
        ("status", "sentence"),
        [(400, PERHAPS), (404, PERHAPS), (406, NOT_SERVED), (410, NOT_SERVED)],
    )
    def test_the_last_good_list_stays_with_its_age_and_what_to_do(
        self, browser: Client, alices_key: AccessKey, scp: Sandbox, status: int, sentence: str
    ) -> None:
        refuse(scp, status)
        page = browser.get(URL)
        assert page.status_code == 200
        assert said(page) == [sentence]
        assert "web-prod-01" in words(page)
        assert "As of " in words(page)
        assert "No newer list could be read from SCP." in words(page)
        assert reverse("key-edit", args=[alices_key.pk]) in links(page)

    @pytest.mark.parametrize("status", [400, 404])
    def test_the_reason_of_a_create_is_not_given_for_a_list(
        self, browser: Client, scp: Sandbox, status: int
    ) -> None:
        refuse(scp, status)
        told = words(browser.get(URL))
        assert reason_sentence(Reason.BAD_REQUEST) not in told
        assert reason_sentence(Reason.NOT_FOUND) not in told

    @pytest.mark.parametrize("status", [400, 404, 406, 410])
    def test_without_a_list_it_says_so_as_well(
        self, alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, status: int
    ) -> None:
        refuse(scp, status)
        page = browse(alice).get(URL)
        assert len(said(page)) == 1
        assert reverse("key-edit", args=[alices_key.pk]) in links(page)
        assert "<table" not in page.content.decode()


class TestByTheHostsOwnTable:
    @pytest.mark.parametrize("status", [400, 404])
    def test_a_version_that_it_leaves_out_is_named(
        self, browser: Client, scp: Sandbox, status: int
    ) -> None:
        table = {"versions": [{"id": "v1.5", "status": "CURRENT", "not_before": "-"}]}
        scp.faults.add("status", kind="versions", status=200, body=table)
        refuse(scp, status, kind="list_servers")
        assert said(browser.get(URL)) == [NOT_LISTED]

    @pytest.mark.parametrize(("days", "sentence"), [(0, NOT_LISTED), (3, PERHAPS)])
    def test_a_day_that_has_passed_ends_it(
        self,
        browser: Client,
        scp: Sandbox,
        monkeypatch: pytest.MonkeyPatch,
        days: int,
        sentence: str,
    ) -> None:
        ends_on = timezone.localdate() + timedelta(days=days)
        monkeypatch.setitem(TABLES, "seed", (Version("1.3", "DEPRECATED", ends_on),))
        refuse(scp, 404, kind="list_servers")
        assert said(browser.get(URL)) == [sentence]

    def test_an_address_that_is_not_scps_is_named_as_such_while_the_version_stands(
        self, browser: Client, scp: Sandbox
    ) -> None:
        scp.faults.add("wrong_host", kind="list_servers", times=None)
        page = browser.get(URL)
        assert said(page) == []
        assert reason_sentence(Reason.WRONG_HOST) in words(page)

    def test_the_table_is_asked_for_once_within_the_time_of_the_page(
        self, browser: Client, scp: Sandbox, settings: Settings
    ) -> None:
        settings.SCP_PAGE_SECONDS = 1
        refuse(scp, 404, kind="list_servers")
        scp.faults.add("hang", kind="versions", times=None)
        began = timezone.now()
        browser.get(URL)
        assert timezone.now() - began < timedelta(seconds=1.05 + 1)  # and a page to draw
        assert calls(scp, "versions") == 1


@pytest.mark.parametrize("status", [401, 403, 417, 500])
def test_another_refusal_says_nothing_of_versions_and_asks_for_none(
    browser: Client, scp: Sandbox, status: int
) -> None:
    refuse(scp, status, kind="list_servers")
    page = browser.get(URL)
    assert said(page) == []
    assert calls(scp, "versions") == 0


def test_a_list_that_is_read_again_says_nothing_any_more(
    browser: Client, alices_key: AccessKey, scp: Sandbox
) -> None:
    refuse(scp, 406, kind="list_servers")
    assert said(browser.get(URL)) == [NOT_SERVED]
    scp.faults.clear()
    browser.post(reverse("server-refresh"), {"key": alices_key.pk})
    assert said(browser.get(URL)) == []
