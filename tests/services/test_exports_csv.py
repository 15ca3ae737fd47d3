"""The CSV file: what stands in its cells, and that no spreadsheet runs any of it."""

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.ledger.canonical import canonical
from images.models import AuditEvent, User
from images.services.exports.csv_rows import COLUMNS, cell
from images.services.people import remove_name
from images.vocabulary import ExportKind, State
from tests.people import make_key, make_request
from tests.services.exporting import export_of, file_of, happen, let_expire
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1"]


def table(maker: User, **changes: Any) -> list[dict[str, str]]:
    """Return the rows of an export as a spreadsheet reads them."""
    text = file_of(export_of(maker, ExportKind.CSV, **changes)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", ""),
        ("web01", "web01"),
        ("=1+1", "'=1+1"),
        ("+82", "'+82"),
        ("-1", "'-1"),
        ("@A1", "'@A1"),
        ("\tx", "'\tx"),
        ("\rx", '"\'\rx"'),
        ("\nx", '"\'\nx"'),
        ("\0=1", "'\u2400=1"),
        ("a\0b", "a\u2400b"),
        ("a=1", "a=1"),
        (" =1", " =1"),
        ("＝1", "＝1"),
        ("'=1", "'=1"),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ('=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'),
        ("가나다", "가나다"),
        ("a;b", "a;b"),
    ],
)
def test_a_cell(value: str, written: str) -> None:
    assert cell(value) == written


class TestTheFile:
    def test_it_has_a_mark_for_excel_one_line_of_names_and_rows_that_end_in_crlf(
        self, bob: User
    ) -> None:
        happen(bob, times=2)
        content = file_of(export_of(bob, ExportKind.CSV))
        assert content.startswith(b"\xef\xbb\xbfsequence,at_utc,action,actor,address,http_request,")
        assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r") == 3
        assert content.endswith(b"\r\n")

    def test_its_columns_are_those_of_the_document(self) -> None:
        assert COLUMNS[:11] == [
            *("sequence", "at_utc", "action", "actor", "address", "http_request"),
            *("image_request", "access_key", "target", "facts", "leaf"),
        ]
        assert COLUMNS[11:] == [
            *("time", "who", "what", "server_id", "server_name", "image_id", "image_name"),
            *("state", "environment", "region", "key_alias", "reason", "ticket"),
        ]

    def test_an_export_of_nothing_is_the_line_of_names(self, bob: User) -> None:
        assert file_of(export_of(bob, ExportKind.CSV)).count(b"\n") == 1
        assert table(bob) != []  # by now that export itself is there

    def test_events_without_bytes_have_no_row(self, bob: User) -> None:
        let_expire(bob, times=2)
        assert [row["action"] for row in table(bob)] == ["retention.applied"]


class TestTheRow:
    def test_it_repeats_the_event_and_tells_it_in_words(self, alice: User, bob: User) -> None:
        asked = make_request(
            make_key(alice, alias="운영 키"),
            server_name="웹-01",
            reason='점검 전, "백업"',
            ticket="CHG-7",
            image_id="c1b0a7de-1111-4222-8333-444455556666",
            state=State.READY,
            due_at=None,
        )
        with time_machine.travel(datetime(2026, 11, 23, 7, 50, 12, 345678, tzinfo=UTC), tick=False):
            happen(
                alice,
                action="request.recorded",
                request=asked,
                key=asked.key,
                target=asked.image_name,
                facts={"reason": asked.reason, "b": [1, None], "a": {}},
            )
        event = AuditEvent.objects.get()
        (row,) = table(bob)
        assert row == {
            "sequence": "1",
            "at_utc": "2026-11-23T07:50:12.345678Z",
            "action": "request.recorded",
            "actor": str(alice.pk),
            "address": "",
            "http_request": "",
            "image_request": str(asked.pk),
            "access_key": str(asked.key.pk),
            "target": asked.image_name,
            "facts": canonical(event.facts).decode(),
            "leaf": bytes(event.leaf_hash).hex(),
            "time": "2026-11-23T16:50:12+09:00",
            "who": "alice",
            "what": "Recorded the request.",
            "server_id": asked.server_id,
            "server_name": "웹-01",
            "image_id": asked.image_id,
            "image_name": asked.image_name,
            "state": "Ready",
            "environment": "e",
            "region": "kr-west1",
            "key_alias": "운영 키",
            "reason": '점검 전, "백업"',
            "ticket": "CHG-7",
        }

    def test_words_are_in_the_language_of_the_export(self, alice: User, bob: User) -> None:
        asked = make_request(make_key(alice), state=State.READY, due_at=None)
        happen(alice, action="request.recorded", request=asked)
        (row,) = table(bob, language="ko")
        assert (row["state"], row["what"]) == ("사용 가능", "요청이 기록되었습니다.")

    def test_what_is_about_a_key_alone_names_the_key(self, alice: User, bob: User) -> None:
        happen(alice, key=make_key(alice, alias="prod"))
        (row,) = table(bob)
        assert (row["key_alias"], row["server_name"], row["state"]) == ("prod", "", "")

    def test_a_removed_name_is_removed_here(self, alice: User, bob: User) -> None:
        happen(alice)
        remove_name(name="alice")
        row = table(bob)[0]
        assert (row["who"], row["actor"]) == ("(name removed)", str(alice.pk))
        assert "alice" not in " ".join(row.values())

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_no_value_runs_as_a_formula(self, alice: User, bob: User, hostile: str) -> None:
        clean = hostile.replace("\0", "")  # PostgreSQL keeps none in a text
        alice.first_name = clean[:150]
        alice.save()
        asked = make_request(
            make_key(alice, alias=clean),
            server_name=clean,
            image_name=clean,
            reason=clean,
            ticket=clean,
            image_id=clean,
            due_at=None,
        )
        happen(alice, request=asked, target=clean, facts={"scp_words": hostile})
        for row in (table(bob), table(bob, language="ko")):
            for value in row[0].values():
                assert not re.match("[=+@\t\r\n\0-]", value)
            assert row[0]["server_name"] == (f"'{clean}" if clean[0] in "=+-@\t\r\n" else clean)


class TestSpoiltRecords:
    """Somebody changed them past the guards: the export is made all the same."""

    def spoil(self, content: bytes) -> None:
        with unguarded():
            AuditEvent.objects.filter(sequence=1).update(content=content)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff",
            b"[]",
            b"{}",
            b"[" * 10_000,
            b'{"sequence":"\\ud800","facts":[1]}',
            b'{"action":{"a":1},"facts":{"looks":"many"}}',
        ],
    )
    def test_bytes_that_are_no_event(self, bob: User, content: bytes) -> None:
        happen(bob, action="request.not_made", times=2)
        self.spoil(content)
        rows = table(bob)
        assert len(rows) == 2
        assert rows[1]["sequence"] == "2"

    def test_what_the_columns_say_stands_where_the_bytes_say_nothing(self, bob: User) -> None:
        happen(bob, target="web01")
        self.spoil(b"no event")
        (row,) = table(bob)
        assert (row["sequence"], row["actor"], row["target"]) == ("1", str(bob.pk), "web01")


def test_twenty_requests_cost_as_many_queries_as_ten(alice: User, bob: User) -> None:
    counts = []
    for _ in range(2):
        for _ in range(10):
            asked = make_request(make_key(alice), state=State.READY, due_at=None, image_id="")
            happen(alice, action="request.recorded", request=asked, key=asked.key)
        export = export_of(bob, ExportKind.CSV)
        with CaptureQueriesContext(connection) as queries:
            file_of(export)
        counts.append(len(queries))
    assert counts[0] == counts[1]
