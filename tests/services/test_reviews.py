"""The review of a month: counts, exceptions, and the sign-off that is an event."""

import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from images.models import AuditEvent, Checkpoint, ImageRequest, User
from images.months import Month
from images.origin import NOWHERE, Origin, set_origin
from images.scp.errors import Reason
from images.services import checkpoints
from images.services.refusal import NotAllowed
from images.services.review_exceptions import LISTED_AT_MOST, Exceptions, exceptions_in
from images.services.reviews import SIGNED, SignOff, report_of, sign, sign_offs, span, with_events
from images.vocabulary import State
from tests.people import make_key, make_request

pytestmark = pytest.mark.django_db

SEOUL = ZoneInfo("Asia/Seoul")
MARCH = Month(2026, 3)


def append(
    action: str, actor: User | None = None, *, at: datetime, address: str = "", **about: object
) -> AuditEvent:
    set_origin(Origin(address, "an id"))
    try:
        with time_machine.travel(at, tick=False), AuditEvent.objects.act():
            return AuditEvent.objects.append(action, actor=actor, **about)  # type: ignore[arg-type]
    finally:
        set_origin(NOWHERE)


def day(number: int, hour: int = 12, *, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, number, hour, minute, tzinfo=SEOUL)


class TestMonths:
    @pytest.mark.parametrize("text", ["2026-11", "1970-01", "2999-12"])
    def test_are_read_and_written_the_same(self, text: str) -> None:
        assert str(Month.parse(text)) == text

    @pytest.mark.parametrize(
        "text",
        ["", "2026-1", "2026-13", "2026-00", "26-11", "2026-11-01", "1969-12", "3000-01", "x"],
    )
    def test_anything_else_is_none(self, text: str) -> None:
        assert Month.parse(text) is None

    def test_begin_and_end_at_midnight_of_the_consoles_zone(self) -> None:
        assert MARCH.start == datetime(2026, 2, 28, 15, tzinfo=UTC)
        assert MARCH.end == datetime(2026, 3, 31, 15, tzinfo=UTC)
        assert Month.of(MARCH.end - timedelta(microseconds=1)) == MARCH
        assert Month.of(MARCH.end) == Month(2026, 4)

    def test_follow_each_other_over_the_year(self) -> None:
        assert Month(2026, 12).later == Month(2027, 1)
        assert Month(2026, 1).earlier == Month(2025, 12)
        assert Month(2025, 12) < Month(2026, 1)

    def test_are_over_when_their_last_moment_is(self) -> None:
        with time_machine.travel(MARCH.end - timedelta(seconds=1)):
            assert not MARCH.is_over
        with time_machine.travel(MARCH.end):
            assert MARCH.is_over


class TestWhichMonths:
    def test_from_the_first_event_to_the_last_those_with_events(self) -> None:
        assert span() is None
        assert with_events([MARCH]) == []
        append("session.signed_in", at=day(31, 23, minute=59))
        append("session.signed_in", at=day(1, 0, month=6))
        assert span() == (MARCH, Month(2026, 6))
        months = [Month(2026, 6), Month(2026, 5), Month(2026, 4), MARCH]
        with CaptureQueriesContext(connection) as queries:
            assert with_events(months) == [Month(2026, 6), MARCH]
        assert len(queries) == 1

    def test_of_no_month_there_is_nothing_to_ask(self) -> None:
        append("session.signed_in", at=day(1))
        assert with_events([]) == []


class TestCounts:
    def test_each_kind_of_event_of_the_month_and_of_no_other(self, alice: User, bob: User) -> None:
        key = make_key(alice)
        asked = make_request(key, state=State.READY, recorded_at=day(2))
        make_request(key, state=State.REFUSED, recorded_at=day(3))
        make_request(key, state=State.REFUSED, recorded_at=day(3))
        make_request(key, state=State.READY, recorded_at=day(1, 0, month=4))
        for action, times in {
            "session.signed_in": 3,
            "session.failed": 2,
            "key.added": 1,
            "key.changed": 1,
            "key.disabled": 1,
            "key.tested": 5,
            "export.made": 2,
            "export.downloaded": 4,
            "person.added": 1,
            "person.role_changed": 2,
        }.items():
            for _ in range(times):
                append(action, at=day(5))
        for _ in range(2):  # gone, found again, ready again: one image
            append("request.ready", at=day(6), request=asked)
        append("body.read", alice, at=day(7))
        append("body.read", alice, at=day(7))
        append("body.read", bob, at=day(7))
        append("session.signed_in", bob, at=day(1, 0, month=4))
        append("key.added", at=day(28, 23, month=2))
        counts = report_of(MARCH).counts
        assert counts.requests == {"ready": 1, "refused": 2}
        assert counts.requests_in_all == 3
        assert (counts.images_made, counts.people) == (1, 2)
        assert (counts.sign_ins, counts.failed_sign_ins) == (3, 2)
        assert (counts.key_changes, counts.exports, counts.role_changes) == (3, 2, 3)
        assert counts.events == 22 + 2 + 3

    def test_nothing_is_nought(self) -> None:
        counts = report_of(MARCH).counts
        assert (counts.events, counts.people, counts.images_made, counts.requests) == (0, 0, 0, {})

    def test_only_up_to_the_event_that_the_sign_off_covers(self) -> None:
        first = append("session.signed_in", at=day(1))
        append("session.signed_in", at=day(2))
        append("access.refused", at=day(2))
        report = report_of(MARCH, through=first.sequence)
        assert (report.counts.sign_ins, report.exceptions.total) == (1, 0)


