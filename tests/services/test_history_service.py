"""The history: which events a person may read, and what each filter finds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.filters import Filters
from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.origin import NOWHERE, Origin, set_origin
from images.services import people, retention
from images.services.history import events_for, events_visible_to
from images.vocabulary import Acts, State
from tests.events import make_event
from tests.people import make_key, make_request

EVERYTHING = Filters(acts=Acts.ALL)
SERVER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
IMAGE = "0f8fad5b-d9cb-469f-a165-70867728950e"


def seoul(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=ZoneInfo("Asia/Seoul"))


class TestTheEvents:
    def test_they_are_never_changed(self, db: None) -> None:
        event = make_event("request.status", target="n")
        assert str(event) == "request.status n"
        with pytest.raises(TypeError):
            event.save()
        with pytest.raises(TypeError):
            event.delete()

    @pytest.mark.django_db(transaction=True)
    def test_without_a_transaction_there_is_none(self) -> None:
        with pytest.raises(transaction.TransactionManagementError):
            AuditEvent.objects.append("key.tested", actor=None)
        assert not AuditEvent.objects.exists()

    def test_they_keep_where_the_act_came_from(self, db: None) -> None:
        set_origin(Origin("192.0.2.7", "request-1"))
        try:
            with AuditEvent.objects.act():
                event = AuditEvent.objects.append("request.status", actor=None)
        finally:
            set_origin(NOWHERE)
        assert (event.address, event.http_request_id) == ("192.0.2.7", "request-1")


class TestWhoReadsWhat:
    def test_who_reads_all_reads_every_event_newest_first(
        self, alice: User, bob: User, dora: User
    ) -> None:
        events = [
            make_event("session.signed_in", actor=alice),
            make_event("session.failed", by_page=True),
            make_event("request.status", request=make_request(make_key(alice))),
            make_event("person.added", target=str(alice.pk)),
        ]
        for person in (bob, dora):
            assert list(events_visible_to(person)) == events[::-1]

    def test_an_operator_reads_ones_own_acts_requests_and_keys(
        self, alice: User, bob: User, dora: User
    ) -> None:
        key = make_key(alice)
        mine = [
            make_event("session.signed_in", actor=alice),
            make_event("request.status", request=make_request(key)),
            make_event("request.settled", actor=dora, request=make_request(key)),
            make_event("key.tested", key=key),
        ]
        theirs = make_key(dora)
        make_event("session.signed_in", actor=dora)
        make_event("request.status", request=make_request(theirs))
        make_event("key.tested", key=theirs)
        make_event("session.failed", by_page=True, target=str(alice.pk))
        make_event("retention.applied")
        assert list(events_visible_to(alice)) == mine[::-1]
        assert list(events_for(alice, EVERYTHING)) == mine[::-1]

    def test_no_filter_is_a_way_around(self, alice: User, dora: User) -> None:
        make_event("request.recorded", actor=dora, request=make_request(make_key(dora)))
        for filters in (
            replace(EVERYTHING, person="dora"),
            replace(EVERYTHING, server="web01"),
            replace(EVERYTHING, text="update"),
            replace(EVERYTHING, place="e"),
            replace(EVERYTHING, alias="key"),
            replace(EVERYTHING, state=State.RECORDED),
        ):
            assert not events_for(alice, filters).exists()

    def test_without_a_role_or_a_login_there_is_nothing(self, alice: User, charlie: User) -> None:
        make_event("session.signed_in", actor=charlie)
        make_event("session.signed_in", actor=alice)
        alice.is_active = False
        for person in (charlie, alice):
            assert not events_for(person, EVERYTHING).exists()


class TestPeopleAndTheMachine:
    def test_each_shows_what_it_says(self, alice: User, bob: User) -> None:
        asked = make_request(make_key(alice))
        recorded = make_event("request.recorded", actor=alice, request=asked)
        status = make_event("request.status", request=asked)
        failed = make_event("session.failed", by_page=True)
        unpaged = make_event("key.tested", actor=alice, by_page=False)
        assert shown(bob, Filters()) == {recorded, failed, unpaged}
        assert shown(bob, Filters(acts=Acts.MACHINE)) == {status}
        assert shown(bob, EVERYTHING) == {recorded, status, failed, unpaged}

    def test_an_expired_event_shows_beside_peoples_acts_for_nobody_knows_whose_it_was(
        self, alice: User, bob: User
    ) -> None:
        old = timezone.now() - timedelta(days=6 * 366)
        expired = {make_event(actor=alice, at=old), make_event("request.status", at=old)}
        retention.apply()
        run = AuditEvent.objects.get(action="retention.applied")
        assert shown(bob, Filters()) == expired
        assert shown(bob, Filters(acts=Acts.MACHINE)) == {run}
        assert shown(bob, EVERYTHING) == {*expired, run}
        assert shown(bob, Filters(person="alice")) == shown(alice, EVERYTHING) == set()


class TestTheFilters:
    @pytest.fixture
    def wanted(self, alice: User, dora: User) -> AuditEvent:
        """The one event that every filter below is to find, among others."""
        alice.first_name, alice.last_name = "Min-ji", "Kim"
        alice.save()
        asked = make_request(
            make_key(alice, alias="blue key", region="kr-east1"),
            server_name="portal-01",
            server_id=SERVER,
            image_id=IMAGE,
            image_name="wanted-image",
            reason="kernel update",
            ticket="CHG-77",
            state=State.FAILED,
        )
        others = make_key(dora, alias="red one")
        make_event(actor=dora, request=make_request(others), at=seoul(5))
        make_event("key.tested", actor=dora, key=others, at=seoul(5))
        make_event("session.signed_in", actor=dora, at=seoul(6))
        return make_event(actor=alice, request=asked, target="wanted-target", at=seoul(2))

    @pytest.mark.parametrize(
        "filters",
        [
            Filters(since=seoul(1), until=seoul(3)),
            Filters(until=seoul(2, 13)),
            Filters(person="ALI"),
            Filters(person="min-ji kim"),
            Filters(server="PORTAL"),
            Filters(server=SERVER.upper()),
            Filters(server=SERVER[:9]),
            Filters(image="Wanted"),
            Filters(image=IMAGE),
            Filters(state=State.FAILED),
            Filters(place="e/kr-east1"),
            Filters(alias="BLUE"),
            Filters(ticket="chg-7"),
            Filters(text="kernel"),
            Filters(text="CHG-77"),
            Filters(text="wanted-target"),
            Filters(text="portal"),
            Filters(text="wanted-image"),
            Filters(text="blue"),
            Filters(text="Kim"),
            Filters(text=IMAGE),
        ],
        ids=str,
    )
    def test_each_finds_the_one(self, bob: User, wanted: AuditEvent, filters: Filters) -> None:
        assert shown(bob, filters) == {wanted}
        assert filters.is_narrowed
        assert not filters.is_everything

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"since": seoul(3)},
            {"until": seoul(2)},
            {"person": "dora"},
            {"server": "other"},
            {"image": "other"},
            {"state": State.READY},
            {"place": "e/kr-west1"},
            {"place": "g"},
            {"alias": "red"},
            {"ticket": "CHG-78"},
            {"text": "other"},
            {"acts": Acts.MACHINE},
        ],
        ids=str,
    )
    def test_all_hold_together(
        self, bob: User, wanted: AuditEvent, changes: dict[str, Any]
    ) -> None:
        filters = Filters(
            since=seoul(1),
            until=seoul(3),
            person="alice",
            server="portal",
            image="wanted",
            state=State.FAILED,
            place="e",
            alias="blue",
            ticket="77",
            text="kernel",
        )
        assert shown(bob, replace(filters, **changes)) == (set() if changes.keys() else {wanted})

    def test_the_first_moment_belongs_to_a_period_and_the_last_does_not(
        self, alice: User, bob: User
    ) -> None:
        events = [make_event(actor=alice, at=seoul(day)) for day in (1, 2, 3)]
        assert shown(bob, Filters(since=seoul(1), until=seoul(3))) == set(events[:2])

    def test_a_person_is_found_by_the_whole_pseudonym(self, alice: User, bob: User) -> None:
        event = make_event(actor=alice)
        make_event(actor=bob)
        assert shown(bob, Filters(person=str(alice.pk))) == {event}
        assert shown(bob, Filters(person=str(uuid4()))) == set()

    def test_a_removed_name_is_found_no_more_but_the_pseudonym_is(
        self, alice: User, bob: User
    ) -> None:
        event = make_event(actor=alice)
        people.remove_name(name="alice")
        assert shown(bob, Filters(person="alice")) == set()
        assert shown(bob, Filters(text="alice")) == set()
        assert shown(bob, Filters(person=str(alice.pk))) == {event}

    def test_a_persons_machine_acts_are_those_for_the_persons_requests(
        self, alice: User, bob: User, dora: User
    ) -> None:
        sent = make_event("request.sending", request=make_request(make_key(alice)))
        make_event("request.sending", request=make_request(make_key(dora)))
        assert shown(bob, Filters(acts=Acts.MACHINE, person="alice")) == {sent}

    def test_an_event_about_a_key_alone_is_where_the_key_is(self, alice: User, bob: User) -> None:
        east, west = make_key(alice, region="kr-east1"), make_key(alice, environment="g")
        event = make_event("key.added", actor=alice, key=east)
        make_event("key.added", actor=alice, key=west)
        assert shown(bob, Filters(place="e")) == shown(bob, Filters(place="e/kr-east1")) == {event}

    def test_a_request_is_where_it_was_recorded(self, alice: User, bob: User) -> None:
        key = make_key(alice)
        event = make_event(actor=alice, request=make_request(key, region="kr-east1"), key=key)
        assert shown(bob, Filters(place="e/kr-east1")) == {event}
        assert shown(bob, Filters(place="e/kr-west1")) == set()

    def test_a_key_is_found_by_the_alias_of_then_and_of_now(self, alice: User, bob: User) -> None:
        key = make_key(alice, alias="new")
        event = make_event(actor=alice, request=make_request(key, key_alias="old"), key=key)
        assert shown(bob, Filters(alias="old")) == shown(bob, Filters(alias="new")) == {event}

    @pytest.mark.parametrize("text", ["%", "_", "\\", "' OR 1=1 --", '"', "\u202e", "x" * 255])
    def test_hostile_text_is_text(self, alice: User, bob: User, text: str) -> None:
        make_event(actor=alice, request=make_request(make_key(alice)), target="plain")
        for filters in (
            Filters(person=text),
            Filters(server=text),
            Filters(image=text),
            Filters(place=text),
            Filters(alias=text),
            Filters(ticket=text),
            Filters(text=text),
        ):
            assert shown(bob, filters) == set()
        event = make_event(actor=alice, target=text)
        assert shown(bob, Filters(text=text)) == {event}


class TestWhatItCosts:
    def test_names_requests_and_keys_come_in_the_same_query(self, alice: User, bob: User) -> None:
        for _ in range(3):
            key = make_key(alice)
            make_event(actor=alice, request=make_request(key), key=key)
        with CaptureQueriesContext(connection) as queries:
            told = [told_by(event) for event in events_for(bob, EVERYTHING)]
        assert len(told) == 3
        assert len(queries) == 1

    def test_no_secret_half_of_a_key_is_read(self, alice: User, bob: User) -> None:
        make_event("key.added", actor=alice, key=make_key(alice))
        with CaptureQueriesContext(connection) as queries:
            list(events_for(bob, EVERYTHING))
        assert "sealed_access_key" not in queries[0]["sql"]
        assert "sealed_secret_key" not in queries[0]["sql"]

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by table size")
    @pytest.mark.parametrize(
        "filters",
        [EVERYTHING, Filters(), Filters(acts=Acts.MACHINE), Filters(place="e")],
        ids=str,
    )
    def test_the_newest_page_is_read_from_the_end_without_sorting(
        self, bob: User, filters: Filters
    ) -> None:
        plan = events_for(bob, filters)[:50].explain()
        assert "USE TEMP B-TREE" not in plan
        assert "images_auditevent USING INDEX" in plan


def shown(person: User, filters: Filters) -> set[AuditEvent]:
    return set(events_for(person, filters))


def told_by(event: AuditEvent) -> tuple[str, Iterable[str]]:
    asked: ImageRequest | None = event.request
    key: AccessKey | None = event.key
    assert asked and key
    return event.actor_name, (asked.server_name, asked.badge.label, key.alias)
