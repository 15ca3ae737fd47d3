"""The server list: all pages of it, kept when SCP fails, read again when it has aged."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ServerListing
from images.scp.errors import Reason
from images.services import keys
from images.services.servers import find_server, listing_of, servers_in
from images.vocabulary import OwnReason
from scpconsole.sandbox import Sandbox, Server
from tests.services.asking import calls, closed_port
from tests.services.test_sending_never import OTHER_KEYRING


def read(key: AccessKey, *, force: bool = False) -> ServerListing:
    return listing_of(key, language="en-US", force=force)


def age(key: AccessKey, seconds: int) -> None:
    listing = ServerListing.objects.get(key=key)
    assert listing.read_at is not None
    listing.read_at -= timedelta(seconds=seconds)
    listing.save()


class TestPages:
    @pytest.mark.parametrize(("servers", "pages"), [(12, 1), (100, 2), (101, 2), (250, 3)])
    def test_the_markers_lead_through_all_of_them(
        self, alices_key: AccessKey, scp: Sandbox, servers: int, pages: int
    ) -> None:
        for number in range(servers - len(scp.servers)):
            scp.add_server(Server(f"more-{number:03d}"))
        listing = read(alices_key)
        assert {each.id for each in servers_in(listing)} == {each.id for each in scp.servers}
        assert (len(listing.servers), listing.is_complete, listing.skipped) == (servers, True, 0)
        assert calls(scp, "list_servers") == pages

    def test_a_marker_that_scp_ignores_ends_the_loop(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        for number in range(200):
            scp.add_server(Server(f"more-{number:03d}"))
        scp.options.marker_is_ignored = True
        listing = read(alices_key)
        assert (len(listing.servers), listing.is_complete) == (100, False)
        assert calls(scp, "list_servers") == 2

    def test_a_cap_of_pages_says_that_there_may_be_more(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        for number in range(300):
            scp.add_server(Server(f"more-{number:03d}"))
        found = keys.open_key(alices_key).list_servers(most_pages=2)
        assert (len(found.rows), found.is_complete) == (200, False)

    def test_a_row_without_a_usable_id_is_counted_and_left_out(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.add_server(Server("odd", id="not-a-uuid"))
        listing = read(alices_key)
        assert (len(listing.servers), listing.skipped) == (12, 1)

    def test_another_accounts_servers_are_not_seen(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        foreign = scp.add_server(Server("foreign", account="another"))
        assert find_server(read(alices_key), foreign.id) is None


class TestWhenItIsRead:
    def test_a_fresh_list_asks_nobody(self, alices_key: AccessKey, scp: Sandbox) -> None:
        read(alices_key)
        read(alices_key)
        assert calls(scp, "list_servers") == 1
        age(alices_key, 61)
        read(alices_key)
        assert calls(scp, "list_servers") == 2

    def test_it_is_read_again_when_asked(self, alices_key: AccessKey, scp: Sandbox) -> None:
        read(alices_key)
        read(alices_key, force=True)
        assert calls(scp, "list_servers") == 2

    def test_a_list_from_the_future_is_not_fresh(self, alices_key: AccessKey, scp: Sandbox) -> None:
        read(alices_key)
        age(alices_key, -3600)
        read(alices_key)
        assert calls(scp, "list_servers") == 2

    def test_the_use_of_the_key_is_noted(self, alices_key: AccessKey) -> None:
        listing = read(alices_key)
        alices_key.refresh_from_db()
        assert alices_key.last_used_at == listing.read_at

    def test_a_disabled_key_reads_nothing(self, alices_key: AccessKey, scp: Sandbox) -> None:
        before = read(alices_key).servers
        keys.disable(actor=alices_key.owner, key=alices_key)
        assert read(alices_key, force=True).servers == before
        assert calls(scp, "list_servers") == 1


class TestWhenScpFails:
    def test_the_last_good_list_stays_with_its_age(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        good = read(alices_key)
        scp.faults.add("status", status=500, kind="list_servers")
        listing = read(alices_key, force=True)
        assert (listing.servers, listing.read_at) == (good.servers, good.read_at)
        assert (listing.has_failed, listing.failed_reason) == (True, Reason.SERVER_ERROR)
        assert set(listing.failed_request_ids) == {"request_id", "global_request_id"}

    def test_a_page_waits_a_little_before_it_asks_again(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.faults.add("status", status=500, kind="list_servers")
        read(alices_key)
        assert read(alices_key).has_failed
        assert calls(scp, "list_servers") == 1
        ServerListing.objects.update(failed_at=timezone.now() - timedelta(seconds=16))
        listing = read(alices_key)
        assert (listing.has_failed, listing.failed_reason) == (False, "")
        assert (listing.failed_request_ids, len(listing.servers)) == ({}, 12)
        assert calls(scp, "list_servers") == 2

    def test_a_person_who_asks_for_it_does_not_wait(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.faults.add("status", status=500, kind="list_servers")
        read(alices_key)
        assert not read(alices_key, force=True).has_failed

    def test_a_page_gives_up_sooner_than_the_worker(
        self, alices_key: AccessKey, scp: Sandbox, settings: Settings
    ) -> None:
        settings.SCP_PAGE_SECONDS = 1
        scp.faults.add("hang", kind="list_servers", times=None)
        started = time.monotonic()
        assert read(alices_key).failed_reason == Reason.TIMEOUT
        assert time.monotonic() - started < 3

    def test_a_failure_between_two_pages_keeps_the_last_good_list(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        good = read(alices_key)
        for number in range(200):
            scp.add_server(Server(f"more-{number:03d}"))
        scp.faults.add("status", status=403, kind="list_servers", after=1)
        listing = read(alices_key, force=True)
        assert (listing.servers, listing.failed_reason) == (good.servers, Reason.FORBIDDEN)

    def test_the_first_read_may_fail_too(self, alices_key: AccessKey, settings: Settings) -> None:
        settings.SCP_URL_TEMPLATE = f"http://127.0.0.1:{closed_port()}"
        listing = read(alices_key)
        assert (listing.servers, listing.read_at) == ([], None)
        assert listing.failed_reason == Reason.CONNECT
        assert str(listing) == f"servers of {alices_key.pk}"

    @pytest.mark.parametrize(
        ("setting", "value", "reason"),
        [
            ("KEYRING", OTHER_KEYRING, OwnReason.KEY_UNREADABLE),
            ("SCP_ENVIRONMENTS", {"g": ("kr-south1",)}, OwnReason.PLACE_UNKNOWN),
        ],
    )
    def test_our_own_trouble_keeps_it_too(
        self,
        alices_key: AccessKey,
        scp: Sandbox,
        settings: Settings,
        setting: str,
        value: object,
        reason: OwnReason,
    ) -> None:
        good = read(alices_key)
        setattr(settings, setting, value)
        listing = read(alices_key, force=True)
        assert (listing.servers, listing.failed_reason) == (good.servers, reason)
        assert calls(scp, "list_servers") == 1


class TestFinding:
    def test_by_its_id_in_either_case(self, alices_key: AccessKey, scp: Sandbox) -> None:
        wanted = scp.servers[3]
        found = find_server(read(alices_key), wanted.id.upper())
        assert found is not None
        assert (found.id, found.name, found.locked) == (wanted.id, "was-prod-04", True)