def exceptions() -> Exceptions:
    return exceptions_in(AuditEvent.objects.all())


class TestExceptions:
    @pytest.mark.parametrize(
        "action",
        [
            "request.unknown",
            "request.settled",
            "request.overdue",
            "request.refused",
            "request.failed",
            "request.not_made",
            "request.gone",
            "request.turned_away",
            "access.refused",
            "ledger.acknowledged",
            "ledger.broken",
            "guards.restored",
            "retention.applied",
            "settings.changed",
        ],
    )
    def test_what_is_out_of_the_ordinary_is_listed(self, alice: User, action: str) -> None:
        event = append(action, alice, at=day(3))
        (line,) = exceptions().lines
        assert (line.sequence, line.at, line.who) == (event.sequence, event.at, "alice")
        assert line.sentence

    def test_the_ordinary_is_not(self, alice: User) -> None:
        for action in ("request.recorded", "request.ready", "session.signed_in", "key.added"):
            append(action, alice, at=day(3))
        assert exceptions().total == 0

    def test_an_outcome_that_was_lost_is_one_also_after_the_image_was_found(
        self, alice: User
    ) -> None:
        asked = make_request(make_key(alice), state=State.READY, recorded_at=day(3))
        reason = {"reason": Reason.TIMEOUT}
        target = asked.image_name
        lost = append("request.unknown", at=day(3), request=asked, target=target, facts=reason)
        for action in ("request.adopted", "request.ready"):
            append(action, at=day(3), request=asked, target=target)
        (line,) = exceptions().lines
        assert (line.sequence, line.target) == (lost.sequence, target)
        assert line.sentence == "SCP did not answer within the time limit."

    def test_more_than_can_be_listed_are_counted(self) -> None:
        for _ in range(LISTED_AT_MOST + 3):
            append("request.refused", at=day(3))
        found = exceptions()
        assert (len(found.lines), found.total, found.unlisted) == (200, 203, 3)
        assert found.as_json() == {"total": 203, "sequences": list(range(1, 201))}

    def test_what_a_role_forbids_again_and_again_is_one_line(self, bob: User, alice: User) -> None:
        append("access.refused", alice, at=day(3, 9))
        for minute in range(0, 50, 10):
            append("access.refused", bob, at=day(3, minute=minute))
        append("access.refused", bob, at=day(4))
        found = exceptions()
        told = [(line.sequence, line.who) for line in found.lines]
        assert told == [(1, "alice"), (2, "bob"), (7, "bob")]
        assert found.total == 3
        assert found.lines[1].sentence == (
            "Asked 5 times within 40 min 0 s for what the role does not allow."
        )

    def test_refusals_alone_are_listed_in_their_order_and_all_counted(self) -> None:
        for hour in range(LISTED_AT_MOST + 1):
            append("access.refused", at=day(1) + timedelta(hours=hour))
        found = exceptions()
        assert (len(found.lines), found.total) == (200, 201)

    def test_they_cost_the_same_however_many(self, alice: User) -> None:
        counts = []
        for _ in range(2):
            for _ in range(10):
                append("access.refused", alice, at=day(3))
                append("session.failed", at=day(3), address="192.0.2.1")
            with CaptureQueriesContext(connection) as queries:
                exceptions()
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestClusters:
    def fail(self, minutes: list[int], *, account: str = "", address: str = "") -> list[int]:
        return [
            append(
                "session.failed",
                at=day(3, minute=0) + timedelta(minutes=minute),
                target=account,
                address=address,
            ).sequence
            for minute in minutes
        ]

    def test_five_soon_after_each_other_are_one_line(self) -> None:
        first, *_rest = self.fail([0, 9, 18, 27, 36], address="192.0.2.1", account="a")
        (line,) = exceptions().lines
        assert (line.sequence, line.who) == (first, "192.0.2.1")
        assert line.sentence == (
            "5 sign-ins in a row were refused within 36 min 0 s, at 1 known account."
        )

    @pytest.mark.parametrize("minutes", [[0, 1, 2, 3], [0, 1, 2, 13, 14, 15], [0, 11, 22, 33, 44]])
    def test_fewer_or_far_between_are_slips(self, minutes: list[int]) -> None:
        self.fail(minutes, address="192.0.2.1")
        assert exceptions().total == 0

    def test_a_pause_parts_two_rows(self) -> None:
        self.fail([*range(5), *range(30, 36)], address="192.0.2.1")
        assert [line.sequence for line in exceptions().lines] == [1, 6]

    def test_one_account_from_many_addresses_is_seen_too(self) -> None:
        for number in range(6):
            self.fail([number], account="a", address=f"192.0.2.{number}")
        (line,) = exceptions().lines
        assert (line.sequence, line.who) == (1, "Several addresses")

    def test_many_accounts_from_one_address_are_told_once(self) -> None:
        for number in range(6):
            self.fail([number], account="a" if number % 2 else "b", address="192.0.2.1")
        (line,) = exceptions().lines
        assert "at 2 known accounts." in line.sentence

    def test_without_address_and_account_nobody_is_suspected(self) -> None:
        self.fail([0, 1, 2, 3, 4, 5])
        assert exceptions().total == 0


