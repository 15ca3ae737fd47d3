"""The server list of one key is read by one thread at a time; the others take it as stored."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ServerListing
from images.services.servers import listing_of
from scpconsole.sandbox import Sandbox
from tests.services.asking import calls

_PATIENCE_SECONDS = 60
THREADS = 16


@pytest.mark.django_db(transaction=True)
def test_many_refreshes_of_a_hanging_scp_keep_one_thread_busy(
    alices_key: AccessKey, scp: Sandbox, settings: Settings
) -> None:
    settings.SCP_PAGE_SECONDS = 3
    scp.faults.add("hang", kind="list_servers", times=None)
    seconds: list[float] = []
    barrier = threading.Barrier(THREADS)

    def refresh() -> None:
        try:
            barrier.wait(_PATIENCE_SECONDS)
            began = time.monotonic()
            listing_of(alices_key, language="en-US", force=True)
            seconds.append(time.monotonic() - began)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=refresh) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE_SECONDS)
    assert len(seconds) == THREADS
    assert sum(each > 2 for each in seconds) == 1
    assert ServerListing.objects.get().reading_until is None


@pytest.mark.django_db
class TestTheTurn:
    def test_it_is_given_back(self, alices_key: AccessKey) -> None:
        assert not listing_of(alices_key, language="en-US").is_being_read
        assert ServerListing.objects.get().reading_until is None

    def test_it_is_given_back_after_a_failure(self, alices_key: AccessKey, scp: Sandbox) -> None:
        scp.faults.add("status", status=500, kind="list_servers")
        assert not listing_of(alices_key, language="en-US").is_being_read
        assert ServerListing.objects.get().reading_until is None

    @pytest.mark.parametrize(
        ("seconds", "reads"), [(10, 0), (-1, 1), (3600, 1)], ids=["held", "over", "clock put back"]
    )
    def test_who_finds_it_taken(
        self, alices_key: AccessKey, scp: Sandbox, seconds: int, reads: int
    ) -> None:
        until = timezone.now() + timedelta(seconds=seconds)
        ServerListing.objects.create(key=alices_key, reading_until=until)
        listing = listing_of(alices_key, language="en-US", force=True)
        assert calls(scp, "list_servers") == reads
        assert listing.is_being_read is (reads == 0)
