"""A flood of sign-ins: two passwords are hashed at a time, a few wait, the rest is told so."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from images import hashing
from images.models import User
from tests.pages.reading import words
from tests.people import PASSWORD


@pytest.fixture(autouse=True)
def steady(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["images.hashing.SteadyHasher"]


@pytest.fixture
def full() -> Iterator[None]:
    """All places are taken, and all that may wait do."""
    with ExitStack() as taken:
        for _ in range(hashing.AT_ONCE + hashing.MAY_WAIT):
            hashing._room.acquire()
            taken.callback(hashing._room.release)
        yield


def test_it_is_argon2(db: None) -> None:
    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$")
    assert check_password(PASSWORD, encoded)
    assert not check_password("another", encoded)


def test_many_at_once_are_done_or_refused_and_leave_no_place_taken() -> None:
    done: Counter[str] = Counter()
    begin = threading.Barrier(12)

    def hash_one() -> None:
        begin.wait()
        try:
            make_password(PASSWORD)
        except hashing.TooBusy:
            done["refused"] += 1
        else:
            done["hashed"] += 1

    threads = [threading.Thread(target=hash_one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.total() == 12
    assert done["hashed"] >= hashing.AT_ONCE + hashing.MAY_WAIT
    assert done["refused"] >= 1
    assert make_password(PASSWORD)


@pytest.mark.django_db
class TestThePage:
    def test_whoever_comes_now_is_told_at_once(self, alice: User, full: None) -> None:
        answer = Client().post(
            reverse("account_login"), {"username": "alice", "password": PASSWORD}
        )
        assert answer.status_code == 503
        assert answer["Retry-After"] == "5"
        assert "this one was not looked at" in words(answer)

    def test_pages_are_shown_meanwhile(self, full: None) -> None:
        assert Client().get(reverse("account_login")).status_code == 200


@pytest.mark.django_db
def test_an_unknown_name_takes_as_long_as_a_wrong_password(alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    taken = {"alice": 0.0, "nobody": 0.0}
    for _ in range(3):
        for name in taken:
            began = time.process_time()
            answer = Client().post(
                reverse("account_login"), {"username": name, "password": "wrong"}
            )
            assert answer.status_code == 200
            taken[name] += time.process_time() - began
    assert 0.5 < taken["alice"] / taken["nobody"] < 2
