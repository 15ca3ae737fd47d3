"""What SCP says now of a request's image: one live read, for its owner, with an own usable key."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ApiHost, AuditEvent, ImageRequest, User
from images.services import cloud_record, hosts, keys
from images.services.cloud_record import Finding, NoLook, Sight, look_now
from images.services.following import follow
from images.services.sending import send
from images.vocabulary import OwnReason, Role, State
from scpconsole.sandbox import OTHER_ACCOUNT, Sandbox
from tests.people import ACCESS_KEY, make_key, make_request
from tests.services.asking import NAME, ask_for, calls, closed_port, fresh, listed, make_due


@pytest.fixture
def ready(alices_key: AccessKey, scp: Sandbox) -> ImageRequest:
    """A request whose image the console saw ready."""
    asked = ask_for(alices_key, scp)
    send(request_id=asked.pk)
    scp.clock.advance(60)
    make_due(asked)
    follow(request_id=asked.pk)
    assert fresh(asked).state == State.READY
    return fresh(asked)


def look(asked: ImageRequest) -> Sight:
    seen = look_now(person=asked.actor, asked=asked, language="en-US")
    assert isinstance(seen, Sight)
    return seen


def no_look(asked: ImageRequest, person: User) -> NoLook:
    seen = look_now(person=person, asked=asked, language="en-US")
    assert isinstance(seen, NoLook)
    return seen


def known_key(owner: User, scp: Sandbox, name: str, *, account: str = "") -> AccessKey:
    scp.add_key(name, f"secret-of-{name}", **({"account": account} if account else {}))
    return make_key(owner, access_key=name, secret_key=f"secret-of-{name}")


class TestTheLook:
    def test_agrees_and_costs_one_call_and_no_event(
        self, ready: ImageRequest, scp: Sandbox
    ) -> None:
        before = (len(scp.journal), AuditEvent.objects.count())
        row = ImageRequest.objects.filter(pk=ready.pk).values().get()
        seen = look(ready)
        assert (seen.finding, seen.differing) == (Finding.MATCHED, frozenset())
        assert seen.image is not None
        assert (seen.image.id, seen.image.name) == (ready.image_id, NAME)
        assert (len(scp.journal), AuditEvent.objects.count()) == (before[0] + 1, before[1])
        assert ImageRequest.objects.filter(pk=ready.pk).values().get() == row
        assert AccessKey.objects.get(pk=ready.key_id).last_used_at == seen.at

    @pytest.mark.parametrize(
        ("changes", "names"),
        [
            ({"image_name": "another"}, {"name"}),
            ({"scp_status": "queued"}, {"status"}),
            ({"scp_status": "ACTIVE"}, set()),
            ({"scp_status": "", "state": State.ACCEPTED}, set()),
            ({"sent_at": timedelta(days=1)}, {"created"}),
            ({"sent_at": timedelta(minutes=5)}, set()),
            ({"state": State.GONE}, {"status"}),
            ({"image_name": "another", "scp_status": "killed"}, {"name", "status"}),
        ],
    )
    def test_names_what_differs(
        self, ready: ImageRequest, changes: dict[str, object], names: set[str]
    ) -> None:
        for name, value in changes.items():
            new = timezone.now() + value if isinstance(value, timedelta) else value
            setattr(ready, name, new)
        seen = look(ready)
        assert seen.differing == names
        assert seen.finding == (Finding.DIFFERS if names else Finding.MATCHED)

    @pytest.mark.parametrize(
        ("state", "finding"),
        [
            (State.READY, Finding.NOT_FOUND),
            (State.ACCEPTED, Finding.NOT_FOUND),
            (State.FAILED, Finding.NOT_FOUND),
            (State.GONE, Finding.MATCHED),
        ],
    )
    def test_an_image_that_scp_does_not_know(
        self, alices_key: AccessKey, state: State, finding: Finding
    ) -> None:
        asked = make_request(alices_key, state=state, image_id=str(uuid.uuid4()))
        assert look(asked).finding == finding

    @pytest.mark.parametrize(("status", "reason"), [(401, "signature"), (403, "forbidden")])
    def test_not_permitted(
        self, ready: ImageRequest, scp: Sandbox, status: int, reason: str
    ) -> None:
        scp.faults.add("status", status=status, kind="show_image")
        seen = look(ready)
        assert (seen.finding, seen.reason) == (Finding.NOT_PERMITTED, reason)

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(400, "bad_request"), (406, "version"), (409, "conflict"), (500, "server_error")],
    )
    def test_an_answer_that_tells_nothing(
        self, ready: ImageRequest, scp: Sandbox, status: int, reason: str
    ) -> None:
        scp.faults.add("status", status=status, kind="show_image", times=None)
        seen = look(ready)
        assert (seen.finding, seen.reason, seen.status) == (Finding.NOT_REACHED, reason, status)

    def test_a_page_of_another_host_says_nothing_of_the_image(
        self, ready: ImageRequest, scp: Sandbox
    ) -> None:
        scp.faults.add("wrong_host", kind="show_image", times=None)
        seen = look(ready)
        assert (seen.finding, seen.reason) == (Finding.NOT_REACHED, "wrong_host")

    def test_nobody_there(self, ready: ImageRequest, settings: Settings) -> None:
        settings.SCP_URL_TEMPLATE = f"http://127.0.0.1:{closed_port()}"
        settings.SCP_PAGE_SECONDS = 0.1
        assert look(ready).finding == Finding.NOT_REACHED

    def test_it_ends_soon(self, ready: ImageRequest, scp: Sandbox, settings: Settings) -> None:
        settings.SCP_PAGE_SECONDS = 0.3
        scp.faults.add("hang", kind="show_image", times=None)
        begun = timezone.now()
        assert look(ready).finding == Finding.NOT_REACHED
        assert timezone.now() - begun < timedelta(seconds=3)

    @pytest.mark.parametrize("status", [417, 429])
    def test_being_turned_away_quiets_everybody_and_the_next_look(
        self, ready: ImageRequest, scp: Sandbox, settings: Settings, status: int
    ) -> None:
        settings.SCP_PAGE_SECONDS = 0.2
        scp.faults.add("status", status=status, kind="show_image", times=None)
        assert look(ready).finding == Finding.NOT_REACHED
        silent_until = ApiHost.objects.get().silent_until
        many = len(scp.journal)
        seen = look(ready)
        assert (seen.finding, seen.silent_until) == (Finding.NOT_REACHED, silent_until)
        assert len(scp.journal) == many

    def test_a_key_that_cannot_be_opened(self, ready: ImageRequest) -> None:
        AccessKey.objects.filter(pk=ready.key_id).update(sealed_secret_key="damaged")
        seen = look(ready)
        assert (seen.finding, seen.reason) == (Finding.NOT_REACHED, OwnReason.KEY_UNREADABLE)

    def test_a_place_that_is_configured_no_more(
        self, ready: ImageRequest, settings: Settings
    ) -> None:
        settings.SCP_ENVIRONMENTS = {"g": ["kr-south1"]}
        seen = look(ready)
        assert (seen.finding, seen.reason) == (Finding.NOT_REACHED, OwnReason.PLACE_UNKNOWN)


class TestByName:
    """Where no image id is known an image may be there all the same."""

    @pytest.mark.parametrize(
        ("state", "finding"),
        [(State.UNKNOWN, Finding.NOT_FOUND), (State.NOT_MADE, Finding.MATCHED)],
    )
    def test_none_of_this_name(
        self, alices_key: AccessKey, scp: Sandbox, state: State, finding: Finding
    ) -> None:
        seen = look(make_request(alices_key, state=state))
        assert (seen.finding, seen.namesakes) == (finding, ())
        assert calls(scp, "list_images") == 1

    @pytest.mark.parametrize("state", [State.UNKNOWN, State.NOT_MADE])
    def test_one_that_no_request_owns(
        self, alices_key: AccessKey, scp: Sandbox, state: State
    ) -> None:
        asked = make_request(alices_key, state=state, image_name=NAME)
        key = scp.keyring.get(ACCESS_KEY)
        assert key is not None
        made = scp.make_image(scp.server(listed(scp).id), NAME, key=key, version="1.3")
        scp.clock.advance(60)
        seen = look(asked)
        assert seen.finding == Finding.DIFFERS
        assert [image.id for image in seen.namesakes] == [made.id]

    def test_one_that_another_request_owns_is_not_counted(
        self, ready: ImageRequest, alices_key: AccessKey
    ) -> None:
        asked = make_request(alices_key, state=State.NOT_MADE, image_name=ready.image_name)
        assert look(asked).finding == Finding.MATCHED


class TestWhoLooks:
    @pytest.mark.parametrize(
        "state", [State.RECORDED, State.SENDING, State.REFUSED, State.CANCELLED]
    )
    def test_where_nothing_was_accepted_nobody_need_look(
        self, alices_key: AccessKey, scp: Sandbox, alice: User, state: State
    ) -> None:
        asked = make_request(alices_key, state=state)
        assert no_look(asked, alice) == NoLook.NOTHING_THERE
        assert scp.journal == []

    def test_only_the_owner(self, ready: ImageRequest, bob: User, dora: User, scp: Sandbox) -> None:
        known_key(dora, scp, "DORAS")
        many = len(scp.journal)
        assert {no_look(ready, bob), no_look(ready, dora)} == {NoLook.NOT_OWNER}
        assert len(scp.journal) == many

    def test_not_even_the_owner_without_the_role_to_hold_keys(
        self, ready: ImageRequest, alice: User
    ) -> None:
        alice.role = Role.AUDITOR
        assert no_look(ready, alice) == NoLook.NOT_OWNER

    def test_not_with_a_disabled_or_expired_key(
        self, ready: ImageRequest, alice: User, scp: Sandbox
    ) -> None:
        many = len(scp.journal)
        AccessKey.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
        assert no_look(ready, alice) == NoLook.NO_KEY
        AccessKey.objects.update(expires_on=None)
        keys.disable(actor=alice, key=ready.key)
        assert no_look(ready, alice) == NoLook.NO_KEY
        assert len(scp.journal) == many

    def test_another_key_of_ones_own_for_the_place_steps_in(
        self, ready: ImageRequest, alice: User, dora: User, scp: Sandbox
    ) -> None:
        known_key(dora, scp, "DORAS")
        make_key(alice, region="kr-east1")
        other = known_key(alice, scp, "REPLACEMENT")
        assert look(ready).key == ready.key
        keys.disable(actor=alice, key=ready.key)
        seen = look(ready)
        assert (seen.finding, seen.key) == (Finding.MATCHED, other)
        assert scp.journal[-1].access_key == "REPLACEMENT"

    def test_that_another_account_shows_nothing_proves_nothing(
        self, ready: ImageRequest, alice: User, scp: Sandbox
    ) -> None:
        known_key(alice, scp, "ELSEWHERE", account=OTHER_ACCOUNT)
        keys.disable(actor=alice, key=ready.key)
        ready.state = State.GONE
        assert look(ready).finding == Finding.NOT_FOUND


@pytest.mark.django_db(transaction=True)
def test_of_one_persons_looks_one_is_under_way(ready: ImageRequest, scp: Sandbox) -> None:
    scp.faults.add("slow", seconds=1, kind="show_image")
    first: list[Sight] = []
    thread = threading.Thread(target=lambda: first.append(look_and_hang_up(ready)))
    thread.start()
    while ready.actor_id not in cloud_record._asking:
        assert thread.is_alive()
    second = look(ready)
    thread.join()
    assert (second.finding, second.reason) == (Finding.NOT_REACHED, "")
    assert first[0].finding == Finding.MATCHED
    assert look(ready).finding == Finding.MATCHED


def look_and_hang_up(asked: ImageRequest) -> Sight:
    try:
        return look(asked)
    finally:
        connection.close()


def test_silence_that_is_over_is_no_silence(ready: ImageRequest) -> None:
    hosts.silence(environment="e", region="kr-west1", wait=timedelta(seconds=-1))
    assert look(ready).finding == Finding.MATCHED
