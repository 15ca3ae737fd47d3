"""Requests that the console itself stops before a byte leaves."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, AuditEvent, ExchangeRecord, User
from images.scp.errors import Reason
from images.services import keys
from images.services.sending import send
from images.vocabulary import OwnReason, Role, State
from scpconsole.sandbox import Sandbox
from tests.people import make_key, make_request
from tests.scp.certificates import make_certificate
from tests.scp.wire import ACCEPTED, Peer, answer
from tests.services.asking import actions, ask_for, fresh, last_facts, make_due, posts, record_of

OTHER_KEYRING = ["ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="]
Spoil = Callable[[AccessKey, Settings], None]


def disable_the_key(key: AccessKey, settings: Settings) -> None:
    keys.disable(actor=key.owner, key=key)


def let_the_key_expire(key: AccessKey, settings: Settings) -> None:
    key.expires_on = timezone.localdate() - timedelta(days=1)
    key.save()


def take_the_role(key: AccessKey, settings: Settings) -> None:
    User.objects.filter(pk=key.owner_id).update(role=Role.NONE)


def dismiss_the_person(key: AccessKey, settings: Settings) -> None:
    User.objects.filter(pk=key.owner_id).update(is_active=False)


def forget_the_region(key: AccessKey, settings: Settings) -> None:
    settings.SCP_ENVIRONMENTS = {"e": ("kr-east1",)}


def forget_the_environment(key: AccessKey, settings: Settings) -> None:
    settings.SCP_ENVIRONMENTS = {"g": ("kr-south1",)}


def forbid_loopback(key: AccessKey, settings: Settings) -> None:
    settings.SCP_ALLOW_LOOPBACK = False


def lose_the_master(key: AccessKey, settings: Settings) -> None:
    settings.KEYRING = OTHER_KEYRING


def damage_the_secret(key: AccessKey, settings: Settings) -> None:
    key.sealed_secret_key = key.sealed_secret_key[:-8] + "AAAAAAA="
    key.save()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (disable_the_key, OwnReason.KEY_DISABLED),
        (let_the_key_expire, OwnReason.KEY_EXPIRED),
        (take_the_role, OwnReason.ROLE_LOST),
        (dismiss_the_person, OwnReason.ACCOUNT_DISABLED),
        (forget_the_region, OwnReason.PLACE_UNKNOWN),
        (forget_the_environment, OwnReason.PLACE_UNKNOWN),
        (forbid_loopback, OwnReason.PLACE_UNKNOWN),
        (lose_the_master, OwnReason.KEY_UNREADABLE),
        (damage_the_secret, OwnReason.KEY_UNREADABLE),
    ],
)
def test_what_changed_since_the_wish_refuses_it_unsent(
    alices_key: AccessKey, scp: Sandbox, settings: Settings, spoil: Spoil, reason: OwnReason
) -> None:
    asked = ask_for(alices_key, scp)
    spoil(alices_key, settings)
    send(request_id=asked.pk)
    now = fresh(asked)
    assert (now.state, now.outcome_reason, now.attempt) == (State.REFUSED, reason, 0)
    assert (now.due_at, now.sent_at) == (None, None)
    assert now.settled_at is not None
    assert now.refusal is not None
    assert actions(asked) == ["request.recorded", "request.refused"]
    assert last_facts(asked) == {"reason": reason, "was_sent": False}
    assert scp.journal == []
    assert not ExchangeRecord.objects.exists()


def test_an_earlier_try_leaves_no_words_of_scp_behind(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = ask_for(alices_key, scp)
    scp.faults.add("status", status=429, kind="create_image")
    send(request_id=asked.pk)
    keys.disable(actor=alices_key.owner, key=alices_key)
    make_due(asked)
    send(request_id=asked.pk)
    now = fresh(asked)
    assert (now.state, now.outcome_reason) == (State.REFUSED, OwnReason.KEY_DISABLED)
    assert (now.outcome_code, now.outcome_detail, now.outcome_request_ids) == ("", "", {})
    assert now.sent_at is None
    assert posts(scp) == 1


def test_the_last_day_of_a_key_still_counts(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = ask_for(alices_key, scp)
    AccessKey.objects.filter(pk=alices_key.pk).update(expires_on=timezone.localdate())
    send(request_id=asked.pk)
    assert fresh(asked).state == State.ACCEPTED


def test_a_server_id_that_is_none_is_never_sent(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = make_request(alices_key, server_id="../images")
    send(request_id=asked.pk)
    assert (fresh(asked).state, fresh(asked).outcome_reason) == (State.REFUSED, Reason.BAD_URL)
    assert scp.journal == []


def test_an_access_key_that_no_header_can_carry_is_never_sent(alice: User, scp: Sandbox) -> None:
    asked = ask_for(make_key(alice, access_key="두 단어"), scp)
    send(request_id=asked.pk)
    now = fresh(asked)
    assert (now.state, now.outcome_reason) == (State.REFUSED, Reason.SIGNATURE)
    assert last_facts(asked)["was_sent"] is False
    assert scp.journal == []


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(
    alices_key: AccessKey, scp: Sandbox, settings: Settings, tmp_path: Path
) -> None:
    asked = ask_for(alices_key, scp)
    tls = make_certificate(tmp_path).server_context()
    with Peer(answer(202, ACCEPTED), tls=tls) as peer:
        settings.SCP_URL_TEMPLATE = f"https://127.0.0.1:{peer.port}"
        send(request_id=asked.pk)
    assert (fresh(asked).state, fresh(asked).outcome_reason) == (State.REFUSED, Reason.TLS)
    assert (fresh(asked).attempt, peer.requests) == (1, [])
    assert (record_of(asked).left_us, record_of(asked).is_finished) == (False, True)


def test_a_file_of_authorities_that_is_gone_refuses_it_unsent(
    alices_key: AccessKey, scp: Sandbox, settings: Settings, tmp_path: Path
) -> None:
    asked = ask_for(alices_key, scp)
    settings.SCP_URL_TEMPLATE = "https://127.0.0.1:9"
    settings.SCP_CA_BUNDLE = str(tmp_path / "gone.pem")
    send(request_id=asked.pk)
    assert fresh(asked).outcome_reason == OwnReason.PLACE_UNKNOWN
    assert posts(scp) == 0


def test_a_withdrawn_request_is_not_refused_over_again(alices_key: AccessKey, scp: Sandbox) -> None:
    asked = make_request(alices_key, state=State.CANCELLED, due_at=None)
    keys.disable(actor=alices_key.owner, key=alices_key)
    send(request_id=asked.pk)
    assert fresh(asked).state == State.CANCELLED
    assert not AuditEvent.objects.filter(request=asked).exists()
