"""Turns: of many wake-ups for one request one looks, when it is time and the host may be asked."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from images.models import AccessKey, ImageRequest
from images.services import hosts, turns
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.services.asking import ask_for, fresh

PAUSE = timedelta(seconds=40)


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    """A request whose outcome is unknown, looked for twice, and due."""
    found = ask_for(alices_key, scp)
    due_at = timezone.now() - timedelta(seconds=1)
    ImageRequest.objects.filter(pk=found.pk).update(state=State.UNKNOWN, due_at=due_at, looks=2)
    return fresh(found)


def take(asked: ImageRequest) -> ImageRequest | None:
    return turns.take(asked.pk, State.UNKNOWN, lambda asked: PAUSE * asked.looks)


class TestWhoseTurn:
    def test_the_first_takes_it_and_moves_the_time_on(self, asked: ImageRequest) -> None:
        before = timezone.now()
        taken = take(asked)
        now = fresh(asked)
        assert taken is not None
        assert taken.looks == now.looks == 3
        assert now.last_look_at is not None
        assert now.last_look_at >= before
        assert now.due_at == now.last_look_at + PAUSE * 2

    def test_the_second_gets_nothing_and_changes_nothing(self, asked: ImageRequest) -> None:
        take(asked)
        before = fresh(asked)
        assert take(asked) is None
        assert (fresh(asked).looks, fresh(asked).due_at) == (before.looks, before.due_at)

    def test_of_two_that_read_the_same_row_one_wins(self, asked: ImageRequest) -> None:
        def another_is_quicker(asked: ImageRequest) -> timedelta:
            assert take(asked) is not None
            return PAUSE

        assert turns.take(asked.pk, State.UNKNOWN, another_is_quicker) is None
        assert fresh(asked).looks == 3

    @pytest.mark.parametrize("state", [State.ACCEPTED, State.NOT_MADE])
    def test_a_row_that_has_moved_on_is_nobodys(self, asked: ImageRequest, state: State) -> None:
        ImageRequest.objects.filter(pk=asked.pk).update(state=state)
        assert take(asked) is None
        assert fresh(asked).looks == 2

    @pytest.mark.parametrize("wait", [None, timedelta(seconds=30)])
    def test_before_its_time_there_is_none(
        self, asked: ImageRequest, wait: timedelta | None
    ) -> None:
        due_at = timezone.now() + wait if wait else None
        ImageRequest.objects.filter(pk=asked.pk).update(due_at=due_at)
        assert take(asked) is None
        assert fresh(asked).due_at == due_at

    def test_a_request_that_is_not_there_is_an_error(self, db: None) -> None:
        with pytest.raises(ImageRequest.DoesNotExist):
            turns.take(uuid.uuid4(), State.UNKNOWN, lambda asked: PAUSE)


class TestASilentHost:
    @pytest.mark.parametrize("wait", [timedelta(minutes=1), timedelta(hours=1)])
    def test_it_puts_the_look_off_and_counts_none(
        self, asked: ImageRequest, wait: timedelta
    ) -> None:
        hosts.silence(environment=asked.environment, region=asked.region, wait=wait)
        before = timezone.now()
        assert take(asked) is None
        now = fresh(asked)
        assert now.looks == 2
        assert now.due_at is not None
        put_off = now.due_at - before
        expected = min(wait, hosts.LONGEST_PUSH)
        assert expected - timedelta(seconds=2) < put_off < expected + timedelta(seconds=2)
