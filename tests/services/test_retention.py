"""The keeping rule: old bytes go, in steps that are events, and every proof still holds."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from images.ledger.merkle import root_from_proof
from images.models import AuditEvent, ExchangeRecord, ImageRequest, User
from images.services import retention
from images.services.sending import send
from scpconsole.sandbox import Sandbox
from tests.services.asking import ask_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(request: pytest.FixtureRequest) -> ImageRequest:
    """A request of six years ago, sent and answered, and a key that was added just before."""
    with time_machine.travel(timezone.now() - timedelta(days=6 * 366)):
        scp: Sandbox = request.getfixturevalue("scp")
        asked = ask_for(request.getfixturevalue("alices_key"), scp)
        send(request_id=asked.pk)
    return asked


def happen(actor: User, at: datetime) -> None:
    with time_machine.travel(at), AuditEvent.objects.act():
        AuditEvent.objects.append("key.tested", actor=actor)


class TestOldEvents:
    def test_their_bytes_and_columns_go_and_their_hashes_stay(self, old: ImageRequest) -> None:
        before = {event.sequence: bytes(event.leaf_hash) for event in AuditEvent.objects.all()}
        aged = AuditEvent.objects.filter(request=old).count()
        assert retention.apply() >= aged
        gone = AuditEvent.objects.filter(content__isnull=True)
        assert gone.count() >= aged
        assert {event.action + event.target + event.address for event in gone} == {""}
        assert all(bytes(event.leaf_hash) == before[event.sequence] for event in gone)
        assert all(event.facts == {} and event.is_expired for event in gone)

    def test_proofs_still_lead_to_the_root(self, old: ImageRequest) -> None:
        retention.apply()
        size = AuditEvent.objects.size()
        root = AuditEvent.objects.root_at(size)
        for event in AuditEvent.objects.all():
            proof = AuditEvent.objects.proof(event.sequence, size)
            leaf = bytes(event.leaf_hash)
            assert root_from_proof(leaf, event.sequence - 1, size, proof) == root

    def test_the_act_is_an_event(self, old: ImageRequest) -> None:
        removed = retention.apply()
        event = AuditEvent.objects.get(action="retention.applied")
        assert event.actor is None
        assert event.facts["events"] == removed
        last_gone = AuditEvent.objects.filter(content__isnull=True).last()
        assert last_gone is not None
        assert event.facts["through"] == last_gone.sequence

    def test_a_second_run_does_nothing(self, old: ImageRequest) -> None:
        retention.apply()
        assert retention.apply() == 0
        assert AuditEvent.objects.filter(action="retention.applied").count() == 1

    def test_many_go_in_steps(self, old: ImageRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retention, "AT_ONCE", 2)
        removed = retention.apply()
        steps = AuditEvent.objects.filter(action="retention.applied").order_by("sequence")
        assert sum(step.facts["events"] for step in steps) == removed
        assert len(steps) == (removed + 1) // 2

    def test_what_is_young_stays(self, alice: User, settings: Settings) -> None:
        settings.RETENTION_YEARS = 2
        happen(alice, timezone.now() - timedelta(days=2 * 365 - 2))
        assert retention.apply() == 0

    def test_an_old_time_behind_a_young_one_stays_in_its_place(self, alice: User) -> None:
        """A clock that once was wrong: by sequence, nothing behind a young event goes."""
        happen(alice, timezone.now())
        happen(alice, timezone.now() - timedelta(days=9 * 366))
        assert retention.apply() == 0


def test_of_an_old_call_the_bytes_go_and_the_request_is_kept_for_good(old: ImageRequest) -> None:
    call = ExchangeRecord.objects.get(request=old)
    retention.apply()
    now = ExchangeRecord.objects.get(request=old)
    assert (bytes(now.body), now.request_body, now.headers) == (b"", "", {})
    assert (now.status, now.request_sha256) == (call.status, call.request_sha256)
    kept = ImageRequest.objects.get(pk=old.pk)
    assert (kept.reason, kept.server_id, kept.actor_id) == (old.reason, old.server_id, old.actor_id)


def test_five_years_before_a_29th_of_february_is_the_28th() -> None:
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert retention._years_ago(leap, 5) == datetime(2023, 2, 28, 12, tzinfo=UTC)
    assert retention._years_ago(leap, 4) == datetime(2024, 2, 29, 12, tzinfo=UTC)
