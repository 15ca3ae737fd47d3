"""`/exports/<id>/`: what is in an export and what it rests on, its progress, its file."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import AuditEvent, Export, User
from images.services import retention
from images.services.exports import downloading
from images.services.exports.downloading import AT_ONCE, begin
from images.vocabulary import DownloadState, Role
from tests.pages.exporting import body_of, file_of, happen, made
from tests.pages.reading import by_id, links, text, words
from tests.people import PASSWORD, Browse, make_export


class TestItsPage:
    def test_it_says_all_that_a_companion_file_would(self, bob: User, browse: Browse) -> None:
        happen(bob)
        browser = browse(bob)
        export = made(browser, kind="pack", filter="q=&show=all")
        size = AuditEvent.objects.get(action="export.made").sequence - 1
        page = browser.get(export.get_absolute_url())
        said = words(page)
        for part in (
            f"Made {timezone.localtime(export.made_at):%Y-%m-%d %H:%M:%S} KST by bob.",
            f"Events {size} (the whole history up to the checkpoint)",
            *("Format Evidence pack", "Whose acts Both", "Time zone Asia/Seoul"),
            f"Up to event {size}",
            f"Root {export.short_root}",
            " ".join(export.checkpoint.split()),
            "Not downloaded yet",
        ):
            assert part in said
        assert reverse("export-file", args=[export.pk]) in links(page)

    def test_it_names_what_the_keeping_rule_took(self, bob: User, browse: Browse) -> None:
        export = make_export(bob, size=9, count=4, expired=5)
        said = words(browse(bob).get(export.get_absolute_url()))
        assert "Removed under the keeping rule 5 (an evidence pack holds their proofs" in said

    @pytest.mark.parametrize("name", ["export-detail", "export-progress", "export-file"])
    def test_anothers_is_absent_for_everybody(
        self, alice: User, bob: User, dora: User, charlie: User, browse: Browse, name: str
    ) -> None:
        export = make_export(alice)
        for person in (bob, dora, charlie):
            assert browse(person).get(reverse(name, args=[export.pk])).status_code == 404
        assert browse(alice).get(reverse(name, args=[export.pk])).status_code == 200

    def test_with_the_role_goes_what_it_had_opened(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        export = made(browser)
        User.objects.filter(pk=bob.pk).update(role=Role.OPERATOR)
        assert file_of(browser, export).status_code == 404
        assert browser.get(export.get_absolute_url()).status_code == 404

    def test_others_see_in_the_history_that_it_was_made(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        body_of(file_of(browser, made(browser)))
        said = words(browse(bob).get(reverse("history")))
        assert "alice Exported 1 event as “JSON lines”." in said
        assert "alice Downloaded an export." in said


class TestProgress:
    @pytest.mark.parametrize(
        ("state", "said", "polls"),
        [
            (DownloadState.NONE, "Not downloaded yet", True),
            (DownloadState.RUNNING, "Download in progress", True),
            (DownloadState.DONE, "Downloaded", False),
            (DownloadState.STOPPED, "Download broken off", False),
        ],
    )
    def test_it_looks_again_only_while_something_may_change(
        self, bob: User, browse: Browse, state: DownloadState, said: str, polls: bool
    ) -> None:
        now = timezone.now()
        started = {"started_at": now, "heard_at": now, "rows_written": 1_500} if state else {}
        export = make_export(bob, count=2_000, download=state, **started)
        part = browse(bob).get(reverse("export-progress", args=[export.pk]))
        assert said in words(part)
        assert ("1,500 of 2,000 events written" in words(part)) is bool(state)
        element = by_id(part, "export-progress")
        assert ("data-poll" in element.attributes) is polls
        assert ("every 3s" in element.attributes["hx-trigger"]) is polls
        assert element.attributes["hx-get"] == reverse("export-progress", args=[export.pk])
        assert "<html" not in text(part)

    def test_it_grows_calm_where_nobody_downloads(self, bob: User, browse: Browse) -> None:
        export = make_export(bob, made_at=timezone.now() - timedelta(hours=1))
        part = browse(bob).get(reverse("export-progress", args=[export.pk]))
        assert "every 30s" in by_id(part, "export-progress").attributes["hx-trigger"]


class TestTheFile:
    @pytest.mark.parametrize(
        ("kind", "content_type", "ending", "begins"),
        [
            ("csv", "text/csv; charset=utf-8", ".csv", b"\xef\xbb\xbfsequence,"),
            ("jsonl", "application/x-ndjson", ".jsonl", b'{"access_key":'),
            ("pack", "application/zip", ".zip", b"PK"),
        ],
    )
    def test_it_is_kept_and_never_shown(
        self,
        bob: User,
        browse: Browse,
        kind: str,
        content_type: str,
        ending: str,
        begins: bytes,
    ) -> None:
        browser = browse(bob)
        happen(bob)
        export = made(browser, kind=kind)
        answer = file_of(browser, export)
        assert answer.status_code == 200
        assert answer["Content-Type"] == content_type
        assert answer["Content-Disposition"] == f'attachment; filename="{export.file_name}"'
        assert export.file_name.endswith(ending)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "no-store"
        assert body_of(answer).startswith(begins)
        assert Export.objects.get().state == DownloadState.DONE

    def test_the_event_stands_before_the_first_byte(self, bob: User) -> None:
        browser = Client()
        browser.login(username="bob", password=PASSWORD)
        export = made(browser)
        answer = file_of(browser, export)
        event = AuditEvent.objects.get(action="export.downloaded")
        assert (event.actor, event.address) == (bob, "127.0.0.1")
        assert event.http_request_id == answer["X-Request-ID"]
        assert body_of(answer).count(b"\n") == export.count

    def test_when_all_places_are_taken_it_says_so(self, bob: User, browse: Browse) -> None:
        browser = browse(bob)
        export = made(browser)
        running = [begin(actor=bob, export=export) for _ in range(AT_ONCE)]
        events = AuditEvent.objects.size()
        answer = file_of(browser, export)
        assert answer.status_code == 503
        assert answer["Retry-After"] == "60"
        assert "Wait until one of them has ended." in words(answer)
        assert AuditEvent.objects.size() == events
        for each in running:
            each.close()
        assert file_of(browser, export).status_code == 200

    def test_when_the_keeping_rule_took_events_of_it_a_new_one_is_needed(
        self, bob: User, browse: Browse
    ) -> None:
        with time_machine.travel(timezone.now() - timedelta(days=6 * 366)):
            happen(bob)
        browser = browse(bob)
        export = made(browser)
        retention.apply()
        answer = file_of(browser, export)
        assert answer.status_code == 410
        assert "The keeping rule removed events of this export since it was made." in words(answer)

    def test_without_a_record_nothing_is_handed_out(
        self, bob: User, browse: Browse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = browse(bob)
        export = made(browser)

        def no_disk(*_args: object) -> None:
            raise OperationalError("database or disk is full")

        monkeypatch.setattr(downloading, "_record", no_disk)
        answer = file_of(browser, export)
        assert answer.status_code == 503
        assert "The download could not be recorded, so nothing was handed out." in words(answer)

    def test_a_reader_of_gunicorn_who_takes_nothing_is_not_waited_for(
        self, bob: User, browse: Browse
    ) -> None:
        class Connection:
            seconds = 0

            def settimeout(self, seconds: int) -> None:
                self.seconds = seconds

        browser, connection = browse(bob), Connection()
        export = made(browser)
        url = reverse("export-file", args=[export.pk])
        browser.get(url, **{"gunicorn.socket": connection})  # type: ignore[arg-type]
        assert connection.seconds == 60