class TestSigning:
    def test_is_an_event_over_a_checkpoint_of_its_own(self, bob: User, alice: User) -> None:
        make_request(make_key(alice), state=State.READY, recorded_at=day(3))
        append("request.ready", at=day(3))
        refused = append("access.refused", alice, at=day(3))
        token = uuid.uuid4()
        signed = sign(actor=bob, month=MARCH, comment="All is well.", token=token)
        checkpoint = Checkpoint.objects.get()
        assert signed.is_first
        assert (signed.event.action, signed.event.actor) == (SIGNED, bob)
        assert (signed.event.target, signed.event.sequence) == ("2026-03", 3)
        assert signed.event.facts == {
            "month": "2026-03",
            "through": 2,
            "root": checkpoint.root_hex,
            "counts": {
                "events": 2,
                "requests": {"ready": 1},
                "images_made": 0,
                "people": 1,
                "sign_ins": 0,
                "failed_sign_ins": 0,
                "key_changes": 0,
                "exports": 0,
                "role_changes": 0,
            },
            "exceptions": {"total": 1, "sequences": [refused.sequence]},
            "comment": "All is well.",
            "token": str(token),
        }
        assert checkpoint.size == 2
        assert AuditEvent.objects.root_at(2) == bytes(checkpoint.root)

    def test_twice_with_one_token_signs_once(self, bob: User) -> None:
        append("session.signed_in", at=day(3))
        token = uuid.uuid4()
        first = sign(actor=bob, month=MARCH, comment="first", token=token)
        second = sign(actor=bob, month=MARCH, comment="second", token=token)
        assert (second.is_first, second.event) == (False, first.event)
        assert AuditEvent.objects.filter(action=SIGNED).count() == 1

    def test_again_with_another_token_is_another_sign_off(self, bob: User) -> None:
        append("session.signed_in", at=day(3))
        for comment in ("first", "second"):
            sign(actor=bob, month=MARCH, comment=comment, token=uuid.uuid4())
        comments = [event.facts["comment"] for event in sign_offs([MARCH])]
        assert comments == ["second", "first"]
        assert list(sign_offs([Month(2026, 4)])) == []

    def test_a_token_of_another_person_or_month_is_another_form(
        self, bob: User, dora: User
    ) -> None:
        append("session.signed_in", at=day(3))
        token = uuid.uuid4()
        for actor, month in ((bob, MARCH), (dora, MARCH), (bob, Month(2026, 4))):
            assert sign(actor=actor, month=month, comment="x", token=token).is_first

    def test_without_a_checkpoint_nothing_is_signed(
        self, bob: User, settings: Settings, tmp_path: Path
    ) -> None:
        append("session.signed_in", at=day(3))
        settings.LEDGER_STATE_FILE.parent.mkdir(parents=True)
        settings.LEDGER_STATE_FILE.write_text("nonsense")
        with pytest.raises(NotAllowed):
            sign(actor=bob, month=MARCH, comment="x", token=uuid.uuid4())
        settings.LEDGER_STATE_FILE.write_text(f'{{"size": 900, "root": "{"00" * 32}"}}')
        with pytest.raises(NotAllowed):
            sign(actor=bob, month=MARCH, comment="x", token=uuid.uuid4())
        (tmp_path / "a file").write_text("")
        settings.LEDGER_STATE_FILE = tmp_path / "a file" / "head.json"
        with pytest.raises(NotAllowed):
            sign(actor=bob, month=MARCH, comment="x", token=uuid.uuid4())
        assert not AuditEvent.objects.filter(action=SIGNED).exists()

    def test_the_sign_off_is_proven_by_the_next_checkpoint(self, bob: User) -> None:
        append("session.signed_in", at=day(3))
        event = sign(actor=bob, month=MARCH, comment="x", token=uuid.uuid4()).event
        assert checkpoints.publish().size == event.sequence

    def test_requests_of_any_number_cost_the_same(self, bob: User, alice: User) -> None:
        key, counts = make_key(alice), []
        append("session.signed_in", at=day(3))
        for many in (2, 10):
            for _ in range(many):
                make_request(key, state=State.READY, recorded_at=day(3))
            with CaptureQueriesContext(connection) as queries:
                report_of(MARCH)
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert ImageRequest.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_two_submits_at_once_sign_once(bob: User) -> None:
    append("session.signed_in", at=day(3))
    token, gate = uuid.uuid4(), threading.Barrier(2)
    found: list[SignOff] = []

    def submit() -> None:
        gate.wait()
        try:
            found.append(sign(actor=bob, month=MARCH, comment="x", token=token))
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.is_first for each in found) == [False, True]
    assert AuditEvent.objects.filter(action=SIGNED).count() == 1
