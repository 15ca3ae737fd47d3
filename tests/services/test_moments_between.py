"""What may have changed between the wish and the send, or while SCP was asked, changes no rule."""

from typing import Any

import pytest
from django.utils import timezone

from images.models import AccessKey, ImageRequest, User
from images.scp.client import Client
from images.scp.paging import Listing
from images.scp.shapes import Image, read_image
from images.services import hosts, keys, reconciling, sending
from images.vocabulary import OwnReason, Role, State
from scpconsole.sandbox import Sandbox
from tests.services.asking import actions, ask_for, fresh, make_due, record_of
from tests.services.test_reconciling import lost, lost_before, made, search
from tests.services.test_reconciling_doubt import LONG

__all__ = ["lost"]


def test_a_request_is_sent_as_it_was_wished(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = ask_for(alices_key, scp, language="ko-KR")
    AccessKey.objects.filter(pk=alices_key.pk).update(api_version="1.2")
    sending.send(request_id=asked.pk)
    sent = {name.lower(): value for name, value in record_of(asked).request_headers.items()}
    assert sent["scp-api-version"] == "virtualserver 1.3"
    assert sent["accept-language"] == "ko-KR"


def test_one_that_was_withdrawn_as_we_looked_is_not_refused(
    alices_key: AccessKey, scp: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask_for(alices_key, scp)

    def withdrawn(request: ImageRequest) -> str:
        ImageRequest.objects.filter(pk=request.pk).update(state=State.CANCELLED)
        return OwnReason.ROLE_LOST

    monkeypatch.setattr(sending, "_own_refusal", withdrawn)
    sending.send(request_id=asked.pk)
    assert fresh(asked).state == State.CANCELLED


@pytest.mark.parametrize(
    ("takes", "reason"),
    [
        ({"is_active": False}, OwnReason.ACCOUNT_DISABLED),
        ({"role": Role.AUDITOR}, OwnReason.ROLE_LOST),
    ],
)
def test_a_right_that_goes_before_the_claim_stops_the_send(
    alices_key: AccessKey,
    scp: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    takes: dict[str, Any],
    reason: OwnReason,
) -> None:
    """The person is looked at again with the claim, after all that was prepared for the call."""
    asked = ask_for(alices_key, scp)
    opened = keys.open_key

    def taken(key: AccessKey, **options: Any) -> Client:
        User.objects.filter(pk=key.owner_id).update(**takes)
        return opened(key, **options)

    monkeypatch.setattr(keys, "open_key", taken)
    sending.send(request_id=asked.pk)
    now = fresh(asked)
    assert (now.state, now.outcome_reason, now.attempt) == (State.REFUSED, reason, 0)
    assert actions(asked) == ["request.recorded", "request.refused"]
    assert scp.journal == []


def test_a_key_that_is_disabled_before_the_claim_stops_the_send(
    alices_key: AccessKey, scp: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask_for(alices_key, scp)
    opened = keys.open_key

    def taken(key: AccessKey, **options: Any) -> Client:
        keys.disable(actor=key.owner, key=AccessKey.objects.get(pk=key.pk))
        return opened(key, **options)

    monkeypatch.setattr(keys, "open_key", taken)
    sending.send(request_id=asked.pk)
    assert fresh(asked).outcome_reason == OwnReason.KEY_DISABLED
    assert scp.journal == []


def test_one_that_was_withdrawn_is_not_put_off_either(
    alices_key: AccessKey, scp: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask_for(alices_key, scp)

    def withdrawn(**place: str) -> Any:
        ImageRequest.objects.filter(pk=asked.pk).update(state=State.CANCELLED, due_at=None)
        return timezone.now()

    monkeypatch.setattr(hosts, "silent_until", withdrawn)
    sending.send(request_id=asked.pk)
    assert (fresh(asked).state, fresh(asked).due_at) == (State.CANCELLED, None)


def test_a_late_answer_during_a_look_is_not_undone(
    lost: ImageRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered(client: Client, **filters: Any) -> Listing[Image]:
        ImageRequest.objects.filter(pk=lost.pk).update(state=State.ACCEPTED, image_id="an-id")
        return Listing(rows=(), is_complete=True, skipped=0)

    monkeypatch.setattr(Client, "list_images", answered)
    ImageRequest.objects.filter(pk=lost.pk).update(misses=2)
    lost_before(lost, LONG)
    make_due(lost)
    reconciling.reconcile(request_id=lost.pk)
    assert (fresh(lost).state, fresh(lost).image_id) == (State.ACCEPTED, "an-id")


class TestAnIdOfAnother:
    @pytest.fixture
    def doubtful(self, lost: ImageRequest) -> ImageRequest:
        doubt = OwnReason.IMAGE_OF_ANOTHER
        ImageRequest.objects.filter(pk=lost.pk).update(outcome_reason=doubt, needs_person=True)
        return lost

    def test_the_search_ends_without_a_word_of_its_own(self, doubtful: ImageRequest) -> None:
        ImageRequest.objects.filter(pk=doubtful.pk).update(look_trouble="tls", misses=2)
        lost_before(doubtful, LONG)
        now = search(doubtful)
        assert (now.state, now.due_at, now.look_trouble) == (State.UNKNOWN, None, "")
        assert now.needs_person
        assert now.outcome_reason == OwnReason.IMAGE_OF_ANOTHER

    def test_what_is_found_is_shown_and_the_doubt_stays(
        self, doubtful: ImageRequest, scp: Sandbox
    ) -> None:
        image = made(scp)
        now = search(doubtful)
        assert now.outcome_reason == OwnReason.IMAGE_OF_ANOTHER
        assert [each["id"] for each in now.candidates] == [image.id]


def test_an_image_without_a_time_can_be_chosen_too(
    lost: ImageRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ["70a599e0-31e7-49b7-b260-868f441e862b", "70a599e0-31e7-49b7-b260-868f441e862c"]
    rows = [read_image({"id": each, "name": lost.image_name}) for each in ids]
    found = Listing(rows=tuple(row for row in rows if row), is_complete=True, skipped=0)
    monkeypatch.setattr(Client, "list_images", lambda client, **filters: found)
    now = search(lost)
    assert [(each["id"], each["created_at"]) for each in now.candidates] == [(i, "") for i in ids]
