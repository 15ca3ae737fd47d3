"""The download: its progress, its end, who waits, and memory that does not grow."""

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from images.filters import Filters
from images.models import AuditEvent, Export, User
from images.services import retention
from images.services.exports import downloading
from images.services.exports.downloading import AT_ONCE, Download, TooMany, begin
from images.services.exports.evidence_pack import CutOff
from images.services.refusal import NotAllowed
from images.vocabulary import DownloadState, ExportKind
from tests.long_history import fill
from tests.services.exporting import ALL, export_of, file_of, happen

pytestmark = pytest.mark.django_db
KINDS = list(ExportKind)


@pytest.fixture(autouse=True)
def every_slot_is_given_back() -> Iterator[None]:
    yield
    taken = [downloading._slots.acquire(blocking=False) for _ in range(AT_ONCE)]
    for _ in filter(None, taken):
        downloading._slots.release()
    assert all(taken)


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small parts, and progress told at each of them."""
    monkeypatch.setattr(downloading, "_PART", 64)
    monkeypatch.setattr(downloading, "_TELL_EVERY", 0.0)
    monkeypatch.setattr("images.services.exports.selection.CHUNK", 5)


def fresh(export: Export) -> Export:
    return Export.objects.get(pk=export.pk)


class TestProgress:
    def test_before_the_first_download_there_is_none(self, bob: User) -> None:
        export = export_of(bob, ExportKind.CSV)
        assert (export.state, export.started_at, export.is_watched) == (
            DownloadState.NONE,
            None,
            True,
        )

    @pytest.mark.parametrize("kind", KINDS)
    def test_it_grows_to_the_end(self, bob: User, kind: ExportKind, talkative: None) -> None:
        happen(bob, times=23)
        export = export_of(bob, kind)
        states, written = set(), []
        for _ in begin(actor=bob, export=export):
            states.add(fresh(export).state)
            written.append(fresh(export).rows_written)
        assert states == {DownloadState.RUNNING}
        assert written == sorted(written)
        assert len(set(written)) > 3
        done = fresh(export)
        assert (done.state, done.rows_written, done.is_watched) == (DownloadState.DONE, 23, False)
        assert done.started_at
        assert done.finished_at
        assert done.started_at <= done.finished_at

    def test_a_reader_who_goes_away_is_noted(self, bob: User, talkative: None) -> None:
        happen(bob, times=23)
        export = export_of(bob, ExportKind.CSV)
        download = begin(actor=bob, export=export)
        next(download)
        download.close()
        download.close()
        stopped = fresh(export)
        assert (stopped.state, stopped.finished_at) == (DownloadState.STOPPED, None)
        assert stopped.rows_written < 23
        assert list(download) == []

    def test_a_next_download_begins_at_nothing(self, bob: User) -> None:
        happen(bob, times=3)
        export = export_of(bob, ExportKind.CSV)
        file_of(export)
        download = begin(actor=bob, export=export)
        running = fresh(export)
        assert (running.rows_written, running.finished_at, running.is_running) == (0, None, True)
        download.close()

    def test_one_that_ended_with_its_process_is_told_by_its_silence(self, bob: User) -> None:
        export = export_of(bob, ExportKind.CSV)
        download = begin(actor=bob, export=export)
        with time_machine.travel(timezone.now() + timedelta(seconds=89)):
            assert fresh(export).state == DownloadState.RUNNING
        with time_machine.travel(timezone.now() + timedelta(seconds=95)):
            assert fresh(export).state == DownloadState.STOPPED
        download.close()

    def test_the_file_does_not_fail_for_its_progress(
        self,
        bob: User,
        monkeypatch: pytest.MonkeyPatch,
        talkative: None,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        happen(bob, times=9)
        export = export_of(bob, ExportKind.JSON_LINES)
        download = begin(actor=bob, export=export)
        monkeypatch.setattr(QuerySet, "update", locked)
        assert b"".join(download).count(b"\n") == 9
        assert "progress of a download could not be written" in caplog.text


def locked(*_args: Any, **_values: Any) -> None:
    raise OperationalError("database is locked")


class TestWhoWaits:
    def test_as_many_as_may_run_and_no_more(self, bob: User) -> None:
        happen(bob)
        export = export_of(bob, ExportKind.CSV)
        running = [begin(actor=bob, export=export) for _ in range(AT_ONCE)]
        events = AuditEvent.objects.size()
        with pytest.raises(TooMany) as refusal:
            begin(actor=bob, export=export)
        assert "Wait until one of them has ended." in refusal.value.sentence
        assert AuditEvent.objects.size() == events
        running[0].close()
        begin(actor=bob, export=export).close()
        running[1].close()

    def test_nobody_holds_a_place_for_ever(
        self, bob: User, monkeypatch: pytest.MonkeyPatch, talkative: None
    ) -> None:
        happen(bob, times=9)
        export = export_of(bob, ExportKind.CSV)
        monkeypatch.setattr(downloading, "MOST_SECONDS", 0)
        download = begin(actor=bob, export=export)
        with pytest.raises(CutOff, match="too slow"):
            next(download)
        download.close()
        assert fresh(export).state == DownloadState.STOPPED

    def test_a_database_that_goes_away_meanwhile_ends_it(
        self, bob: User, monkeypatch: pytest.MonkeyPatch, talkative: None
    ) -> None:
        happen(bob, times=30)
        export = export_of(bob, ExportKind.PACK)
        download = begin(actor=bob, export=export)
        next(download)
        monkeypatch.setattr(Export.objects, "filter", locked)
        monkeypatch.setattr(AuditEvent.objects, "filter", locked)
        with pytest.raises(OperationalError):
            list(download)
        download.close()


class TestEventsThatTheKeepingRuleTookSince:
    """The file would be another one, and the verifier would not find a complete pack good."""

    @pytest.fixture
    def old(self, alice: User, bob: User) -> None:
        with time_machine.travel(timezone.now() - timedelta(days=6 * 366)):
            happen(alice, times=2)
            happen(bob, times=2)

    @pytest.mark.parametrize("filters", [ALL, Filters(person="bob")])
    def test_it_is_not_handed_out_any_more(self, old: None, bob: User, filters: Filters) -> None:
        export = export_of(bob, ExportKind.PACK, filters=filters)
        file_of(export)
        retention.apply()
        events = AuditEvent.objects.size()
        with pytest.raises(NotAllowed, match="Make a new one"):
            file_of(export)
        assert AuditEvent.objects.size() == events
        file_of(export_of(bob, ExportKind.PACK, filters=filters))

    def test_others_do_not_matter(self, old: None, alice: User, bob: User) -> None:
        happen(bob)
        young = Filters(since=timezone.now() - timedelta(days=1))
        export = export_of(bob, ExportKind.CSV, filters=young)
        before = file_of(export)
        retention.apply()
        assert file_of(export) == before

    @pytest.mark.parametrize("kind", KINDS)
    def test_when_it_happens_meanwhile_the_file_is_broken_off(
        self, old: None, bob: User, kind: ExportKind, talkative: None
    ) -> None:
        export = export_of(bob, kind)
        download = begin(actor=bob, export=export)
        next(download)
        retention.apply()
        with pytest.raises(CutOff, match="keeping rule"):
            list(download)
        download.close()
        assert fresh(export).state == DownloadState.STOPPED


def test_parts_are_of_one_size_and_the_same_bytes(bob: User) -> None:
    happen(bob, times=900, facts={"words": "x" * 200})
    export = export_of(bob, ExportKind.JSON_LINES)
    parts = list(begin(actor=bob, export=export))
    assert len(parts) > 3
    assert {len(part) for part in parts[:-1]} == {downloading._PART}
    assert b"".join(parts) == file_of(export)


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_grow_with_the_history(
    alice: User, bob: User, kind: ExportKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter of the history, and all of it, in many chunks: the same peak."""
    monkeypatch.setattr("images.services.exports.selection.CHUNK", 200)
    fill([alice], 4_000, until=timezone.now())
    whole, part = export_of(bob, kind), export_of(bob, kind)
    part.size = part.count = 1_000
    file_of(part)  # what is loaded once is loaded
    small, large = (_peak(begin(actor=bob, export=each)) for each in (part, whole))
    assert large < small + 200_000


def _peak(download: Download) -> int:
    """Return the most bytes that Python held while the file was written."""
    tracemalloc.start()
    try:
        for _ in download:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
