"""`/servers/` when all is not well: each situation looks like itself and says so in words."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ServerListing, User
from images.scp.errors import Reason
from images.sentences import reason_sentence
from scpconsole.sandbox import Sandbox
from tests.pages.listings import keep, row
from tests.pages.reading import Answer, by_id, links, text, words
from tests.people import ACCESS_KEY, Browse, make_key

URL = reverse("server-list")
REFRESH = reverse("server-refresh")
NO_NEWER = "No newer list could be read from SCP."


def broken(scp: Sandbox, status: int = 500) -> None:
    scp.faults.add("status", status=status, kind="list_servers", times=None)


def aged(key: AccessKey) -> None:
    ServerListing.objects.filter(key=key).update(
        read_at=timezone.now() - timedelta(hours=1),
        failed_at=None,
    )


class Situations:
    """Brings Alice's list into each situation of ux.md, section 4, and shows the page."""

    def __init__(self, browser: Client, key: AccessKey, scp: Sandbox) -> None:
        self.browser, self.key, self.scp = browser, key, scp

    def fresh(self) -> Answer:
        return self.browser.get(URL)

    def stale(self) -> Answer:
        self.browser.get(URL)
        aged(self.key)
        broken(self.scp, 417)
        return self.browser.get(URL)

    def failed(self) -> Answer:
        broken(self.scp)
        return self.browser.get(URL)

    def forbidden(self) -> Answer:
        broken(self.scp, 403)
        return self.browser.get(URL)

    def empty_by_filter(self) -> Answer:
        return self.browser.get(f"{URL}?q=nothing-is-called-so")

    def empty(self) -> Answer:
        self.scp.servers.clear()
        return self.browser.get(URL)

    def no_key(self) -> Answer:
        self.browser.post(reverse("key-disable", args=[self.key.pk]))
        return self.browser.get(URL)


SAID: dict[str, tuple[Callable[[Situations], Answer], str]] = {
    "fresh": (Situations.fresh, "12 servers, as of"),
    "stale": (Situations.stale, NO_NEWER),
    "failed": (Situations.failed, reason_sentence(Reason.SERVER_ERROR)),
    "forbidden": (Situations.forbidden, reason_sentence(Reason.FORBIDDEN)),
    "empty by filter": (Situations.empty_by_filter, "Nothing matches these filters."),
    "empty": (Situations.empty, "This account has no servers in this region."),
    "no key": (Situations.no_key, "Add an access key to see your servers."),
}


@pytest.fixture
def situations(alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse) -> Situations:
    return Situations(browse(alice), alices_key, scp)


@pytest.mark.parametrize("name", SAID)
def test_each_situation_says_its_own_sentence_and_no_others(
    situations: Situations, name: str
) -> None:
    show, sentence = SAID[name]
    page = show(situations)
    said = words(page)
    assert page.status_code == 200
    assert sentence in said
    others = {other for key, (_show, other) in SAID.items() if key not in (name, "fresh")}
    assert [other for other in others if other in said] == []


@pytest.mark.parametrize("name", ["failed", "forbidden", "empty by filter", "empty", "no key"])
def test_without_rows_there_is_no_empty_table(situations: Situations, name: str) -> None:
    assert "<table" not in text(SAID[name][0](situations))


def test_stale_keeps_the_rows_and_their_time(situations: Situations) -> None:
    page = situations.stale()
    assert "web-prod-01" in words(page)
    assert "As of " in words(page)
    assert reason_sentence(Reason.EDGE) in words(page)


def test_a_failure_shows_scps_request_id(situations: Situations) -> None:
    said = words(situations.failed())
    ids = ServerListing.objects.get().failed_request_ids
    assert ids
    assert all(each in said for each in ids.values())


def test_forbidden_leads_to_the_key(situations: Situations) -> None:
    assert situations.key.get_absolute_url() in links(situations.forbidden())


def test_the_empty_filter_can_be_cleared(situations: Situations) -> None:
    assert "?" in links(situations.empty_by_filter())


def test_a_wrong_secret_is_forbidden_too(situations: Situations) -> None:
    situations.scp.add_key(ACCESS_KEY, "another")
    page = situations.fresh()
    assert reason_sentence(Reason.SIGNATURE) in words(page)
    assert situations.key.get_absolute_url() in links(page)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("html200", Reason.NOT_JSON),
        ("half_json", Reason.NOT_JSON),
        ("empty", Reason.NOT_JSON),
        ("wrong_host", Reason.WRONG_HOST),
        ("gzip_bomb", Reason.TOO_LARGE),
    ],
)
def test_nonsense_of_scp_never_breaks_the_page(
    situations: Situations, action: str, reason: Reason
) -> None:
    situations.scp.faults.add(action, kind="list_servers", size=8 * 1024 * 1024, times=None)
    page = situations.fresh()
    assert page.status_code == 200
    assert reason_sentence(reason) in words(page)


