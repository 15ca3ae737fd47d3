"""Asking and withdrawing: one wish is one request, whoever clicks how often."""

import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.models.audit_event import instant
from images.services import keys
from images.services.refusal import NotAllowed
from images.services.requests import Asked, ask, withdraw
from images.services.sending import send
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.people import make_key, make_request
from tests.services.asking import NAME, actions, ask_for, fresh, listed, posts
from tests.services.background import in_threads, locked_database


def refusal_of(key: AccessKey, scp: Sandbox, **changes: Any) -> NotAllowed:
    before, size = ImageRequest.objects.count(), AuditEvent.objects.size()
    with pytest.raises(NotAllowed) as refusal:
        ask_for(key, scp, **changes)
    assert ImageRequest.objects.count() == before
    [told] = AuditEvent.objects.filter(sequence__gt=size)
    assert (told.action, told.facts["reason"]) == (
        "request.turned_away",
        refusal.value.sentence,
    )
    return refusal.value


class TestAsking:
    def test_the_wish_is_kept_by_id_and_as_text(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        keys.change(actor=alices_key.owner, key=alices_key, alias="renamed", api_version="1.2")
        now = fresh(asked)
        assert (now.actor_name, now.key_alias, now.api_version) == ("alice", "alice's key", "1.3")
        assert (now.key_fingerprint, now.server_name) == (alices_key.fingerprint, "web-prod-01")
        assert (now.state, now.attempt, now.may_withdraw) == (State.RECORDED, 0, True)
        assert str(now) == NAME
        event = AuditEvent.objects.get(request=asked)
        assert event.facts == {
            "server_id": scp.servers[0].id,
            "server_name": "web-prod-01",
            "image_name": NAME,
            "reason": asked.reason,
            "ticket": "CHG-1",
            "key_alias": "alice's key",
            "key_fingerprint": alices_key.fingerprint,
            "environment": "e",
            "region": "kr-west1",
            "api_version": "1.3",
            "access_key": str(alices_key.pk),
            "recorded_at": instant(asked.recorded_at),
        }
        assert scp.journal == []

    def test_it_wakes_the_worker(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        assert DBTaskResult.objects.ready().get().args_kwargs["args"] == [str(asked.pk)]

    def test_names_longer_than_their_columns_are_cut(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.servers[0].name = "a" * 4_000
        alices_key.owner.first_name = "\u202e" * 150
        asked = ask_for(alices_key, scp)
        asked.refresh_from_db()
        assert asked.server_name == "a" * 255
        assert asked.actor_name.startswith("‹U+202E›‹U+202E›")
        assert len(asked.actor_name) == 150

    def test_the_same_form_is_the_same_request(self, alices_key: AccessKey, scp: Sandbox) -> None:
        token = uuid.uuid4()
        first = ask_for(alices_key, scp, token=token)
        second = ask_for(alices_key, scp, token=token, reason="typed once more")
        assert second == first
        assert actions(first) == ["request.recorded"]

    def test_even_after_it_was_settled(self, alices_key: AccessKey, scp: Sandbox) -> None:
        token = uuid.uuid4()
        first = ask_for(alices_key, scp, token=token)
        ImageRequest.objects.update(state=State.READY)
        assert ask_for(alices_key, scp, token=token) == first


class TestWhatOurRulesForbid:
    def test_another_open_request_on_the_server(self, alices_key: AccessKey, scp: Sandbox) -> None:
        ask_for(alices_key, scp)
        refusal = refusal_of(alices_key, scp, image_name="another")
        assert refusal.sentence == "An image of this server is already being made."

    def test_also_one_of_another_person(
        self, dora: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        ask_for(alices_key, scp)
        assert refusal_of(make_key(dora), scp, image_name="another").field == ""

    @pytest.mark.parametrize("state", [State.RECORDED, State.UNKNOWN, State.READY])
    def test_a_name_that_is_taken(self, alices_key: AccessKey, scp: Sandbox, state: State) -> None:
        make_request(alices_key, image_name=NAME, state=state)
        assert refusal_of(alices_key, scp).field == "image_name"

    @pytest.mark.parametrize("state", [State.REFUSED, State.NOT_MADE, State.CANCELLED])
    def test_a_name_that_was_never_used_is_free(
        self, alices_key: AccessKey, scp: Sandbox, state: State
    ) -> None:
        make_request(alices_key, image_name=NAME, state=state, due_at=None)
        assert ask_for(alices_key, scp).state == State.RECORDED

    def test_another_persons_form(self, dora: User, alices_key: AccessKey, scp: Sandbox) -> None:
        token = uuid.uuid4()
        ask_for(alices_key, scp, token=token)
        refusal = refusal_of(make_key(dora), scp, token=token, position=1)
        assert refusal.sentence == "This form belongs to another person. Open it afresh."

    def test_another_persons_key(self, dora: User, alices_key: AccessKey, scp: Sandbox) -> None:
        assert "not in use" in refusal_of(alices_key, scp, actor=dora).sentence

    def test_a_person_who_may_not(self, bob: User, alices_key: AccessKey, scp: Sandbox) -> None:
        assert "Your role" in refusal_of(alices_key, scp, actor=bob).sentence

    def test_a_key_that_is_disabled(self, alices_key: AccessKey, scp: Sandbox) -> None:
        keys.disable(actor=alices_key.owner, key=alices_key)
        assert "not in use" in refusal_of(alices_key, scp).sentence

    def test_a_key_that_has_expired(self, alices_key: AccessKey, scp: Sandbox) -> None:
        alices_key.expires_on = timezone.localdate() - timedelta(days=1)
        assert "expiry date" in refusal_of(alices_key, scp).sentence


class TestWithdrawing:
    def test_before_it_is_sent(self, alice: User, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = ask_for(alices_key, scp)
        withdraw(actor=alice, asked=asked)
        assert (asked.state, asked.due_at, asked.is_settled) == (State.CANCELLED, None, True)
        assert actions(asked) == ["request.recorded", "request.cancelled"]
        send(request_id=asked.pk)
        assert posts(scp) == 0

    @pytest.mark.parametrize("state", sorted(set(State) - {"recorded", "cancelled"}))
    def test_later_it_is_too_late(self, alice: User, alices_key: AccessKey, state: State) -> None:
        asked = make_request(alices_key, state=state)
        with pytest.raises(NotAllowed, match="past the point"):
            withdraw(actor=alice, asked=asked)
        assert (fresh(asked).state, actions(asked)) == (state, ["request.turned_away"])

    def test_a_second_time_changes_nothing(
        self, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        asked = ask_for(alices_key, scp)
        withdraw(actor=alice, asked=asked)
        withdraw(actor=alice, asked=asked)
        assert actions(asked).count("request.cancelled") == 1

    def test_a_page_that_is_older_than_the_send_withdraws_nothing(
        self, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        shown = ask_for(alices_key, scp)
        send(request_id=shown.pk)
        with pytest.raises(NotAllowed):
            withdraw(actor=alice, asked=shown)
        assert fresh(shown).state == State.ACCEPTED


class TestAskingAgain:
    @pytest.mark.parametrize(
        "state", [State.REFUSED, State.FAILED, State.NOT_MADE, State.CANCELLED]
    )
    def test_what_is_over_is_linked_to_the_new_one(
        self, alices_key: AccessKey, scp: Sandbox, state: State
    ) -> None:
        before = ended(alices_key, scp, state)
        again = ask_for(alices_key, scp, previous=before)
        assert fresh(again).previous == before
        assert AuditEvent.objects.get(request=again).facts["previous"] == str(before.pk)

    @pytest.mark.parametrize("state", [State.READY, State.UNKNOWN, State.ACCEPTED])
    def test_what_may_still_be_an_image_is_not_asked_again(
        self, alices_key: AccessKey, scp: Sandbox, state: State
    ) -> None:
        before = ended(alices_key, scp, state)
        assert "cannot be asked again" in refusal_of(alices_key, scp, previous=before).sentence

    def test_neither_another_persons_nor_another_servers(
        self, dora: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        before = ended(alices_key, scp, State.REFUSED)
        refusal_of(make_key(dora), scp, previous=before)
        refusal_of(alices_key, scp, previous=before, position=1)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """All look before anyone writes: the database is locked until each has come so far."""

    def all_at_once(self, wishes: list[dict[str, Any]]) -> list[Asked | NotAllowed]:
        waiting, found = list(wishes), list[Asked | NotAllowed]()
        lock = threading.Lock()

        def ask_one() -> None:
            with lock:
                wish = waiting.pop()
            try:
                found.append(ask(**wish))
            except NotAllowed as refusal:
                found.append(refusal)

        with locked_database() as unlock, in_threads(ask_one, count=len(wishes)):
            time.sleep(0.3)
            unlock()
        return found

    def wish(self, key: AccessKey, scp: Sandbox, **changes: Any) -> dict[str, Any]:
        return {
            "actor": key.owner,
            "key": key,
            "server": listed(scp),
            "image_name": NAME,
            "reason": "r",
            "ticket": "",
            "token": uuid.uuid4(),
            "language": "en-US",
            **changes,
        }

    def test_ten_clicks_are_one_request(self, alices_key: AccessKey, scp: Sandbox) -> None:
        found = self.all_at_once([self.wish(alices_key, scp)] * 10)
        asked = ImageRequest.objects.get()
        assert [each.request for each in found if isinstance(each, Asked)] == [asked] * 10
        assert sum(each.is_first for each in found if isinstance(each, Asked)) == 1
        assert actions(asked) == ["request.recorded"]

    def test_one_form_for_two_servers_is_one_request(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        first = self.wish(alices_key, scp)
        second = {**first, "server": listed(scp, 1), "image_name": "another"}
        found = self.all_at_once([first, second])
        asked = ImageRequest.objects.get()
        assert [each.request for each in found if isinstance(each, Asked)] == [asked] * 2

    def test_of_two_people_one_gets_the_server(
        self, dora: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        doras = make_key(dora)
        found = self.all_at_once(
            [self.wish(alices_key, scp), self.wish(doras, scp, image_name="another")]
        )
        assert {type(each) for each in found} == {Asked, NotAllowed}
        assert ImageRequest.objects.count() == 1


def ended(key: AccessKey, scp: Sandbox, state: State) -> ImageRequest:
    return make_request(key, server_id=scp.servers[0].id, state=state, due_at=None)
