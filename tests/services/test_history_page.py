"""A page of the history: fifty rows by sequence, what lies beside them, and each row's words."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from images.filters import Filters
from images.models import AuditEvent, User
from images.services import checkpoints, people, retention
from images.services.history_page import (
    COUNTED_AT_MOST,
    PAGE_ROWS,
    HistoryPage,
    Row,
    keeping,
    page_of,
)
from images.vocabulary import Acts, Role
from tests.events import make_acts, make_event
from tests.long_history import fill
from tests.people import make_key, make_person, make_request

EVERYTHING = Filters(acts=Acts.ALL)


def sequences(page: HistoryPage) -> list[int]:
    return [row.event.sequence for row in page.rows]


def down(first: int, last: int) -> list[int]:
    return list(range(first, last - 1, -1))


class TestPages:
    @pytest.fixture
    def events(self, alice: User) -> list[AuditEvent]:
        return make_acts(120, alice)

    @pytest.mark.usefixtures("events")
    def test_the_newest_is_first_and_there_is_a_way_to_older_ones(self, bob: User) -> None:
        page = page_of(bob, EVERYTHING)
        assert sequences(page) == down(120, 71)
        assert (page.newer, page.older) == (None, 71)

    @pytest.mark.usefixtures("events")
    def test_older_and_newer_lead_there_and_back(self, bob: User) -> None:
        second = page_of(bob, EVERYTHING, before=71)
        assert (sequences(second), second.newer, second.older) == (down(70, 21), 70, 21)
        third = page_of(bob, EVERYTHING, before=21)
        assert (sequences(third), third.newer, third.older) == (down(20, 1), 20, None)
        back = page_of(bob, EVERYTHING, after=20)
        assert sequences(back) == sequences(second)
        assert (back.newer, back.older) == (70, 21)
        assert sequences(page_of(bob, EVERYTHING, after=70)) == down(120, 71)

    @pytest.mark.usefixtures("events")
    def test_less_than_a_page_above_is_the_newest_page(self, bob: User) -> None:
        for after in (71, 119, 120, 10**9):
            assert page_of(bob, EVERYTHING, after=after) == page_of(bob, EVERYTHING)

    @pytest.mark.usefixtures("events")
    def test_nothing_below_is_the_newest_page(self, bob: User) -> None:
        for before in (1, 0, -5):
            assert page_of(bob, EVERYTHING, before=before) == page_of(bob, EVERYTHING)

    @pytest.mark.usefixtures("events")
    def test_beyond_the_ends_no_way_leads_on(self, bob: User) -> None:
        assert page_of(bob, EVERYTHING, before=10**9).newer is None
        assert page_of(bob, EVERYTHING, after=0).older is None

    def test_an_exact_page_has_none_beside_it(self, bob: User, alice: User) -> None:
        make_acts(PAGE_ROWS, alice)
        page = page_of(bob, EVERYTHING)
        assert (len(page.rows), page.newer, page.older) == (PAGE_ROWS, None, None)

    def test_rows_do_not_slip_when_new_events_come(self, bob: User, alice: User) -> None:
        make_acts(120, alice)
        first = page_of(bob, EVERYTHING)
        make_acts(30, alice)
        second = page_of(bob, EVERYTHING, before=first.older)
        assert sequences(first) + sequences(second) == down(120, 21)
        assert second.newer == 70

    def test_pages_hold_what_the_filters_let_through(self, bob: User, alice: User) -> None:
        for _ in range(60):
            make_event("session.signed_in", actor=alice)
            make_event("request.status")
        first = page_of(bob, Filters())
        second = page_of(bob, Filters(), before=first.older)
        assert sequences(first) + sequences(second) == list(range(119, 0, -2))
        assert first.count == second.count == 60

    def test_nothing_is_an_empty_page(self, bob: User) -> None:
        assert page_of(bob, EVERYTHING) == HistoryPage(rows=[], newer=None, older=None, count=0)


@pytest.mark.django_db(transaction=True)
def test_walking_down_while_others_write_meets_each_event_once(bob: User, alice: User) -> None:
    make_acts(220, alice)
    stop, wrote = Event(), Event()

    def write() -> None:
        try:
            while not stop.is_set():
                make_event("session.signed_in", actor=alice)
                wrote.set()
        finally:
            connection.close()

    writer = Thread(target=write)
    writer.start()
    try:
        assert wrote.wait(20)
        met = [row.event.sequence for page in walk_down(bob) for row in page.rows]
    finally:
        stop.set()
        writer.join()
    assert met == down(met[0], 1)
    assert len(met) > 220


def walk_down(person: User) -> Iterator[HistoryPage]:
    page = page_of(person, EVERYTHING)
    yield page
    while page.older:
        page = page_of(person, EVERYTHING, before=page.older)
        yield page


class TestTheCount:
    def test_it_stops_at_one_more_than_it_says(self, bob: User) -> None:
        fill([make_person("p", Role.OPERATOR)], COUNTED_AT_MOST, until=timezone.now())
        whole = page_of(bob, EVERYTHING)
        make_event("request.status")
        more = page_of(bob, EVERYTHING)
        assert (whole.count, whole.has_more_than_counted) == (1_000, False)
        assert (more.counted, more.has_more_than_counted) == (1_000, True)
        make_event("request.status")
        assert page_of(bob, EVERYTHING).count == COUNTED_AT_MOST + 1

    def test_it_is_of_all_that_passes_and_not_of_the_page(self, bob: User, alice: User) -> None:
        make_acts(70, alice)
        assert page_of(bob, EVERYTHING, before=10).count == 70


class TestRows:
    def test_a_request_tells_key_and_place_as_they_were(self, alice: User, bob: User) -> None:
        key = make_key(alice, alias="now")
        asked = make_request(key, key_alias="then", region="kr-east1")
        row = only_row(make_event(actor=alice, request=asked, key=key), bob)
        assert (row.alias, row.place, row.subject) == ("then", asked, "")

    def test_a_key_alone_tells_them_as_they_are(self, alice: User, bob: User) -> None:
        key = make_key(alice, alias="blue")
        row = only_row(make_event("key.added", actor=alice, key=key, target="blue"), bob)
        assert (row.alias, row.place, row.subject) == ("blue", key, "")
        assert row.asked is None

    @pytest.mark.parametrize(
        "action",
        [
            "session.failed",
            "session.limited",
            "session.linked",
            "password.changed",
            "factor.removed",
            "person.added",
            "person.role_changed",
            "person.name_removed",
        ],
    )
    def test_the_person_whom_it_is_about_is_named(
        self, alice: User, bob: User, action: str
    ) -> None:
        event = make_event(action, target=str(alice.pk), by_page=True)
        assert only_row(event, bob).subject == "alice"
        people.remove_name(name="alice")
        assert only_row(event, bob).subject == "(name removed)"

    @pytest.mark.parametrize(
        ("action", "subject"),
        [
            ("password.changed", ""),
            ("session.linked", ""),
            ("factor.added", ""),
            ("person.role_changed", "alice"),
        ],
    )
    def test_who_acts_on_themself_is_named_once_where_the_sentence_says_so(
        self, alice: User, bob: User, action: str, subject: str
    ) -> None:
        row = only_row(make_event(action, actor=alice, target=str(alice.pk)), bob)
        assert (row.who, row.subject) == ("alice", subject)

    @pytest.mark.parametrize("target", ["", "not a pseudonym", str(User().pk)])
    def test_an_unknown_account_is_shown_as_it_stands(self, bob: User, target: str) -> None:
        event = make_event("session.failed", target=target, by_page=True)
        assert only_row(event, bob).subject == target

    def test_any_other_target_is_shown_when_nothing_else_tells_it(
        self, alice: User, bob: User
    ) -> None:
        assert only_row(make_event("review.signed", actor=bob, target="2026-03"), bob).subject == (
            "2026-03"
        )

    def test_an_expired_event_is_one_plain_sentence(self, alice: User, bob: User) -> None:
        event = make_event(actor=alice, at=timezone.now() - timedelta(days=6 * 366))
        retention.apply()
        row = only_row(event, bob)
        assert row.sentence == "Removed under the keeping rule; its proof is kept."
        assert (row.who, row.alias, row.place, row.subject, row.asked) == ("", "", None, "", None)

    def test_who_is_a_person_scp_the_console_or_nobody_known(self, alice: User, bob: User) -> None:
        events = {
            "alice": make_event("session.signed_in", actor=alice),
            "SCP": make_event("request.accepted", image_id="1"),
            "Console": make_event("request.sending"),
            "Not signed in": make_event("session.failed", by_page=True),
        }
        assert {who: only_row(event, bob).who for who, event in events.items()} == {
            who: who for who in events
        }


def test_a_page_costs_as_many_queries_for_ten_rows_as_for_fifty(bob: User) -> None:
    counts = []
    for more in (10, 40):
        for number in range(more):
            person = make_person(f"person-{more}-{number}", Role.OPERATOR)
            asked = make_request(make_key(person))
            action = "request.recorded" if number % 2 else "session.failed"
            make_event(action, actor=person, request=asked, target=str(person.pk))
        with CaptureQueriesContext(connection) as queries:
            for row in page_of(bob, EVERYTHING).rows:
                assert row.asked
                assert row.asked.badge.label
        counts.append(len(queries))
    assert counts == [2, 2]  # the rows; the names of the people whom they are about


class TestKeeping:
    def test_it_tells_the_rule_and_the_newest_checkpoint(
        self, alice: User, settings: Settings
    ) -> None:
        settings.RETENTION_YEARS = 7
        assert (keeping().years, keeping().checkpoint) == (7, None)
        make_acts(1, alice)
        checkpoints.publish()
        make_acts(1, alice)
        newest = checkpoints.publish()
        assert keeping().checkpoint == newest


def only_row(event: AuditEvent, person: User) -> Row:
    rows = page_of(person, EVERYTHING).rows
    return next(row for row in rows if row.event.pk == event.pk)
