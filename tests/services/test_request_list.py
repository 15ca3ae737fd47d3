"""The list of requests: whose, in which group, and what the search finds."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from images.filters import RequestFilters
from images.models import AccessKey, ImageRequest, User
from images.services.request_list import counts_for, requests_for
from images.vocabulary import OwnReason, RequestGroup, State
from tests.people import make_key, make_request

HOUR = timedelta(hours=1)
Queries = Callable[[int], AbstractContextManager[object]]


def test_ones_own_everything_or_nothing(
    alice: User, bob: User, charlie: User, dora: User, alices_key: AccessKey
) -> None:
    mine = make_request(alices_key)
    doras = make_request(make_key(dora))
    assert list(requests_for(alice, RequestFilters())) == [mine]
    assert set(requests_for(bob, RequestFilters())) == {mine, doras}
    assert set(requests_for(dora, RequestFilters())) == {mine, doras}
    assert list(requests_for(charlie, RequestFilters())) == []


@pytest.mark.parametrize(
    "text",
    [
        "PORTAL",
        "kernel",
        "CHG-77",
        "7C9E6679-7425-40de-944b-e07fc1f90ae7",
        "0f8fad5b-d9cb",
        "wanted-image",
        "blue",
        "ALI",
    ],
)
def test_the_search_finds_the_one(bob: User, dora: User, alices_key: AccessKey, text: str) -> None:
    wanted = make_request(
        alices_key,
        server_name="portal-01",
        server_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
        image_id="0f8fad5b-d9cb-469f-a165-70867728950e",
        image_name="wanted-image",
        reason="kernel update",
        ticket="CHG-77",
        key_alias="blue key",
        state=State.FAILED,
    )
    make_request(make_key(dora))
    assert list(requests_for(bob, RequestFilters(text=text))) == [wanted]


def test_the_newest_is_first(bob: User, alices_key: AccessKey) -> None:
    older = make_request(alices_key, recorded_at=timezone.now() - timedelta(days=1))
    newer = make_request(alices_key)
    assert list(requests_for(bob, RequestFilters())) == [newer, older]


G = RequestGroup


@pytest.mark.parametrize(
    ("changes", "groups"),
    [
        ({"state": State.RECORDED}, {G.IN_PROGRESS}),
        ({"state": State.SENDING}, {G.IN_PROGRESS}),
        ({"state": State.ACCEPTED}, {G.IN_PROGRESS}),
        ({"state": State.UNKNOWN}, {G.NEEDS_LOOK}),
        ({"state": State.GONE}, {G.NEEDS_LOOK}),
        ({"state": State.READY}, {G.READY}),
        ({"state": State.REFUSED}, {G.ENDED_BADLY}),
        ({"state": State.FAILED}, {G.ENDED_BADLY}),
        ({"state": State.NOT_MADE}, {G.ENDED_BADLY}),
        (
            {"state": State.NOT_MADE, "outcome_reason": OwnReason.LATE_IMAGE},
            {G.NEEDS_LOOK},
        ),
        ({"state": State.CANCELLED}, {G.WITHDRAWN}),
    ],
)
def test_each_state_has_its_chip(
    bob: User, alices_key: AccessKey, changes: dict[str, str], groups: set[RequestGroup]
) -> None:
    assert groups_of(make_request(alices_key, **changes), bob) == groups | {G.ALL}


@pytest.mark.parametrize("answered", [True, False])
def test_one_that_is_late_needs_a_look_and_is_still_in_progress(
    bob: User, alices_key: AccessKey, answered: bool
) -> None:
    long_ago = timezone.now() - HOUR
    late = make_request(
        alices_key,
        state=State.ACCEPTED,
        recorded_at=long_ago,
        answered_at=long_ago if answered else None,
    )
    assert late.is_overdue
    assert groups_of(late, bob) == {G.IN_PROGRESS, G.NEEDS_LOOK, G.ALL}


def test_one_that_was_answered_late_is_not_late_itself(bob: User, alices_key: AccessKey) -> None:
    asked = make_request(
        alices_key,
        state=State.ACCEPTED,
        recorded_at=timezone.now() - HOUR,
        answered_at=timezone.now(),
    )
    assert not asked.is_overdue
    assert groups_of(asked, bob) == {G.IN_PROGRESS, G.ALL}


def test_the_chips_count_what_they_lead_to_in_one_query(
    alice: User, bob: User, dora: User, alices_key: AccessKey, django_assert_num_queries: Queries
) -> None:
    long_ago = timezone.now() - HOUR
    make_request(alices_key, state=State.ACCEPTED, answered_at=long_ago, recorded_at=long_ago)
    for state in (State.READY, State.REFUSED, State.NOT_MADE, State.CANCELLED, State.UNKNOWN):
        make_request(alices_key, state=state)
    make_request(make_key(dora), state=State.READY, server_name="db01")
    for person, text in ((alice, ""), (bob, ""), (bob, "db01")):
        with django_assert_num_queries(1):
            counts = counts_for(person, text)
        listed = {group: requests_for(person, RequestFilters(group, text)) for group in G}
        assert counts == {group: len(found) for group, found in listed.items()}
    assert counts_for(bob)[G.READY] == 2


def groups_of(asked: ImageRequest, person: User) -> set[RequestGroup]:
    return {group for group in RequestGroup if asked in requests_for(person, RequestFilters(group))}
