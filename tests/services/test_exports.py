"""Making an export: what is in it, what is recorded of it, and when there is none."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from images.filters import Filters
from images.ledger import heads
from images.ledger.heads import Head
from images.ledger.notes import open_checkpoint
from images.ledger_key import signing_key
from images.models import AuditEvent, Checkpoint, Export, ImageRequest, User
from images.models.audit_event import AuditEventManager
from images.services.checkpoints import publish
from images.services.exports import making
from images.services.exports.making import NotRecorded, count_events, make
from images.services.refusal import NotAllowed
from images.vocabulary import Acts, ExportKind, State
from tests.people import make_key, make_request
from tests.services.exporting import ALL, export_of, file_of, happen, let_expire, lines_of

pytestmark = pytest.mark.django_db
JSON_LINES = ExportKind.JSON_LINES


def sequences(export: Export) -> list[int]:
    return [event["sequence"] for event in lines_of(export)]


class TestWhatIsRecorded:
    def test_a_checkpoint_covers_all_that_was_before(self, bob: User) -> None:
        happen(bob, times=3)
        export = export_of(bob, JSON_LINES)
        assert (export.size, export.count, export.expired) == (3, 3, 0)
        note = open_checkpoint(export.checkpoint, signing_key().verifier)
        assert (note.size, note.root) == (3, AuditEvent.objects.root_at(3))
        assert Checkpoint.objects.get().note == export.checkpoint
        assert export.verifier_key == str(signing_key().verifier)

    def test_the_event_tells_all_that_fixes_the_export(self, bob: User) -> None:
        happen(bob, times=2)
        export = export_of(bob, ExportKind.PACK, filters=Filters(), query="show=people&q=x")
        event = AuditEvent.objects.get(action="export.made")
        assert (event.actor, event.target) == (bob, export.file_name)
        assert event.facts == {
            "export": str(export.pk),
            "kind": "pack",
            "filter": "show=people&q=x",
            "count": 2,
            "size": 2,
            "root": AuditEvent.objects.root_at(2).hex(),
        }

    def test_the_export_does_not_hold_the_event_of_itself_and_the_next_one_does(
        self, bob: User
    ) -> None:
        happen(bob)
        assert sequences(export_of(bob, JSON_LINES)) == [1]
        second = lines_of(export_of(bob, JSON_LINES))
        assert [event["action"] for event in second][1:] == ["export.made", "export.downloaded"]

    def test_each_download_is_an_event_of_its_own(self, bob: User) -> None:
        export = export_of(bob, JSON_LINES)
        file_of(export)
        file_of(export)
        events = AuditEvent.objects.filter(action="export.downloaded")
        assert [event.facts for event in events] == [{"export": str(export.pk)}] * 2
        assert {event.actor for event in events} == {bob}


class TestWhichEvents:
    def test_an_auditor_exports_everybodys(self, alice: User, bob: User) -> None:
        for actor in (alice, None, bob):
            happen(actor)
        assert sequences(export_of(bob, JSON_LINES)) == [1, 2, 3]
        assert export_of(bob, JSON_LINES).is_complete

    def test_an_operator_exports_what_the_own_history_shows(self, alice: User, dora: User) -> None:
        asked = make_request(make_key(alice))
        happen(dora)
        happen(alice)
        happen(None, request=asked, action="request.ready")
        happen(None)
        export = export_of(alice, JSON_LINES)
        assert sequences(export) == [2, 3]
        assert not export.is_complete

    def test_the_filter_narrows_it(self, alice: User, bob: User) -> None:
        for actor in (alice, None, bob, alice):
            happen(actor)
        export = export_of(bob, JSON_LINES, filters=Filters(person="alice"), query="person=alice")
        assert sequences(export) == [1, 4]
        assert (export.count, export.size, export.is_complete) == (2, 4, False)
        assert count_events(bob, Filters(person="alice")) == 2

    def test_it_may_hold_nothing(self, bob: User) -> None:
        export = export_of(bob, JSON_LINES)
        assert (export.size, export.count, file_of(export)) == (0, 0, b"")
        assert AuditEvent.objects.filter(action="export.made").exists()

    def test_what_passes_later_does_not_change_it(self, alice: User, bob: User) -> None:
        asked = make_request(make_key(alice), state=State.READY, due_at=None)
        happen(alice, request=asked, action="request.recorded")
        export = export_of(bob, JSON_LINES, filters=Filters(state="ready"), query="state=ready")
        ImageRequest.objects.update(state=State.GONE)
        assert count_events(bob, Filters(state="ready")) == 0
        assert sequences(export) == [1]

    def test_many_are_chosen_in_steps(
        self, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(making, "_LOOKED_AT_ONCE", 2)
        for actor in (alice, bob, alice, alice, alice, bob):
            happen(actor)
        export = export_of(bob, JSON_LINES, filters=Filters(person="alice"))
        assert sequences(export) == [1, 3, 4, 5]

    @pytest.mark.parametrize("filters", [ALL, Filters(acts=Acts.PEOPLE)])
    def test_events_without_bytes_are_counted_apart(self, bob: User, filters: Filters) -> None:
        let_expire(bob, times=3)
        happen(bob)
        export = export_of(bob, JSON_LINES, filters=filters)
        assert export.expired == 3
        assert export.count == len(lines_of(export))


class TestOncePerForm:
    def test_a_second_submit_is_the_first_export(self, bob: User) -> None:
        token = uuid.uuid4()
        values: dict[str, Any] = {"actor": bob, "filters": ALL, "query": "", "token": token}
        first = make(kind=ExportKind.CSV, language="en", **values)
        second = make(kind=ExportKind.PACK, language="ko", **values)
        assert (first.is_first, second.is_first) == (True, False)
        assert second.export.pk == first.export.pk
        assert AuditEvent.objects.filter(action="export.made").count() == 1
        assert Checkpoint.objects.count() == 1

    def test_one_that_comes_between_wins(self, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
        token = uuid.uuid4()
        others = []

        def publish_slowly() -> Checkpoint:
            monkeypatch.undo()
            others.append(export_of(bob, JSON_LINES, token=token))
            return publish()

        monkeypatch.setattr(making, "publish", publish_slowly)
        assert export_of(bob, JSON_LINES, token=token) == others[0]
        assert Export.objects.count() == 1
        assert AuditEvent.objects.filter(action="export.made").count() == 1

    def test_anothers_form_is_refused(self, alice: User, bob: User) -> None:
        token = uuid.uuid4()
        export_of(alice, JSON_LINES, token=token)
        with pytest.raises(NotAllowed, match="belongs to another person"):
            export_of(bob, JSON_LINES, token=token)


class TestWithoutARecordThereIsNoExport:
    def assert_refused(self, bob: User) -> None:
        events = AuditEvent.objects.size()
        with pytest.raises(NotRecorded, match="nothing was exported"):
            export_of(bob, JSON_LINES)
        assert not Export.objects.exists()
        assert AuditEvent.objects.size() == events

    def test_data_that_are_older_than_the_signature(self, bob: User, settings: Settings) -> None:
        heads.write(made_folder(settings.LEDGER_STATE_FILE), Head(5, bytes(32)))
        self.assert_refused(bob)

    def test_a_memory_that_cannot_be_read(self, bob: User, settings: Settings) -> None:
        made_folder(settings.LEDGER_STATE_FILE).write_text("{")
        self.assert_refused(bob)

    def test_a_disk_that_takes_nothing(self, bob: User, settings: Settings) -> None:
        made_folder(settings.LEDGER_ANCHOR_DIR).write_text("no folder")
        self.assert_refused(bob)

    def test_a_key_that_is_none(self, bob: User, settings: Settings) -> None:
        settings.LEDGER_KEY = "no base64"
        self.assert_refused(bob)

    def test_rows_that_somebody_took_out(self, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
        def lost(_self: AuditEventManager, _size: int) -> bytes:
            raise KeyError(7)

        monkeypatch.setattr(AuditEventManager, "root_at", lost)
        self.assert_refused(bob)

    def test_an_event_that_cannot_be_written(
        self, bob: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(AuditEventManager, "append", no_disk)
        self.assert_refused(bob)

    def test_nor_is_there_a_download(self, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
        export = export_of(bob, JSON_LINES)
        monkeypatch.setattr(AuditEventManager, "append", no_disk)
        for _ in range(5):  # more than may run at once: none is left hanging
            with pytest.raises(NotRecorded, match="nothing was handed out"):
                file_of(export)
        assert Export.objects.get().started_at is None


def no_disk(*_args: Any, **_kwargs: Any) -> None:
    raise OperationalError("database or disk is full")


def made_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


class TestWhoMayDownload:
    def test_its_maker_alone(self, alice: User, bob: User, dora: User, charlie: User) -> None:
        export = export_of(alice, JSON_LINES)
        for person, found in ((alice, [export]), (bob, []), (dora, []), (charlie, [])):
            assert list(Export.objects.downloadable_by(person)) == found

    def test_a_lost_role_takes_what_it_had_opened(self, bob: User) -> None:
        export_of(bob, JSON_LINES)
        for role in ("operator", ""):
            bob.role = role
            assert not Export.objects.downloadable_by(bob).exists()
