"""What the form says of key, server and version before anybody asks SCP."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from images.models import AccessKey, ServerListing
from images.scp.shapes import Server
from images.services import keys
from images.services.key_trial import try_key
from images.services.preflight import checks, is_broken
from images.services.servers import listing_of, servers_in
from scpconsole.sandbox import Sandbox
from tests.services.asking import ask_for

Change = Callable[[AccessKey], None]


@pytest.fixture
def listing(alices_key: AccessKey, scp: Sandbox) -> ServerListing:
    return listing_of(alices_key, language="en-US")


def said(key: AccessKey, server: Server) -> dict[str, str]:
    """Return each check's sentence with its tone; nothing of it asks SCP."""
    found = checks(key=key, server=server, image_name="web01-20261123")
    return {check.sentence: check.tone for check in found}


def tone_of(found: dict[str, str], words: str) -> str:
    (tone,) = [tone for sentence, tone in found.items() if words in sentence]
    return tone


def leave_untested(key: AccessKey) -> None:
    """Nothing was done with the key but to read the list."""


def let_the_list_fail(key: AccessKey) -> None:
    key.listing.failed_at = timezone.now()


def try_it(key: AccessKey) -> None:
    assert try_key(actor=key.owner, key=key, language="en-US")


def disable(key: AccessKey) -> None:
    keys.disable(actor=key.owner, key=key)


def let_expire(key: AccessKey) -> None:
    key.expires_on = timezone.localdate() - timedelta(days=1)


class TestTheKey:
    @pytest.mark.parametrize(
        ("change", "tone", "words"),
        [
            (leave_untested, "good", "worked when the server list was read"),
            (let_the_list_fail, "watch", "has not been tested yet"),
            (try_it, "good", "worked when it was tested"),
            (disable, "bad", "is disabled"),
            (let_expire, "bad", "expiry date"),
        ],
    )
    def test_it_is_told(
        self, listing: ServerListing, change: Change, tone: str, words: str
    ) -> None:
        change(listing.key)
        assert tone_of(said(listing.key, servers_in(listing)[0]), words) == tone

    def test_a_test_that_failed_is_told(self, listing: ServerListing, scp: Sandbox) -> None:
        scp.faults.add("status", status=403, kind="list_servers")
        try_key(actor=listing.key.owner, key=listing.key, language="en-US")
        found = said(listing.key, servers_in(listing)[0])
        assert tone_of(found, "failed its test") == "watch"


class TestTheServer:
    @pytest.mark.parametrize(
        ("position", "tone", "words"),
        [
            (0, "good", "reported the server as ACTIVE"),
            (1, "good", "reported the server as SHUTOFF"),
            (2, "bad", "reported the server as ERROR"),
            (4, "watch", "It may refuse an image now."),
            (3, "watch", "The server is locked."),
        ],
    )
    def test_its_state_is_told(
        self, listing: ServerListing, scp: Sandbox, position: int, tone: str, words: str
    ) -> None:
        wanted = scp.servers[position].id
        server = next(each for each in servers_in(listing) if each.id == wanted)
        assert tone_of(said(listing.key, server), words) == tone
        assert is_broken(server) == (server.state == "ERROR")

    def test_an_open_request_is_told(self, listing: ServerListing, scp: Sandbox) -> None:
        server = next(each for each in servers_in(listing) if each.id == scp.servers[0].id)
        assert tone_of(said(listing.key, server), "No other request is open") == "good"
        ask_for(listing.key, scp)
        assert tone_of(said(listing.key, server), "already being made") == "bad"


class TestTheVersion:
    @pytest.mark.parametrize(
        ("number", "tone"), [("1.3", "good"), ("1.0", "watch"), ("1.9", "watch")]
    )
    def test_it_is_told(self, listing: ServerListing, number: str, tone: str) -> None:
        listing.key.api_version = number
        found = said(listing.key, servers_in(listing)[0])
        assert tone_of(found, f"API version {number}") == tone


def test_nothing_of_it_asks_scp(listing: ServerListing, scp: Sandbox) -> None:
    before = len(scp.journal)
    said(listing.key, servers_in(listing)[0])
    assert len(scp.journal) == before
