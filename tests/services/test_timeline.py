"""The timeline of one request: who said what, in order, and the looks folded into one line."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.services.following import follow
from images.services.reconciling import reconcile
from images.services.requests import withdraw
from images.services.sending import send
from images.services.timeline import timeline
from images.stamps import stamp_text
from images.vocabulary import Role, State
from scpconsole.sandbox import Sandbox
from tests.events import make_event
from tests.people import make_person, make_request
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

    def test_a_look_wished_since_stands_below_the_looks(self, alices_key: AccessKey) -> None:
        start = timezone.now().replace(microsecond=0)
        asked = looked(alices_key, State.UNKNOWN, at=start + timedelta(seconds=20))
        for seconds, action in ((0, "request.unknown"), (165, "request.look_wished")):
            append_at(start + timedelta(seconds=seconds), asked, action)
        found = timeline(asked)
        assert [step.sentence[:10] for step in found] == ["The outcom", "Looked for", "Asked to l"]
        assert [step.gap_seconds for step in found] == [None, 20, 145]

    def test_the_look_that_was_wished_stands_below_the_wish(self, alices_key: AccessKey) -> None:
        start = timezone.now().replace(microsecond=0)
        asked = looked(alices_key, State.UNKNOWN, at=start + timedelta(seconds=9))
        for seconds, action in ((0, "request.unknown"), (7, "request.look_wished")):
            append_at(start + timedelta(seconds=seconds), asked, action)
        assert [step.gap_seconds for step in timeline(asked)] == [None, 7, 2]
        assert timeline(asked)[-1].sentence.startswith("Looked for the image 8 times")

    def test_what_is_read_later_does_not_draw_the_looks_down(self, alices_key: AccessKey) -> None:
        start = timezone.now().replace(microsecond=0)
        asked = looked(alices_key, State.READY, at=start + timedelta(seconds=9))
        append_at(start, asked, "request.recorded")
        append_at(start + timedelta(seconds=10), asked, "request.ready")
        append_at(start + timedelta(seconds=60), asked, "body.read", what="request", attempt=1)
        folds = [step.fold[:15] for step in timeline(asked)]
        assert folds == ["", "Checked 8 times", ""]

    def test_what_a_person_settled_was_not_brought_by_the_looks(
        self, alices_key: AccessKey
    ) -> None:
        start = timezone.now().replace(microsecond=0)
        asked = looked(alices_key, State.NOT_MADE, at=start + timedelta(seconds=9))
        append_at(start, asked, "request.unknown")
        append_at(start + timedelta(hours=1), asked, "request.settled", image_id="")
        assert [step.sentence[:15] for step in timeline(asked)][1] == "Checked 8 times"
        assert [step.gap_seconds for step in timeline(asked)] == [None, 9, 3591]

    def test_gaps_are_those_of_the_times_shown(self, alices_key: AccessKey) -> None:
        """10:40:07.9 and 10:40:18.1 are 10.2 s apart; a reader sees 07 and 18."""
        start = timezone.now().replace(microsecond=900_000)
        asked = make_request(alices_key)
        append_at(start, asked, "request.recorded")
        append_at(start + timedelta(seconds=10.2), asked, "request.status")
        assert [step.gap_seconds for step in timeline(asked)] == [None, 11]

    def test_looks_below_everything_where_the_clock_went_back(self, alices_key: AccessKey) -> None:
        start = timezone.now()
        asked = looked(alices_key, State.UNKNOWN, at=start - timedelta(hours=1))
        append_at(start, asked, "request.unknown")
        assert timeline(asked)[-1].sentence.startswith("Looked for the image 8 times")

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

    def test_names_cost_one_query_however_many_people_acted(self, alices_key: AccessKey) -> None:
        asked = make_request(alices_key)
        counts = []
        for number in range(2):
            for each in range(5):
                person = make_person(f"person-{number}-{each}", Role.AUDITOR)
                make_event("body.read", actor=person, request=asked, what="request", attempt=1)
            with CaptureQueriesContext(connection) as queries:
                timeline(asked)
            counts.append(len(queries))
        assert counts == [1, 1]

    def test_without_events_there_is_nothing_to_tell(self, alices_key: AccessKey) -> None:
        asked = make_request(alices_key, looks=3, last_look_at=timezone.now())
        assert timeline(asked) == []


def looked(key: AccessKey, state: State, *, at: datetime) -> ImageRequest:
    """A request that was looked for eight times, the last time at that time."""
    return make_request(key, state=state, looks=8, last_look_at=at)


def append_at(at: datetime, asked: ImageRequest, action: str, **facts: object) -> None:
    with time_machine.travel(at, tick=False):
        append(asked, action, **facts)


def append(asked: ImageRequest, action: str, **facts: object) -> AuditEvent:
    with AuditEvent.objects.act():
        return AuditEvent.objects.append(
            action, actor=None, request=asked, target=asked.image_name, facts=facts
        )
