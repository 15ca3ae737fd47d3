"""Sending: an answer that tells nothing certain is kept, and nothing is ever sent again."""

import hashlib
from typing import Any

import pytest
from pytest_django import Settings

from images.models import AccessKey, ImageRequest
from images.scp.errors import Reason
from images.services.sending import send
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.services.asking import (
    actions,
    ask_for,
    fresh,
    last_facts,
    make_due,
    posts,
    record_of,
    seconds_until_due,
)

KEPT_BYTES = 64 * 1024

LOST: list[tuple[dict[str, Any], Reason, int | None, int]] = [
    ({"action": "drop_before"}, Reason.BROKEN_OFF, None, 0),
    ({"action": "drop_after"}, Reason.BROKEN_OFF, None, 1),
    ({"action": "reset"}, Reason.BROKEN_OFF, None, 1),
    ({"action": "hang"}, Reason.TIMEOUT, None, 1),
    ({"action": "drip", "seconds": 0.05}, Reason.TIMEOUT, None, 1),
    ({"action": "drip", "seconds": 0.2, "part": "body"}, Reason.TIMEOUT, 202, 1),
    ({"action": "cut", "size": 5}, Reason.BROKEN_OFF, 202, 1),
    ({"action": "html200"}, Reason.UNEXPECTED_STATUS, 200, 0),
    ({"action": "status200"}, Reason.UNEXPECTED_STATUS, 200, 1),
    ({"action": "no_image_id"}, Reason.NO_IMAGE_ID, 202, 1),
    ({"action": "bad_image_id"}, Reason.BAD_IMAGE_ID, 202, 1),
    ({"action": "empty"}, Reason.NOT_JSON, 202, 1),
    ({"action": "half_json"}, Reason.NOT_JSON, 202, 1),
    ({"action": "gzip_bomb", "size": 64 * 2**20}, Reason.TOO_LARGE, 202, 1),
    ({"action": "endless"}, Reason.TOO_LARGE, 202, 1),
    *(({"action": "status", "status": n}, Reason.SERVER_ERROR, n, 0) for n in (500, 502, 503, 504)),
    ({"action": "status", "status": 500, "acts": True}, Reason.SERVER_ERROR, 500, 1),
    *(
        ({"action": "redirect", "status": n, "location": "/elsewhere"}, Reason.REDIRECT, n, 0)
        for n in (301, 302, 307, 308)
    ),
]


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox, settings: Settings) -> ImageRequest:
    settings.SCP_TOTAL_SECONDS = 1
    return ask_for(alices_key, scp)


@pytest.mark.parametrize(
    ("rule", "reason", "status", "images"),
    LOST,
    ids=[" ".join(str(part) for part in rule.values()) for rule, *_ in LOST],
)
def test_a_lost_answer_is_unknown_and_never_sent_again(
    asked: ImageRequest,
    scp: Sandbox,
    rule: dict[str, Any],
    reason: Reason,
    status: int | None,
    images: int,
) -> None:
    scp.faults.add(**rule, kind="create_image")
    send(request_id=asked.pk)
    now, kept = fresh(asked), record_of(asked)
    assert (now.state, now.outcome_reason, now.image_id) == (State.UNKNOWN, reason, "")
    assert (now.lease_until, now.settled_at, now.needs_person) == (None, None, False)
    assert now.sent_at is not None
    assert 9 < seconds_until_due(asked) <= 10
    assert (kept.status, kept.reason, kept.left_us) == (status, reason, True)
    assert kept.is_finished
    assert actions(asked) == ["request.recorded", "request.sending", "request.unknown"]
    words = {"scp_words": now.outcome_detail} if now.outcome_detail else {}
    if status:
        words["answer_sha256"] = hashlib.sha256(kept.body).hexdigest()
    assert last_facts(asked) == {
        "attempt": 1,
        "reason": reason,
        "status": status,
        "was_sent": True,
        **words,
    }
    make_due(asked)
    send(request_id=asked.pk)
    assert (posts(scp), len(scp.ledger)) == (1, images)
    assert len(scp.journal) == 1  # neither a redirect was followed nor anything else asked


def test_the_first_bytes_of_a_huge_answer_are_kept(asked: ImageRequest, scp: Sandbox) -> None:
    scp.faults.add("gzip_bomb", size=64 * 2**20)
    send(request_id=asked.pk)
    kept = record_of(asked)
    assert len(kept.body) == KEPT_BYTES
    assert (kept.body_text.strip(), kept.is_truncated) == ("", True)
    assert KEPT_BYTES < kept.body_length < 8 * 2**20


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ({"action": "cut", "size": 9}, '{"image_i'),
        ({"action": "bad_image_id"}, '{"image_id":"image-17"}'),
        ({"action": "html200"}, "<title>Sign in</title>"),
    ],
)
def test_what_came_is_kept_as_it_came(
    asked: ImageRequest, scp: Sandbox, rule: dict[str, Any], body: str
) -> None:
    scp.faults.add(**rule, kind="create_image")
    send(request_id=asked.pk)
    assert body in record_of(asked).body_text


def test_where_a_redirect_wanted_to_lead_is_kept(asked: ImageRequest, scp: Sandbox) -> None:
    scp.faults.add("redirect", status=307, location="https://elsewhere.example/")
    send(request_id=asked.pk)
    assert record_of(asked).headers["Location"] == "https://elsewhere.example/"


class TestAnIdOfAnotherRequest:
    def test_a_person_has_to_look(
        self, asked: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        owned = "0f8fad5b-d9cb-469f-a165-70867728950e"
        other = make_request(alices_key, state=State.READY, image_id=owned, due_at=None)
        scp.faults.add("given_image_id", image_id=owned)
        send(request_id=asked.pk)
        now = fresh(asked)
        assert (now.state, now.outcome_reason) == (State.UNKNOWN, OwnReason.IMAGE_OF_ANOTHER)
        assert (now.needs_person, now.image_id) == (True, "")
        assert 9 < seconds_until_due(asked) <= 10  # to find what there is to choose from
        assert last_facts(asked)["image_id"] == owned
        assert (fresh(other).state, fresh(other).image_id) == (State.READY, owned)
        assert posts(scp) == 1

    def test_an_id_that_nobody_owns_is_taken(self, asked: ImageRequest, scp: Sandbox) -> None:
        unowned = "0f8fad5b-d9cb-469f-a165-70867728950e"
        scp.faults.add("given_image_id", image_id=unowned)
        send(request_id=asked.pk)
        assert (fresh(asked).state, fresh(asked).image_id) == (State.ACCEPTED, unowned)
