"""The last 30 days: whose, of which day, with which end, and how long it took."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from images import charts
from images.models import AccessKey, User
from images.overview_report import overview_report
from images.services.overview import DAYS, SERVER_ROWS, overview_of
from images.vocabulary import OwnReason, RequestGroup, State
from tests.people import make_key, make_request

Queries = Callable[[int], AbstractContextManager[object]]
SEOUL = ZoneInfo("Asia/Seoul")
NOON = datetime(2026, 11, 23, 12, tzinfo=SEOUL)
G = RequestGroup


@pytest.fixture(autouse=True)
def noon() -> object:
    with time_machine.travel(NOON, tick=False):
        yield


def test_a_day_is_one_of_the_consoles_zone(alice: User, alices_key: AccessKey) -> None:
    midnight = NOON.replace(hour=0)
    moment = timedelta(seconds=1)
    for at in (midnight, midnight - moment, midnight - timedelta(days=29)):
        make_request(alices_key, recorded_at=at, state=State.READY)
    make_request(alices_key, recorded_at=midnight - timedelta(days=29) - moment)
    overview = overview_of(alice)
    assert len(overview.days) == DAYS
    counted = {str(day.day): day.total for day in overview.days if day.total}
    assert counted == {"2026-10-25": 1, "2026-11-22": 1, "2026-11-23": 1}
    assert overview.total == 3


@pytest.mark.parametrize(
    ("state", "group"),
    [
        (State.RECORDED, G.IN_PROGRESS),
        (State.SENDING, G.IN_PROGRESS),
        (State.ACCEPTED, G.IN_PROGRESS),
        (State.UNKNOWN, G.NEEDS_LOOK),
        (State.GONE, G.NEEDS_LOOK),
        (State.READY, G.READY),
        (State.REFUSED, G.ENDED_BADLY),
        (State.FAILED, G.ENDED_BADLY),
        (State.NOT_MADE, G.ENDED_BADLY),
        (State.CANCELLED, G.WITHDRAWN),
    ],
)
def test_each_state_has_one_group(
    alice: User, alices_key: AccessKey, state: State, group: RequestGroup
) -> None:
    make_request(alices_key, state=state)
    counted = {each: count for each, count in overview_of(alice).outcomes.items() if count}
    assert counted == {group: 1}


def test_an_image_that_came_late_needs_a_look(alice: User, alices_key: AccessKey) -> None:
    make_request(alices_key, state=State.NOT_MADE, outcome_reason=OwnReason.LATE_IMAGE)
    assert overview_of(alice).outcomes[G.NEEDS_LOOK] == 1


def test_it_tells_what_one_may_read(
    alice: User, bob: User, charlie: User, dora: User, alices_key: AccessKey
) -> None:
    make_request(alices_key)
    make_request(make_key(dora))
    totals = [overview_of(person).total for person in (alice, bob, dora, charlie)]
    assert totals == [1, 2, 2, 0]


def test_two_queries_however_many_rows(
    bob: User, alices_key: AccessKey, django_assert_num_queries: Queries
) -> None:
    for count in (1, 20):
        for number in range(count):
            took(alices_key, f"web{number % 4}", 12)
        with django_assert_num_queries(2):
            overview_of(bob)


class TestTimes:
    def test_servers_with_three_images_and_the_busiest_first(
        self, alice: User, alices_key: AccessKey
    ) -> None:
        for name, minutes in (("db", [9, 10, 30]), ("web", [1, 2, 3, 4]), ("rare", [5, 5])):
            for each in minutes:
                took(alices_key, name, each)
        found = overview_of(alice).servers
        assert [(each.name, each.count) for each in found] == [("web", 4), ("db", 3)]
        assert (found[1].low, found[1].middle, found[1].high) == (540, 600, 1800)

    def test_a_few_servers_are_enough(self, alice: User, alices_key: AccessKey) -> None:
        for name in "abcdefgh":
            for _ in range(3):
                took(alices_key, name, 5)
        assert [each.name for each in overview_of(alice).servers] == list("abcdefgh")[:SERVER_ROWS]


class TestReport:
    def test_without_requests_there_is_none(self, alice: User) -> None:
        assert overview_report(overview_of(alice)) is None

    def test_it_tells_in_words_what_it_draws(self, alice: User, alices_key: AccessKey) -> None:
        for minutes in (12.5, 13, 17.5):
            took(alices_key, "web", minutes)
        make_request(alices_key, state=State.FAILED, recorded_at=NOON - timedelta(days=2))
        with translation.override("en"):
            report = overview_report(overview_of(alice))
        assert report
        assert report.total_sentence == "4 requests in the last 30 days"
        assert report.days_sentence == "At most 3 requests a day, on 2026-11-22"
        assert [(each.label, each.count) for each in report.outcomes] == [
            ("Ready", 3),
            ("Refused or failed", 1),
        ]
        told = [(str(row.day), row.counts) for row in report.days]
        assert told == [("2026-11-22", [3, 0]), ("2026-11-21", [0, 1])]
        assert [(row.name, row.sentence) for row in report.servers] == [("web", "12 to 18 min")]
        assert len(report.columns) == 2

    def test_quick_ones_are_under_a_minute(self, alice: User, alices_key: AccessKey) -> None:
        for _ in range(3):
            took(alices_key, "web", 0.5)
        with translation.override("en"):
            report = overview_report(overview_of(alice))
        assert report
        assert [row.sentence for row in report.servers] == ["under 1 min"]


class TestCharts:
    def test_columns_share_one_scale_and_stay_inside(self) -> None:
        boxes = charts.columns([[("ready", 4), ("bad", 4)], [], [("ready", 2), ("bad", 0)]])
        drawn = [(box.kind, box.x, box.y, box.height) for box in boxes]
        assert drawn == [
            ("ready", "0", "28", "28"),
            ("bad", "0", "0", "28"),
            ("ready", "20", "42", "14"),
        ]

    def test_one_among_a_thousand_is_seen(self) -> None:
        boxes = charts.columns([[("ready", 1000), ("bad", 1)]])
        assert all(float(box.height) >= 1.5 for box in boxes)
        assert all(float(box.y) >= 0 for box in boxes)
        assert [box.width for box in charts.row([("ready", 1000), ("bad", 1)])] == ["198.8", "1.5"]

    def test_nothing_is_drawn_of_nothing(self) -> None:
        assert charts.columns([]) == charts.columns([[]]) == charts.row([]) == []
        assert charts.span(0, 0, 0, most=0).x == "0"

    def test_a_span_lies_on_its_rail(self) -> None:
        span = charts.span(300, 600, 600, most=600)
        assert (span.x, span.width, span.middle) == ("100", "100", "198.5")


def took(key: AccessKey, server: str, minutes: float) -> None:
    start = timezone.now() - timedelta(days=1)
    make_request(
        key,
        server_name=server,
        server_id=f"00000000-0000-4000-8000-{server:0>12}",
        state=State.READY,
        recorded_at=start,
        settled_at=start + timedelta(minutes=minutes),
    )
