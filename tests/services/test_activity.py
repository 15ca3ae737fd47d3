"""What is under way for a person, and what was settled lately."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from images.models import AccessKey, User
from images.services.activity import DRAWER_ROWS, NEWS_ROWS, activity_of, news_of, open_rows
from images.vocabulary import SETTLED, State
from tests.people import make_key, make_request

Queries = Callable[[int], AbstractContextManager[object]]
HOUR = timedelta(hours=1)


class TestWhatIsUnderWay:
    def test_it_counts_ones_own_or_everybodys_and_nothing_without_a_role(
        self, alice: User, bob: User, charlie: User, dora: User, alices_key: AccessKey
    ) -> None:
        for state in (State.RECORDED, State.SENDING, State.ACCEPTED, State.UNKNOWN, State.READY):
            make_request(alices_key, state=state)
        make_request(make_key(dora), state=State.ACCEPTED)
        counted = {
            person.username: (activity_of(person).in_progress, activity_of(person).unknown)
            for person in (alice, bob, charlie, dora)
        }
        assert counted == {"alice": (3, 1), "bob": (4, 1), "charlie": (0, 0), "dora": (4, 1)}

    @pytest.mark.parametrize(("ages", "seconds"), [([], None), ([3600], 30), ([3600, 0], 3)])
    def test_the_youngest_says_when_to_look_again(
        self, alice: User, alices_key: AccessKey, ages: list[int], seconds: int | None
    ) -> None:
        for age in ages:
            make_request(alices_key, recorded_at=timezone.now() - timedelta(seconds=age))
        make_request(alices_key, state=State.READY)
        assert activity_of(alice).poll_seconds == seconds

    def test_two_queries_however_many_rows(
        self, alice: User, alices_key: AccessKey, django_assert_num_queries: Queries
    ) -> None:
        for count in (2, 9):
            for _ in range(count):
                make_request(alices_key)
                make_request(alices_key, state=State.READY, settled_at=timezone.now())
            with django_assert_num_queries(2):
                activity_of(alice)
            with django_assert_num_queries(1):
                assert [asked.actor.display_name for asked in open_rows(alice)]

    def test_the_drawer_shows_the_newest(self, alice: User, alices_key: AccessKey) -> None:
        start = timezone.now() - HOUR
        for number in range(DRAWER_ROWS + 1):
            at = start + timedelta(minutes=number)
            make_request(alices_key, image_name=f"image-{number}", recorded_at=at)
        names = [asked.image_name for asked in open_rows(alice)]
        assert names == [f"image-{number}" for number in range(DRAWER_ROWS, 0, -1)]


class TestNews:
    @pytest.mark.parametrize("state", sorted(State))
    def test_all_that_settled_but_what_one_withdrew_oneself(
        self, alice: User, alices_key: AccessKey, state: State
    ) -> None:
        make_request(alices_key, state=state, settled_at=timezone.now())
        is_news = state in SETTLED and state != State.CANCELLED
        assert len(news_of(alice, timezone.now())) == is_news

    def test_it_is_of_today_and_ones_own(
        self, alice: User, bob: User, dora: User, alices_key: AccessKey
    ) -> None:
        now = timezone.now()
        make_request(alices_key, state=State.READY, settled_at=now - 13 * HOUR)
        mine = make_request(alices_key, state=State.FAILED, settled_at=now - 11 * HOUR)
        assert news_of(alice, now) == [mine]
        assert news_of(bob, now) == news_of(dora, now) == []

    def test_it_is_short_and_the_newest_first(self, alice: User, alices_key: AccessKey) -> None:
        now = timezone.now()
        made = [
            make_request(alices_key, state=State.READY, settled_at=now - minutes * HOUR / 60)
            for minutes in range(NEWS_ROWS + 2)
        ]
        assert news_of(alice, now) == made[:NEWS_ROWS]
        assert news_of(alice, now, most=NEWS_ROWS + 1) == made[: NEWS_ROWS + 1]
