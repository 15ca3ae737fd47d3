"""The history: what a person may read of it, and the timeline of one request."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from images.filters import Filters
from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.origin import NOWHERE, Origin, set_origin
from images.services.following import follow
from images.services.history import requests_for, timeline
from images.services.reconciling import reconcile
from images.services.requests import withdraw
from images.services.sending import send
from images.stamps import stamp_text
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.people import make_key, make_request
from tests.services.asking import ask_for, fresh, make_due


def steps(asked: ImageRequest) -> list[tuple[str, str]]:
    return [(step.who, step.sentence) for step in timeline(fresh(asked))]


class TestTheTimeline:
    def test_it_tells_in_order_who_said_what(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        send(request_id=asked.pk)
        scp.clock.advance(30)
        make_due(asked)
        follow(request_id=asked.pk)
        assert steps(asked) == [
            ("alice", "Recorded the request."),
            ("Console", "Sending began, attempt 1."),
            ("SCP", f"Accepted with image id {scp.ledger[0].image_id}."),
            ("SCP", "The image is ready."),
        ]
        last = timeline(fresh(asked))[-1]
        seen_at = stamp_text(fresh(asked).last_look_at)
        assert (last.tone, last.fold) == ("good", f"Checked once, at {seen_at}.")

    def test_gaps_are_counted_from_the_step_before(self, alices_key: AccessKey) -> None:
        asked = make_request(alices_key)
        start = timezone.now()
        for seconds in (0, 5, 12):
            with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
                append(asked, "request.status")
        assert [step.gap_seconds for step in timeline(asked)] == [None, 5, 7]

    def test_the_order_is_that_of_the_record_even_if_the_clock_went_back(
        self, alices_key: AccessKey
    ) -> None:
        asked = make_request(alices_key)
        append(asked, "request.recorded")
        with time_machine.travel(timezone.now() - timedelta(hours=1)):
            append(asked, "request.cancelled")
        found = timeline(asked)
        assert [step.sentence for step in found][0] == "Recorded the request."
        assert found[1].gap_seconds is not None
        assert found[1].gap_seconds < 0

    def test_looks_while_the_image_is_made_are_a_line_of_their_own(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        asked = ask_for(alices_key, scp)
        send(request_id=asked.pk)
        make_due(asked)
        follow(request_id=asked.pk)
        seen_at = stamp_text(fresh(asked).last_look_at)
        assert steps(asked)[-1] == ("Console", f"Checked once, at {seen_at}.")

    def test_searches_for_a_lost_image_are_said_so(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.faults.add("drop_before", kind="create_image")
        asked = ask_for(alices_key, scp)
        send(request_id=asked.pk)
        for _ in range(2):
            make_due(asked)
            reconcile(request_id=asked.pk)
        sought_at = stamp_text(fresh(asked).last_look_at)
        assert steps(asked)[-2:] == [
            ("Console", "The connection to SCP broke off before the answer was whole."),
            ("Console", f"Looked for the image 2 times, last at {sought_at}."),
        ]

    @pytest.mark.parametrize(
        ("status", "who", "sentence"),
        [
            (409, "SCP", "Refused the request with HTTP 409."),
            (None, "Console", "The request was refused."),
        ],
    )
    def test_a_refusal_is_scps_only_if_scp_answered(
        self, alices_key: AccessKey, status: int | None, who: str, sentence: str
    ) -> None:
        asked = make_request(alices_key)
        append(asked, "request.refused", status=status, reason="")
        assert steps(asked) == [(who, sentence)]

    def test_a_withdrawal_is_the_persons(
        self, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        asked = ask_for(alices_key, scp)
        withdraw(actor=alice, asked=asked)
        assert steps(asked)[-1] == ("alice", "Withdrew the request. No image was made.")

    def test_without_events_there_is_nothing_to_tell(self, alices_key: AccessKey) -> None:
        asked = make_request(alices_key, looks=3, last_look_at=timezone.now())
        assert timeline(asked) == []


class TestTheEvents:
    def test_they_are_written_in_a_transaction_only(self, alices_key: AccessKey) -> None:
        event = append(make_request(alices_key, image_name="n"), "request.status")
        assert str(event) == "request.status n"
        with pytest.raises(TypeError):
            event.save()
        with pytest.raises(TypeError):
            event.delete()

    @pytest.mark.django_db(transaction=True)
    def test_without_a_transaction_there_is_none(self, alices_key: AccessKey) -> None:
        before = AuditEvent.objects.count()
        with pytest.raises(transaction.TransactionManagementError):
            AuditEvent.objects.append("key.tested", actor=None, key=alices_key)
        assert AuditEvent.objects.count() == before

    def test_they_keep_where_the_act_came_from(self, alices_key: AccessKey) -> None:
        set_origin(Origin("192.0.2.7", "request-1"))
        try:
            event = append(make_request(alices_key), "request.status")
        finally:
            set_origin(NOWHERE)
        assert (event.address, event.http_request_id) == ("192.0.2.7", "request-1")


class TestWhoReadsWhat:
    def test_ones_own_everything_or_nothing(
        self, alice: User, bob: User, charlie: User, dora: User, alices_key: AccessKey
    ) -> None:
        mine = make_request(alices_key)
        doras = make_request(make_key(dora))
        assert list(requests_for(alice, Filters())) == [mine]
        assert set(requests_for(bob, Filters())) == {mine, doras}
        assert set(requests_for(dora, Filters())) == {mine, doras}
        assert list(requests_for(charlie, Filters())) == []

    @pytest.mark.parametrize(
        "filters",
        [
            Filters(text="PORTAL"),
            Filters(text="kernel"),
            Filters(text="CHG-77"),
            Filters(text="7C9E6679-7425-40de-944b-e07fc1f90ae7"),
            Filters(text="0f8fad5b-d9cb-469f-a165-70867728950e"),
            Filters(text="wanted-image"),
            Filters(state=State.FAILED),
            Filters(person="ALI"),
            Filters(alias="blue"),
            Filters(since=date(2026, 3, 1), until=date(2026, 3, 1)),
        ],
    )
    def test_the_filters_find_the_one(
        self, bob: User, dora: User, alices_key: AccessKey, filters: Filters
    ) -> None:
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
            recorded_at=seoul(1, 23),
        )
        make_request(make_key(dora), recorded_at=seoul(2, 0))
        assert list(requests_for(bob, filters)) == [wanted]

    def test_the_newest_is_first(self, bob: User, alices_key: AccessKey) -> None:
        older = make_request(alices_key, recorded_at=timezone.now() - timedelta(days=1))
        newer = make_request(alices_key)
        assert list(requests_for(bob, Filters())) == [newer, older]


def seoul(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=ZoneInfo("Asia/Seoul"))


def append(asked: ImageRequest, action: str, **facts: object) -> AuditEvent:
    with AuditEvent.objects.act():
        return AuditEvent.objects.append(
            action, actor=None, request=asked, target=asked.image_name, facts=facts
        )
