"""The database refuses to change checkpoints, what was asked for, and finished calls."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.deletion import ProtectedError
from django.utils import timezone

from images.models import AccessKey, Checkpoint, ExchangeRecord, ImageRequest, User
from tests.services.refusing import (
    CHECKPOINTS,
    REQUESTS,
    make_history,
    refused,
    run,
    saved_as_it_is,
)
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db

DELETE = "DELETE FROM {}"


@pytest.fixture(autouse=True)
def history(db: None) -> ImageRequest:
    return make_history()


class TestACheckpoint:
    def test_is_neither_updated_nor_deleted(self) -> None:
        refused(lambda: Checkpoint.objects.update(size=1), "A checkpoint never changes.")
        refused(saved_as_it_is(Checkpoint), "A checkpoint never changes.")
        refused(lambda: Checkpoint.objects.all().delete(), "A checkpoint is never deleted.")
        refused(lambda: run(DELETE.format(CHECKPOINTS)), "A checkpoint is never deleted.")


class TestARequest:
    @pytest.mark.parametrize(
        "change",
        [
            {"reason": "another"},
            {"ticket": "another"},
            {"image_name": "another"},
            {"server_id": "another"},
            {"server_name": "another"},
            {"environment": "g"},
            {"region": "kr-east1"},
            {"api_version": "1.2"},
            {"language": "ko-KR"},
            {"key_alias": "another"},
            {"key_fingerprint": "another"},
            {"recorded_at": "2026-01-01T00:00:00Z"},
            {"form_token": uuid.uuid4()},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_keeps_what_was_asked_for(self, change: dict[str, Any]) -> None:
        refused(lambda: ImageRequest.objects.update(**change), "What was asked for stays.")

    def test_keeps_its_person_and_key(self, bob: User) -> None:
        refused(lambda: ImageRequest.objects.update(actor=bob), "What was asked for stays.")
        key = AccessKey.objects.get()
        key.pk = uuid.uuid4()
        key.alias = "twin"
        key.save(force_insert=True)
        refused(lambda: ImageRequest.objects.update(key=key), "What was asked for stays.")
        itself = ImageRequest.objects.get()
        refused(lambda: ImageRequest.objects.update(previous=itself), "What was asked for stays.")

    def test_may_lose_its_person_s_name(self) -> None:
        assert ImageRequest.objects.update(actor_name="") == 1

    def test_is_never_deleted(self) -> None:
        refused(lambda: run(DELETE.format(REQUESTS)), "A request is never deleted.")
        with pytest.raises(ProtectedError):
            ImageRequest.objects.all().delete()


class TestACall:
    @pytest.mark.parametrize(
        "change",
        [
            {"body": b"another"},
            {"body": b""},
            {"status": 500},
            {"headers": {"X": "y"}},
            {"request_body": "another"},
            {"request_sha256": "another"},
            {"url": "https://another.example"},
            {"is_finished": False},
            {"reason": "another"},
            {"duration_ms": 1},
            {"prepared_at": "2020-01-01T00:00:00Z"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_that_is_finished_does_not_change(self, change: dict[str, Any]) -> None:
        refused(lambda: ExchangeRecord.objects.update(**change), "A finished call stays.")

    @pytest.mark.parametrize(
        "change",
        [
            {"request_body": "another"},
            {"request_sha256": "another"},
            {"url": "https://another.example"},
            {"method": "GET"},
            {"attempt": 2},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_takes_its_answer_and_no_other_question(self, change: dict[str, Any]) -> None:
        with unguarded():
            ExchangeRecord.objects.update(is_finished=False)
        answer = {"is_finished": True, "status": 200, "body": b"yes"}
        refused(lambda: ExchangeRecord.objects.update(**answer, **change), "A finished call stays.")
        assert ExchangeRecord.objects.update(**answer) == 1

    EMPTIED: dict[str, Any] = {  # noqa: RUF012  (never changed)
        **dict.fromkeys(("request_headers", "headers", "request_ids"), {}),
        "request_body": "",
        "body": b"",
    }

    def grow_old(self, days: int) -> None:
        with unguarded():
            ExchangeRecord.objects.update(prepared_at=timezone.now() - timedelta(days=days))

    def test_loses_its_bytes_once_it_is_old(self) -> None:
        refused(lambda: ExchangeRecord.objects.update(**self.EMPTIED), "A finished call stays.")
        self.grow_old(2 * 365 + 2)
        assert ExchangeRecord.objects.update(**self.EMPTIED) == 1

    @pytest.mark.parametrize("column", EMPTIED)
    def test_loses_all_or_nothing(self, column: str) -> None:
        self.grow_old(2 * 365 + 2)
        change = {name: empty for name, empty in self.EMPTIED.items() if name != column}
        refused(lambda: ExchangeRecord.objects.update(**change), "A finished call stays.")

    @pytest.mark.parametrize("more", [{"status": 500}, {"request_sha256": "another"}])
    def test_keeps_hashes_and_status_when_it_is_old(self, more: dict[str, Any]) -> None:
        self.grow_old(2 * 365 + 2)
        refused(lambda: ExchangeRecord.objects.update(**self.EMPTIED, **more), "finished call")

    def test_is_never_deleted(self) -> None:
        refused(lambda: ExchangeRecord.objects.all().delete(), "A call is never deleted.")
