"""Answers that the database did not take: kept, replayed, and never played twice."""

import contextlib
import json
import logging
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ExchangeRecord, ImageRequest
from images.scp.exchange import Exchange
from images.services import outcomes, spill
from images.services.outcome import Outcome
from images.services.reconciling import reconcile
from images.services.sending import send
from images.services.spill import SLOTS, SpillFile
from images.services.waking import Ticker, give_up_dead_leases
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.people import ACCESS_KEY, SECRET_KEY, make_request
from tests.services.asking import actions, ask_for, fresh, make_due, posts, record_of
from tests.services.background import locked_database, short_patience, while_sending

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def little_patience() -> Iterator[None]:
    with short_patience(0.1):
        yield


@pytest.fixture
def asked(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    scp.options.image_grace_seconds = 0
    return ask_for(alices_key, scp)


def send_without_database(asked: ImageRequest, scp: Sandbox) -> None:
    """Send, and let nobody write from the moment of the call until the answer was dealt with."""
    with contextlib.ExitStack() as lock, while_sending(asked, scp):
        lock.enter_context(locked_database())
    assert (fresh(asked).state, record_of(asked).is_finished) == (State.SENDING, False)
    assert (posts(scp), len(scp.ledger)) == (1, 1)


def lease_over(asked: ImageRequest) -> None:
    now = timezone.now()
    ImageRequest.objects.filter(pk=asked.pk).update(lease_until=now - timedelta(seconds=1))
    give_up_dead_leases(now)
    assert fresh(asked).state == State.UNKNOWN


def accepted(image_id: str) -> Outcome:
    exchange = Exchange("POST", "https://scp.example/v1", "1.3", status=202, left_us=True)
    return Outcome(State.ACCEPTED, exchange, image_id=image_id)


def claimed(key: AccessKey, **changes: object) -> ImageRequest:
    """Return a request that a worker is sending, with its planned call."""
    asked = make_request(
        key,
        state=State.SENDING,
        attempt=1,
        lease_until=timezone.now() + timedelta(minutes=1),
        **changes,
    )
    ExchangeRecord.objects.create(
        request=asked,
        attempt=1,
        method="POST",
        url="https://scp.example/v1",
        api_version="1.3",
        request_headers={},
        request_body="{}",
        request_sha256="",
    )
    return asked


class TestALockedDatabase:
    def test_the_answer_is_kept_and_the_ticker_plays_it(
        self, asked: ImageRequest, scp: Sandbox, spill_folder: Path
    ) -> None:
        send_without_database(asked, scp)
        assert spill.is_waiting()
        Ticker("w").tick()
        now = fresh(asked)
        assert (now.state, now.image_id) == (State.ACCEPTED, scp.ledger[0].image_id)
        assert actions(asked)[1:] == ["request.sending", "request.accepted"]
        assert (record_of(asked).status, record_of(asked).is_finished) == (202, True)
        assert scp.ledger[0].image_id in record_of(asked).body_text
        assert not spill.is_waiting()
        assert posts(scp) == 1

    def test_while_it_stays_locked_the_answer_stays_kept(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        send_without_database(asked, scp)
        with locked_database(), pytest.raises(OperationalError):
            spill.replay()
        assert spill.is_waiting()
        assert spill.replay() == 1

    def test_folder_and_file_are_for_nobody_else(
        self, asked: ImageRequest, scp: Sandbox, spill_folder: Path
    ) -> None:
        send_without_database(asked, scp)
        assert spill_folder.stat().st_mode & 0o777 == 0o700
        assert [path.stat().st_mode & 0o777 for path in spill_folder.iterdir()] == [0o600]

    def test_no_secret_is_in_the_file(
        self, asked: ImageRequest, scp: Sandbox, spill_folder: Path
    ) -> None:
        send_without_database(asked, scp)
        content = (spill_folder / "0.spill").read_bytes()
        assert scp.ledger[0].image_name.encode() in content
        assert SECRET_KEY.encode() not in content
        assert ACCESS_KEY.encode() not in content

    def test_replayed_twice_it_changes_nothing(self, asked: ImageRequest, scp: Sandbox) -> None:
        send_without_database(asked, scp)
        _, record = next(spill._own[0].records())
        spill.replay()
        before = fresh(asked), actions(asked)
        assert spill._own[0].keep(record)
        assert spill.replay() == 1
        assert (fresh(asked), actions(asked)) == before
        assert not spill.is_waiting()

    def test_played_after_the_lease_ran_out_it_is_a_late_answer(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        send_without_database(asked, scp)
        lease_over(asked)
        spill.replay()
        assert (fresh(asked).state, fresh(asked).image_id) == (
            State.ACCEPTED,
            scp.ledger[0].image_id,
        )
        assert actions(asked)[-3:] == [
            "request.unknown",
            "request.answered_late",
            "request.accepted",
        ]

    def test_played_after_the_image_was_found_it_is_only_noted(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        send_without_database(asked, scp)
        lease_over(asked)
        make_due(asked)
        reconcile(request_id=asked.pk)
        assert fresh(asked).image_id == scp.ledger[0].image_id
        spill.replay()
        assert actions(asked)[-2:] == ["request.adopted", "request.answered_late"]
        assert record_of(asked).is_finished
        assert (fresh(asked).state, posts(scp)) == (State.ACCEPTED, 1)

    def test_played_after_no_image_was_found_it_is_taken(
        self, asked: ImageRequest, scp: Sandbox
    ) -> None:
        send_without_database(asked, scp)
        ImageRequest.objects.filter(pk=asked.pk).update(state=State.NOT_MADE, lease_until=None)
        spill.replay()
        now = fresh(asked)
        assert (now.state, now.image_id) == (State.ACCEPTED, scp.ledger[0].image_id)
        assert now.settled_at is None


class TestWhenNothingCanBeKept:
    def test_a_full_file_leaves_the_answer_in_the_log(
        self, asked: ImageRequest, scp: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        spill.prepare()
        assert all(spill._own[0].keep({"number": number}) for number in range(SLOTS))
        send_without_database(asked, scp)
        line = next(each for each in caplog.records if each.levelno == logging.CRITICAL)
        told = json.loads(line.getMessage().partition("alone: ")[2])
        assert told["request_id"] == str(asked.pk)
        found = Outcome.from_json(told["outcome"])
        assert (found.state, found.image_id) == (State.ACCEPTED, scp.ledger[0].image_id)
        assert SECRET_KEY not in caplog.text
        assert ACCESS_KEY not in caplog.text

    def test_a_folder_that_cannot_be_made_leaves_it_in_the_log(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "spill").write_text("a file stands where the folder should be")
        spill.keep(request_id=uuid.uuid4(), attempt=1, outcome=accepted("image-17"))
        assert [each.levelname for each in caplog.records] == ["ERROR", "CRITICAL"]
        assert "image-17" in caplog.text

    def test_when_every_file_is_held_there_is_none(
        self, spill_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spill, "_MOST_FILES", 1)
        spill_folder.mkdir()
        held = SpillFile.take(spill_folder / "0.spill")
        assert held is not None
        with pytest.raises(OSError, match="No spill file"):
            spill.prepare()
        held.close()


class TestWhatDoesNotFit:
    def test_an_answer_of_no_request_is_set_aside_and_stops_no_other(
        self, alices_key: AccessKey, caplog: pytest.LogCaptureFixture, spill_folder: Path
    ) -> None:
        image_id = str(uuid.uuid4())
        asked = claimed(alices_key)
        spill.keep(request_id=uuid.uuid4(), attempt=1, outcome=accepted("of nobody"))
        spill.keep(request_id=asked.pk, attempt=1, outcome=accepted(image_id))
        assert spill.replay() == 1
        assert fresh(asked).image_id == image_id
        assert "is set aside" in caplog.text
        assert not spill.is_waiting()
        (line,) = (spill_folder / "set-aside.jsonl").read_text().splitlines()
        assert json.loads(line)["outcome"]["image_id"] == "of nobody"

    def test_an_answer_of_another_release_is_set_aside(
        self, alices_key: AccessKey, spill_folder: Path
    ) -> None:
        spill.prepare()
        asked = claimed(alices_key)
        record = {"request_id": str(asked.pk), "attempt": 1, "outcome": {"state": "odd"}}
        assert spill._own[0].keep(record)
        assert spill.replay() == 0
        assert not spill.is_waiting()
        assert json.loads((spill_folder / "set-aside.jsonl").read_text()) == record

    def test_an_answer_that_a_rule_of_the_database_forbids_stays_and_stops_no_other(
        self,
        alices_key: AccessKey,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        first, second = claimed(alices_key), claimed(alices_key)
        for asked in (first, second):
            spill.keep(request_id=asked.pk, attempt=1, outcome=accepted(str(uuid.uuid4())))
        record = outcomes.record

        def forbid_first(claim: ImageRequest, outcome: Outcome) -> None:
            if claim.pk == first.pk:
                raise IntegrityError("a rule that only a race breaks")
            record(claim, outcome)

        monkeypatch.setattr(outcomes, "record", forbid_first)
        assert spill.replay() == 1
        assert (fresh(first).state, fresh(second).state) == (State.SENDING, State.ACCEPTED)
        assert "does not fit the database" in caplog.text
        monkeypatch.undo()
        assert spill.replay() == 1
        assert fresh(first).state == State.ACCEPTED


def test_nothing_waits_where_nothing_was_ever_kept(spill_folder: Path) -> None:
    assert not spill.is_waiting()
    assert spill.replay() == 0
    assert not AuditEvent.objects.exists()
    assert not spill_folder.exists()


def test_send_leaves_no_answer_behind_when_all_is_well(asked: ImageRequest, scp: Sandbox) -> None:
    send(request_id=asked.pk)
    assert (fresh(asked).state, spill.is_waiting()) == (State.ACCEPTED, False)
