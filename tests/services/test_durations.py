"""How long images usually take: of this server, else of its region, else nothing is said."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from images.models import AccessKey, ImageRequest
from images.services.durations import Usual, middle_of, usual_of
from images.usual_sentence import usual_sentence
from images.vocabulary import State
from tests.people import make_request

WEB = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def made(key: AccessKey, *minutes: float, **changes: object) -> None:
    """Store ready images that took so long, a day apart, the first one the newest."""
    for day, each in enumerate(minutes):
        start = timezone.now() - timedelta(days=day + 1)
        end = start + timedelta(minutes=each)
        values = {"state": State.READY, "recorded_at": start, "settled_at": end, **changes}
        make_request(key, **values)


@pytest.fixture
def waiting(alices_key: AccessKey) -> ImageRequest:
    return make_request(alices_key, state=State.ACCEPTED, server_id=WEB)


def test_three_of_the_server_are_enough(waiting: ImageRequest, alices_key: AccessKey) -> None:
    made(alices_key, 12.4, 14, 17.2, server_id=WEB)
    made(alices_key, 90, 90, 90)
    assert usual_of(waiting) == Usual(12, 18, is_of_server=True)


def test_two_are_not_and_the_region_answers(waiting: ImageRequest, alices_key: AccessKey) -> None:
    made(alices_key, 12, 13, server_id=WEB)
    assert usual_of(waiting) is None
    made(alices_key, 30)
    assert usual_of(waiting) == Usual(12, 30, is_of_server=False)


def test_other_regions_and_other_ends_tell_nothing(
    waiting: ImageRequest, alices_key: AccessKey
) -> None:
    made(alices_key, 5, 5, 5, region="kr-east1")
    made(alices_key, 5, 5, 5, environment="g")
    made(alices_key, 5, 5, 5, state=State.FAILED)
    make_request(alices_key, state=State.READY, settled_at=None)
    assert usual_of(waiting) is None


def test_an_outlier_and_what_is_long_past_do_not_count(
    waiting: ImageRequest, alices_key: AccessKey
) -> None:
    made(alices_key, *[10.5] * 18, 300, 0.2, *[600] * 30, server_id=WEB)
    assert usual_of(waiting) == Usual(10, 11, is_of_server=True)


def test_a_part_of_a_minute_is_one(waiting: ImageRequest, alices_key: AccessKey) -> None:
    made(alices_key, 0.3, 0.4, 2.5, server_id=WEB)
    assert usual_of(waiting) == Usual(1, 3, is_of_server=True)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [([1.0], (1, 1)), ([1.0, 2, 3], (1, 3)), ([float(n) for n in range(11)], (2, 8))],
)
def test_the_middle(values: list[float], bounds: tuple[float, float]) -> None:
    assert middle_of(values) == bounds


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        (12, 18, "Usually 12 to 18 minutes for this server"),
        (12, 13, "Usually about 13 minutes for this server"),
        (1, 1, "Usually less than a minute for this server"),
    ],
)
def test_the_words(low: int, high: int, sentence: str) -> None:
    with translation.override("en"):
        assert usual_sentence(Usual(low, high, is_of_server=True)) == sentence
        of_all = sentence.replace("for this server", "in this region")
        assert usual_sentence(Usual(low, high, is_of_server=False)) == of_all
        assert usual_sentence(None) == ""
