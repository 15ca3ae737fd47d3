"""What is done to one request is done to no other, and is told in full."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.services import hosts
from images.services.keys import open_key
from images.services.reconciling import reconcile
from images.services.sending import send
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Sandbox
from tests.people import ACCESS_KEY, make_key, make_request
from tests.services.asking import closed_port, fresh, make_due, record_of, seconds_until_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(alice: User) -> ImageRequest:
    return make_request(make_key(alice), due_at=timezone.now() + timedelta(hours=1), attempt=1)


def unchanged(asked: ImageRequest) -> bool:
    now = fresh(asked)
    fields = ("state", "due_at", "looks", "last_look_at", "look_trouble", "settled_at")
    return all(getattr(now, each) == getattr(asked, each) for each in fields)


def test_a_refusal_of_ours(alice: User, scp: Sandbox, other: ImageRequest) -> None:
    asked = make_request(make_key(alice, disabled_at=timezone.now()))
    send(request_id=asked.pk)
    assert (fresh(asked).state, fresh(asked).outcome_reason) == (
        State.REFUSED,
        OwnReason.KEY_DISABLED,
    )
    event = AuditEvent.objects.get(action="request.refused")
    assert event.target == asked.image_name
    assert unchanged(other)


def test_a_silent_host(alices_key: AccessKey, other: ImageRequest) -> None:
    asked = make_request(alices_key)
    hosts.silence(environment="e", region="kr-west1", wait=timedelta(seconds=90))
    send(request_id=asked.pk)
    assert 80 < seconds_until_due(asked) <= 90
    assert unchanged(other)


def test_a_search(alices_key: AccessKey, scp: Sandbox) -> None:
    now = timezone.now()
    asked, other = (
        make_request(alices_key, state=State.UNKNOWN, due_at=now, lost_at=now, look_trouble="tls")
        for _ in range(2)
    )
    reconcile(request_id=asked.pk)
    looked = fresh(asked)
    assert (looked.looks, looked.misses, looked.look_trouble) == (1, 1, "")
    assert looked.last_look_at is not None
    assert unchanged(other)


def test_the_claim_tells_attempt_and_body(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = make_request(alices_key, server_id=scp.servers[0].id)
    send(request_id=asked.pk)
    event = AuditEvent.objects.get(action="request.sending")
    assert event.target == asked.image_name
    kept = record_of(asked)
    assert event.facts == {
        "attempt": 1,
        "method": "POST",
        "url": kept.url,
        "sha256": kept.request_sha256,
    }
    assert [each.access_key for each in scp.journal if each.method == "POST"] == [ACCESS_KEY]


def test_the_pauses_double_from_ten_seconds(alices_key: AccessKey, settings: Settings) -> None:
    settings.SCP_URL_TEMPLATE = f"http://127.0.0.1:{closed_port()}"
    asked = make_request(alices_key)
    for pause in (10, 20, 40, 80):
        make_due(asked)
        send(request_id=asked.pk)
        assert pause - 5 < seconds_until_due(asked) <= pause
    make_due(asked)
    send(request_id=asked.pk)
    assert (fresh(asked).state, fresh(asked).due_at) == (State.REFUSED, None)


def lost(key: AccessKey, server_id: str, **changes: object) -> ImageRequest:
    now = timezone.now()
    values = {"state": State.UNKNOWN, "attempt": 1, "due_at": now, "lost_at": now, "misses": 2}
    return make_request(key, server_id=server_id, **{**values, **changes})


def test_an_adoption(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = lost(alices_key, scp.servers[0].id, look_trouble="tls")
    other = lost(alices_key, scp.servers[1].id)
    make_image(alices_key, asked)
    scp.clock.advance(60)
    reconcile(request_id=asked.pk)
    now = fresh(asked)
    assert (now.state, now.image_id) == (State.ACCEPTED, scp.ledger[0].image_id)
    assert (now.looks, now.misses, now.look_trouble) == (0, 0, "")
    assert 5 < seconds_until_due(asked) <= 10
    assert AuditEvent.objects.get(action="request.adopted").target == asked.image_name
    assert unchanged(other)


def test_what_a_person_may_choose_from(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = lost(alices_key, scp.servers[0].id, look_trouble="tls")
    make_image(alices_key, asked)
    scp.servers[1].name = scp.servers[0].name
    make_image(alices_key, asked, server_id=scp.servers[1].id)
    scp.clock.advance(60)
    reconcile(request_id=asked.pk)
    now = fresh(asked)
    assert (now.state, now.needs_person, now.due_at) == (State.UNKNOWN, True, None)
    assert now.look_trouble == ""
    made = {image.image_id: image for image in scp.ledger}
    assert {each["id"] for each in now.candidates} == set(made)
    for each in now.candidates:
        assert (each["name"], each["status"]) == (asked.image_name, "active")
        assert each["created_at"][:16] == made[each["id"]].made_at[:16]


def make_image(key: AccessKey, asked: ImageRequest, *, server_id: str = "") -> None:
    """Let the stand-in make an image of the request's name, as a send whose answer was lost did."""
    client = open_key(key)
    call = client.prepare_image(server_id=server_id or asked.server_id, image_name=asked.image_name)
    client.create_image(call)
