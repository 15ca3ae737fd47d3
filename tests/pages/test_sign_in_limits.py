"""Too many tries: counted per account and per address for all processes, told once."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import AuditEvent, User
from tests.pages.reading import Answer, links, words
from tests.people import PASSWORD, Browse

pytestmark = pytest.mark.django_db

LOGIN, PROOF = reverse("account_login"), reverse("account_reauthenticate")
WINDOW = timedelta(minutes=5, seconds=1)


def sign_in(name: str, password: str, address: str = "192.0.2.1") -> Answer:
    return Client().post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address)


def statuses(name: str, password: str, *, count: int, at: str = "192.0.2.{}") -> list[int]:
    return [
        sign_in(name, password, at.format(number)).status_code for number in range(1, count + 1)
    ]


def limits() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="session.limited"))


class TestAnAccount:
    def test_it_is_guessed_at_ten_times_from_wherever(self, alice: User) -> None:
        assert statuses("alice", "a wrong password", count=13) == [200] * 10 + [429] * 3

    def test_then_even_the_right_password_waits(self, alice: User) -> None:
        statuses("alice", "a wrong password", count=10)
        assert sign_in("alice", PASSWORD, "198.51.100.1").status_code == 429

    def test_others_are_let_in_meanwhile(self, alice: User, bob: User) -> None:
        statuses("alice", "a wrong password", count=11)
        assert sign_in("bob", PASSWORD).status_code == 302

    def test_after_five_minutes_it_goes_on(self, alice: User) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            statuses("alice", "a wrong password", count=11)
            clock.shift(WINDOW)
            assert sign_in("alice", PASSWORD).status_code == 302

    def test_right_passwords_do_not_count(self, alice: User) -> None:
        assert statuses("alice", PASSWORD, count=12) == [302] * 12

    def test_a_name_in_capitals_is_the_same_account(self, alice: User) -> None:
        statuses("alice", "a wrong password", count=10)
        assert sign_in("ALICE", "a wrong password", "198.51.100.1").status_code == 429

    def test_another_spelling_of_the_host_counts_alike(self, alice: User) -> None:
        hosts = [f"testserver:{number}" for number in range(1, 6)] + ["TestServer"] * 5
        sent = {"username": "alice", "password": "a wrong password"}
        for number, host in enumerate(hosts, start=1):
            Client(REMOTE_ADDR=f"192.0.2.{number}").post(LOGIN, sent, headers={"Host": host})
        assert sign_in("alice", PASSWORD, "198.51.100.1").status_code == 429

    def test_a_name_that_nobody_has_is_counted_alike(self, alice: User) -> None:
        assert statuses("nobody", "wrong", count=12) == [200] * 10 + [429] * 2

    def test_one_event_tells_of_a_flood(self, alice: User) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            statuses("alice", "a wrong password", count=16)
            assert [(each.target, each.facts) for each in limits()] == [
                (str(alice.pk), {"path": LOGIN})
            ]
            clock.shift(WINDOW)
            statuses("alice", "a wrong password", count=16)
        assert len(limits()) == 2


class TestAnAddress:
    def test_it_guesses_twenty_times_whichever_the_account(self, db: None) -> None:
        met = [sign_in(f"name{number}", "wrong").status_code for number in range(22)]
        assert met == [200] * 20 + [429] * 2
        assert sign_in("name0", "wrong", "192.0.2.2").status_code == 200
        assert [(each.target, each.address) for each in limits()] == [("", "192.0.2.1")]

    def test_it_sends_the_form_thirty_times_a_minute(self, alice: User) -> None:
        browser = Client()
        met = [browser.post(LOGIN).status_code for _ in range(32)]
        assert met == [200] * 30 + [429] * 2
        assert len(limits()) == 1
        assert browser.get(LOGIN).status_code == 200


class TestThePage:
    def test_it_says_so_and_when_to_come_back(self, alice: User) -> None:
        statuses("alice", "a wrong password", count=10)
        answer = sign_in("alice", PASSWORD)
        assert "There were too many tries in a short time" in words(answer)
        assert answer["Retry-After"] == "300"
        assert "/" in links(answer)

    def test_the_proof_is_limited_as_well(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        met = [browser.post(PROOF, {"password": "wrong"}).status_code for _ in range(12)]
        assert met == [200] * 10 + [429] * 2
        assert [(each.target, each.facts) for each in limits()] == [
            (str(alice.pk), {"path": PROOF})
        ]


def test_the_counts_are_in_the_database_where_every_process_reads_them(alice: User) -> None:
    sign_in("alice", "a wrong password")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM console_cache")
        assert cursor.fetchone()[0] > 0
    cache.clear()
