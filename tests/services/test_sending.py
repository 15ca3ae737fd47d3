"""Sending: what SCP's yes and no become, and what is tried again."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ImageRequest
from images.scp.errors import Reason
from images.services.sending import MOST_TRIES, send
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.services.asking import (
    NAME,
    actions,
    ask_for,
    closed_port,
    fresh,
    last_facts,
    make_due,
    posts,
    record_of,
    seconds_until_due,
)


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    return ask_for(alices_key, scp)


class TestAccepted:
    def test_the_image_id_and_the_whole_exchange_are_kept(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        send(request_id=asked.pk)
        now, made, kept = fresh(asked), scp.ledger[0], record_of(asked)
        assert (now.state, now.image_id, made.image_name) == (State.ACCEPTED, made.image_id, NAME)
        assert (now.attempt, now.lease_until, now.settled_at) == (1, None, None)
        assert now.sent_at == kept.sent_at
        assert kept.is_finished
        assert (kept.status, kept.method, kept.api_version) == (202, "POST", "1.3")
        assert kept.request_body == f'{{"image_name": "{NAME}"}}'
        assert made.image_id in kept.body_text
        assert actions(asked) == ["request.recorded", "request.sending", "request.accepted"]
        assert last_facts(asked) == {
            "attempt": 1,
            "answer_sha256": hashlib.sha256(kept.body).hexdigest(),
            "image_id": made.image_id,
            "reason": "",
            "status": 202,
            "was_sent": True,
        }

    def test_the_first_look_is_due_in_ten_seconds(self, asked: ImageRequest) -> None:
        send(request_id=asked.pk)
        assert 9 < seconds_until_due(asked) <= 10

    def test_the_keys_use_is_noted(self, asked: ImageRequest, alices_key: AccessKey) -> None:
        send(request_id=asked.pk)
        alices_key.refresh_from_db()
        assert alices_key.last_used_at == record_of(asked).sent_at

    def test_no_secret_is_kept(self, asked: ImageRequest) -> None:
        send(request_id=asked.pk)
        headers = record_of(asked).request_headers
        assert headers["Scp-Signature"] == headers["Scp-Accesskey"] == "•••• (hidden)"

    def test_a_second_wake_up_sends_nothing(self, asked: ImageRequest, scp: Sandbox) -> None:
        send(request_id=asked.pk)
        send(request_id=asked.pk)
        assert posts(scp) == 1

    def test_a_wake_up_before_its_time_sends_nothing(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        later = timezone.now() + timedelta(minutes=1)
        ImageRequest.objects.filter(pk=asked.pk).update(due_at=later, attempt=1)
        send(request_id=asked.pk)
        assert (fresh(asked).state, fresh(asked).attempt, posts(scp)) == (State.RECORDED, 1, 0)

    def test_a_first_send_never_waits_for_a_clock(self, asked: ImageRequest, scp: Sandbox) -> None:
        an_hour_ahead = timezone.now() + timedelta(hours=1)
        ImageRequest.objects.filter(pk=asked.pk).update(due_at=an_hour_ahead)
        send(request_id=asked.pk)
        assert (fresh(asked).state, posts(scp)) == (State.ACCEPTED, 1)


class TestRefusedByScp:
    @pytest.mark.parametrize(
        ("status", "reason", "code", "has_ids"),
        [
            (400, Reason.BAD_REQUEST, "ValidationError", True),
            (401, Reason.SIGNATURE, "UNAUTHORIZED", False),
            (403, Reason.FORBIDDEN, "Forbidden", True),
            (404, Reason.NOT_FOUND, "NotFound", True),
            (406, Reason.VERSION, "NoSuchVersion", True),
            (409, Reason.CONFLICT, "VirtualServer.CreateImage.Conflict", True),
        ],
    )
    def test_a_definite_no_is_final(
        self,
        asked: ImageRequest,
        scp: Sandbox,
        status: int,
        reason: Reason,
        code: str,
        has_ids: bool,
    ) -> None:
        scp.faults.add("status", status=status, kind="create_image", times=None)
        send(request_id=asked.pk)
        now, kept = fresh(asked), record_of(asked)
        assert (now.state, now.outcome_reason, now.outcome_code) == (State.REFUSED, reason, code)
        assert now.outcome_detail
        assert set(now.outcome_request_ids) == (
            {"request_id", "global_request_id"} if has_ids else set()
        )
        assert (kept.status, kept.reason, kept.is_finished) == (status, reason, True)
        assert (now.due_at, now.lease_until) == (None, None)
        assert now.settled_at is not None
        assert now.refusal is not None
        assert now.refusal.sentence
        assert last_facts(asked) == {
            "attempt": 1,
            "answer_sha256": hashlib.sha256(kept.body).hexdigest(),
            "reason": reason,
            "scp_words": now.outcome_detail,
            "status": status,
            "was_sent": True,
        }
        send(request_id=asked.pk)
        assert (posts(scp), len(scp.ledger)) == (1, 0)

    def test_the_refusal_of_a_wrong_host_is_told_apart(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        scp.faults.add("wrong_host", kind="create_image")
        send(request_id=asked.pk)
        assert fresh(asked).outcome_reason == Reason.WRONG_HOST

    def test_after_a_refusal_the_server_is_free_for_a_new_request(
        self, asked: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.faults.add("status", status=409, kind="create_image")
        send(request_id=asked.pk)
        again = ask_for(alices_key, scp)
        send(request_id=again.pk)
        assert fresh(again).state == State.ACCEPTED


class TestTurnedAwayAtTheEdge:
    @pytest.mark.parametrize(
        ("status", "reason", "headers", "seconds"),
        [
            (417, Reason.EDGE, {}, 60),
            (429, Reason.RATE, {}, 60),
            (429, Reason.RATE, {"Retry-After": "5"}, 60),
            (429, Reason.RATE, {"Retry-After": "300"}, 300),
            (429, Reason.RATE, {"Retry-After": "86400"}, 3600),
            (429, Reason.RATE, {"Retry-After": "soon, perhaps"}, 60),
        ],
    )
    def test_it_waits_and_is_sent_once_later(
        self,
        asked: ImageRequest,
        scp: Sandbox,
        status: int,
        reason: Reason,
        headers: dict[str, str],
        seconds: int,
    ) -> None:
        scp.faults.add("status", status=status, headers=headers, kind="create_image")
        send(request_id=asked.pk)
        now = fresh(asked)
        assert (now.state, now.outcome_reason) == (State.RECORDED, reason)
        assert (now.waits_for_its_time, now.may_withdraw) == (True, True)
        assert seconds - 2 < seconds_until_due(asked) <= seconds
        assert last_facts(asked)["until"] == (now.due_at and now.due_at.isoformat())
        send(request_id=asked.pk)  # too early
        assert posts(scp) == 1
        make_due(asked)
        send(request_id=asked.pk)
        assert (fresh(asked).state, fresh(asked).attempt) == (State.ACCEPTED, 2)
        assert (posts(scp), len(scp.ledger)) == (2, 1)

    def test_the_tries_are_bounded(self, asked: ImageRequest, scp: Sandbox) -> None:
        scp.faults.add("status", status=429, kind="create_image", times=None)
        for _ in range(MOST_TRIES):
            make_due(asked)
            send(request_id=asked.pk)
        assert fresh(asked).state == State.REFUSED
        assert fresh(asked).settled_at is not None
        send(request_id=asked.pk)
        assert (posts(scp), len(scp.ledger)) == (MOST_TRIES, 0)
        assert actions(asked).count("request.postponed") == MOST_TRIES - 1


class TestNothingLeftUs:
    @pytest.mark.parametrize(
        ("template", "reason"),
        [
            ("http://127.0.0.1:{port}", Reason.CONNECT),
            ("https://virtualserver.invalid", Reason.DNS),
        ],
    )
    def test_it_is_tried_again_a_bounded_number_of_times(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings, template: str, reason: Reason
    ) -> None:
        settings.SCP_URL_TEMPLATE = template.format(port=closed_port())
        waits = []
        for _ in range(MOST_TRIES - 1):
            send(request_id=asked.pk)
            assert (fresh(asked).state, fresh(asked).outcome_reason) == (State.RECORDED, reason)
            waits.append(seconds_until_due(asked))
            make_due(asked)
        assert waits == sorted(waits)
        assert waits[0] > 9
        send(request_id=asked.pk)
        now, kept = fresh(asked), record_of(asked)
        assert (now.state, now.outcome_reason, now.sent_at) == (State.REFUSED, reason, None)
        assert (kept.left_us, kept.status, kept.attempt) == (False, None, MOST_TRIES)
        assert last_facts(asked) == {
            "attempt": MOST_TRIES,
            "reason": reason,
            "status": None,
            "was_sent": False,
        }
        assert (now.answered_at, posts(scp)) == (None, 0)

    def test_once_scp_is_back_it_is_sent_once(
        self, asked: ImageRequest, scp: Sandbox, settings: Settings
    ) -> None:
        settings.SCP_URL_TEMPLATE = f"http://127.0.0.1:{closed_port()}"
        send(request_id=asked.pk)
        settings.SCP_URL_TEMPLATE = scp.url
        make_due(asked)
        send(request_id=asked.pk)
        now = fresh(asked)
        assert (now.state, now.outcome_reason, now.refusal) == (State.ACCEPTED, "", None)
        assert (posts(scp), len(scp.ledger)) == (1, 1)