@pytest.mark.usefixtures("deaf_scp")
def test_an_scp_that_is_down_is_named(alice: User, browse: Browse) -> None:
    make_key(alice)
    assert reason_sentence(Reason.CONNECT) in words(browse(alice).get(URL))


def test_a_key_that_cannot_be_decrypted_is_named(
    situations: Situations, settings: Settings
) -> None:
    settings.KEYRING = ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="]
    assert "The stored access key could not be decrypted" in words(situations.fresh())
    assert situations.scp.journal == []


def test_what_is_missing_from_the_list_is_said(alice: User, browse: Browse) -> None:
    keep(make_key(alice), row("web01"), is_complete=False, skipped=2)
    said = words(browse(alice).get(URL))
    assert "The list is not complete: SCP has more servers than the console reads." in said
    assert "2 entries of SCP's list could not be understood and are not shown." in said


def test_a_key_that_was_disabled_before_its_first_read_reads_nothing(
    alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse
) -> None:
    browser = browse(alice)
    browser.post(reverse("key-disable", args=[alices_key.pk]))
    page = browser.post(REFRESH, {"key": alices_key.pk}, headers={"HX-Request": "true"})
    assert "The servers of this key have not been read yet." in words(page)
    assert scp.journal == []


class TestWhileSomebodyElseReads:
    @pytest.fixture
    def reading(self, situations: Situations) -> Situations:
        until = timezone.now() + timedelta(seconds=10)
        ServerListing.objects.update_or_create(
            key=situations.key, defaults={"reading_until": until}
        )
        return situations

    def test_a_first_read_is_named_and_can_be_looked_for(self, reading: Situations) -> None:
        page = reading.fresh()
        assert "are being read from SCP for the first time. Refresh in a moment." in words(page)
        assert "<table" not in text(page)
        assert by_id(page, "servers-refresh").tag == "button"
        assert reading.scp.journal == []

    def test_a_refresh_shows_the_list_as_stored_and_says_so(self, situations: Situations) -> None:
        situations.fresh()
        calls = len(situations.scp.journal)
        ServerListing.objects.update(reading_until=timezone.now() + timedelta(seconds=10))
        page = situations.browser.post(
            REFRESH, {"key": situations.key.pk}, headers={"HX-Request": "true"}
        )
        assert "12 servers, as of" in words(page)
        assert "A newer list is being read from SCP. Refresh in a moment." in words(page)
        assert len(situations.scp.journal) == calls

    def test_a_reader_that_died_holds_nobody_up_for_long(self, reading: Situations) -> None:
        ServerListing.objects.update(reading_until=timezone.now())
        page = reading.fresh()
        assert "12 servers, as of" in words(page)
        assert "is being read" not in words(page)


class TestRefresh:
    def test_it_reads_again_however_fresh_and_leads_back(self, situations: Situations) -> None:
        situations.fresh()
        query = f"?key={situations.key.pk}&q=web&sort=-name"
        answer = situations.browser.post(REFRESH + query, {"key": situations.key.pk})
        assert answer["Location"] == URL + query
        assert len(situations.scp.journal) == 2

    def test_without_a_query_it_leads_to_the_key(self, situations: Situations) -> None:
        answer = situations.browser.post(REFRESH, {"key": situations.key.pk})
        assert answer["Location"] == f"{URL}?key={situations.key.pk}"

    def test_htmx_gets_the_table_alone_filtered_as_before(self, situations: Situations) -> None:
        page = situations.browser.post(
            f"{REFRESH}?q=web-prod-01", {"key": situations.key.pk}, headers={"HX-Request": "true"}
        )
        assert "<html" not in text(page)
        by_id(page, "servers")  # what htmx replaces is there, once
        assert "web-prod-01" in words(page)
        assert "db-prod-01" not in words(page)

    def test_it_ends_a_failure(self, situations: Situations) -> None:
        situations.failed()
        situations.scp.faults.clear()
        situations.browser.post(REFRESH, {"key": situations.key.pk})
        assert "12 servers, as of" in words(situations.fresh())

    def test_while_scp_is_down_only_refresh_asks_at_once(self, situations: Situations) -> None:
        situations.failed()
        calls = len(situations.scp.journal)
        situations.fresh()
        assert len(situations.scp.journal) == calls

    @pytest.mark.parametrize("key", ["", "nonsense", "1"])
    def test_what_is_no_key_is_404(self, situations: Situations, key: str) -> None:
        assert situations.browser.post(REFRESH, {"key": key}).status_code == 404
        assert situations.scp.journal == []

    def test_anothers_key_is_404_and_costs_no_call(
        self, situations: Situations, dora: User, browse: Browse
    ) -> None:
        answer = browse(dora).post(REFRESH, {"key": situations.key.pk})
        assert answer.status_code == 404
        assert situations.scp.journal == []


def test_htmx_gets_the_table_alone_and_caches_know_it(
    alice: User, alices_key: AccessKey, browse: Browse
) -> None:
    part = browse(alice).get(URL, headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert "HX-Request" in part["Vary"]
    whole = browse(alice).get(URL, headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert "<html" in text(whole)
