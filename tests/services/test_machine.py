"""Any order of clicks, faults, crashes, late answers and decisions: the promise holds."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from images.models import ImageRequest
from images.services import outcomes
from images.services.following import follow
from images.services.reconciling import reconcile
from images.services.refusal import NotAllowed
from images.services.requests import ask, withdraw
from images.services.sending import send
from images.services.settling import look_sooner, settle
from images.services.waking import Ticker
from images.vocabulary import OPEN, Role, State
from tests.people import ACCESS_KEY, SECRET_KEY, make_key, make_person
from tests.services.asking import listed
from tests.services.machine import CREATE_FAULTS, ENDS, LOOK_FAULTS, Wish, World, make_token
from tests.services.promise import assert_kept, assert_settled

LOOKED_AT = frozenset({State.ACCEPTED, State.UNKNOWN})
numbers = st.integers(min_value=0, max_value=5)


class Promise(RuleBasedStateMachine):
    """Two people with a key each, three servers, one worker at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.scp = self.world.scp
        self.wishes: list[Wish] = []
        self.ticker = Ticker("machine")
        self.keys = [
            make_key(make_person(name, Role.OPERATOR), access_key=ACCESS_KEY, secret_key=SECRET_KEY)
            for name in ("alice", "carol")
        ]

    @initialize(seconds=st.sampled_from([0, 290]))
    def stay_unseen(self, seconds: int) -> None:
        """A fresh image may be invisible for 300 s. Source: SCP API reference, section 8."""
        self.scp.options.image_grace_seconds = seconds

    def pick(self, number: int, *states: State) -> Wish | None:
        """Return one of the wishes whose request is in one of the states."""
        found = [wish for wish in self.wishes if wish.now.state in states]
        return found[number % len(found)] if found else None

    @rule(person=st.sampled_from([0, 1]), server=st.sampled_from([0, 1, 2]), again=st.booleans())
    def submit(self, person: int, server: int, again: bool) -> None:
        """A second open request on a server is refused, whoever asks."""
        number, key = len(self.wishes) + 1, self.keys[person]
        form: dict[str, Any] = {
            "actor": key.owner,
            "key": key,
            "server": listed(self.scp, server),
            "image_name": f"image-{number}",
            "reason": "r",
            "ticket": "",
            "token": make_token(number),
            "language": "en-US",
            "previous": self.earlier(person, server) if again else None,
        }
        is_taken = any(
            wish.now.state in OPEN and wish.now.server_id == form["server"].id
            for wish in self.wishes
        )
        if is_taken:
            with pytest.raises(NotAllowed):
                ask(**form)
        else:
            self.wishes.append(Wish(ask(**form).request, form))

    def earlier(self, person: int, server: int) -> ImageRequest | None:
        mine = [
            wish.now
            for wish in self.wishes
            if wish.asked.actor_id == self.keys[person].owner_id
            and wish.asked.server_id == self.scp.servers[server].id
            and wish.now.may_ask_again
        ]
        return mine[-1] if mine else None

    @precondition(lambda self: self.wishes)
    @rule(number=numbers, person=st.sampled_from([0, 1]))
    def submit_the_same_form(self, number: int, person: int) -> None:
        wish = self.wishes[number % len(self.wishes)]
        actor, count = self.keys[person].owner, ImageRequest.objects.count()
        if actor == wish.asked.actor:
            again = ask(**wish.form)
            assert (again.request, again.is_first) == (wish.asked, False)
        else:
            with pytest.raises(NotAllowed):
                ask(**{**wish.form, "actor": actor, "key": self.keys[person]})
        assert ImageRequest.objects.count() == count

    @precondition(lambda self: self.wishes)
    @rule(number=numbers)
    def cancel(self, number: int) -> None:
        wish = self.wishes[number % len(self.wishes)]
        state = wish.now.state
        if state in {State.RECORDED, State.CANCELLED}:
            withdraw(actor=wish.asked.actor, asked=wish.now)
            assert wish.now.state == State.CANCELLED
        else:
            with pytest.raises(NotAllowed):
                withdraw(actor=wish.asked.actor, asked=wish.now)

    @precondition(lambda self: self.pick(0, State.RECORDED))
    @rule(number=numbers, fault=st.sampled_from(CREATE_FAULTS), how=st.sampled_from(ENDS))
    def work(self, number: int, fault: dict[str, Any] | None, how: str) -> None:
        wish = self.pick(number, State.RECORDED)
        assert wish
        before = self.world.arrived(wish)
        self.break_the_call(wish, fault)
        with self.world.ends(how):
            send(request_id=wish.asked.pk)
        self.scp.faults.clear()
        wish.sent += self.world.arrived(wish) - before

    def break_the_call(self, wish: Wish, fault: dict[str, Any] | None) -> None:
        if fault and fault["action"] == "given_image_id":
            owned = ImageRequest.objects.exclude(image_id="").first()
            fault = {**fault, "image_id": owned.image_id.upper()} if owned else None
            wish.is_blurred = wish.is_blurred or bool(owned)
        if fault:
            self.scp.faults.add(**fault, kind="create_image")

    @precondition(lambda self: self.wishes)
    @rule(number=numbers)
    def wake_a_send_for_nothing(self, number: int) -> None:
        """A doubled wake-up of what is under way or over sends nothing."""
        wish = self.wishes[number % len(self.wishes)]
        if wish.now.state != State.RECORDED:
            before = len(self.scp.journal)
            send(request_id=wish.asked.pk)
            assert len(self.scp.journal) == before

    @precondition(lambda self: self.world.late)
    @rule(number=numbers)
    def a_late_answer_comes(self, number: int) -> None:
        claim, outcome = self.world.late.pop(number % len(self.world.late))
        outcomes.record(claim, outcome)

    @rule()
    def tick(self) -> None:
        self.ticker.tick()

    @rule(seconds=st.sampled_from([11, 61, 301, 1000, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @precondition(lambda self: self.pick(0, *LOOKED_AT))
    @rule(number=numbers, fault=st.sampled_from(LOOK_FAULTS))
    def look(self, number: int, fault: dict[str, Any] | None) -> None:
        wish = self.pick(number, *LOOKED_AT)
        assert wish
        is_search = wish.now.state == State.UNKNOWN
        if fault:
            self.scp.faults.add(**fault, kind="list_images" if is_search else "show_image")
        (reconcile if is_search else follow)(request_id=wish.asked.pk)
        self.scp.faults.clear()

    @precondition(lambda self: self.pick(0, *LOOKED_AT))
    @rule(number=numbers)
    def wish_for_a_look(self, number: int) -> None:
        wish = self.pick(number, *LOOKED_AT)
        assert wish
        look_sooner(actor=wish.asked.actor, asked=wish.now)

    @precondition(lambda self: self.wishes)
    @rule(number=numbers)
    def somebody_else_uses_the_name(self, number: int) -> None:
        wish, key = self.wishes[number % len(self.wishes)], self.scp.keyring.get(ACCESS_KEY)
        assert key
        name = wish.asked.image_name
        image = self.scp.make_image(self.scp.servers[0], name, key=key, version="1.3")
        self.world.strangers.add(image.id)
        wish.is_blurred = True

    @precondition(lambda self: any(wish.now.needs_person for wish in self.wishes))
    @rule(number=numbers, choice=numbers)
    def a_person_decides(self, number: int, choice: int) -> None:
        waiting = [wish for wish in self.wishes if wish.now.needs_person]
        wish = waiting[number % len(waiting)]
        shown = [*(each["id"] for each in wish.now.candidates), ""]
        image_id = shown[choice % len(shown)]
        settle(actor=wish.asked.actor, asked=wish.now, image_id=image_id, reason="I looked.")
        wish.was_denied = wish.was_denied or not image_id
        wish.is_blurred = True

    @invariant()
    def the_promise_holds(self) -> None:
        for wish in self.wishes:
            images = [] if wish.was_denied else self.world.made_for(wish)
            assert_kept(wish.asked, sent=wish.sent, images=images)

    @invariant()
    def a_server_has_one_open_request(self) -> None:
        servers = [wish.now.server_id for wish in self.wishes if wish.now.state in OPEN]
        assert len(servers) == len(set(servers))

    def teardown(self) -> None:
        try:
            self.recover()
        finally:
            self.world.close()

    def recover(self) -> None:
        """Let time pass without any fault: nothing may stay open for ever."""
        for _ in range(30):
            if all(wish.now.is_settled or wish.now.needs_person for wish in self.wishes):
                break
            self.world.pass_time(70)
            self.ticker.tick()
            for wish in self.wishes:
                self.act_for(wish)
            self.the_promise_holds()
        for wish in self.wishes:
            assert wish.now.is_settled or wish.now.needs_person
            if not wish.is_blurred:
                assert_settled(wish.asked, self.world.made_for(wish))

    def act_for(self, wish: Wish) -> None:
        before, pk = self.world.arrived(wish), wish.asked.pk
        match wish.now.state:
            case State.RECORDED:
                send(request_id=pk)
            case State.ACCEPTED:
                follow(request_id=pk)
            case State.UNKNOWN:
                reconcile(request_id=pk)
        wish.sent += self.world.arrived(wish) - before


@pytest.mark.timeout(400)  # hypothesis takes up to 300 s to make a failure small
def test_the_promise_holds_in_any_order(db: None) -> None:
    run_state_machine_as_test(
        Promise,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            derandomize="CI" in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
