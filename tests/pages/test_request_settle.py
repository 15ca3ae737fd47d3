"""`/requests/<pk>/settlement/` and `/look/`: an unknown outcome, settled by a person."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from images.models import AuditEvent, ImageRequest, User
from images.services.reconciling import SEARCH_FOR
from images.stamps import stamp_text
from images.vocabulary import OwnReason, State
from tests.pages.reading import actions, links, words
from tests.people import Browse, make_key, make_request

FIRST, SECOND = str(uuid.uuid4()), str(uuid.uuid4())


def settle_of(asked: ImageRequest) -> str:
    return reverse("request-settle", args=[asked.pk])


def look_of(asked: ImageRequest) -> str:
    return reverse("request-look", args=[asked.pk])


@pytest.fixture
def waiting(alice: User) -> ImageRequest:
    """An unknown request of Alice with two images that fit."""
    candidates = [
        {"id": each, "name": "web01", "status": "active", "created_at": "2026-11-23T07:00:00+00:00"}
        for each in (FIRST, SECOND)
    ]
    return make_request(
        make_key(alice),
        state=State.UNKNOWN,
        needs_person=True,
        candidates=candidates,
        outcome_reason=OwnReason.SEVERAL_FIT,
        lost_at=timezone.now() - timedelta(minutes=20),
        due_at=None,
    )


class TestThePage:
    def test_the_evidence_is_on_the_requests_page(
        self, alice: User, waiting: ImageRequest, browse: Browse
    ) -> None:
        page = browse(alice).get(waiting.get_absolute_url())
        said = words(page)
        assert f"An image named exactly {waiting.image_name}." in said
        assert "None: a person decides." in said
        assert settle_of(waiting) in links(page)
        assert look_of(waiting) not in actions(page)

    def test_while_it_looks_it_says_when_next_and_offers_to_look_now(
        self, alice: User, browse: Browse
    ) -> None:
        now = timezone.now()
        asked = make_request(
            make_key(alice),
            state=State.UNKNOWN,
            recorded_at=now,
            lost_at=now,
            due_at=now + timedelta(minutes=2),
            looks=3,
            last_look_at=timezone.now(),
            look_trouble="server_error",
        )
        page = browse(alice).get(asked.get_absolute_url())
        assert "SCP reported a fault of its own." in words(page)
        assert "One image of this name: it is the one." in words(page)
        last = stamp_text(now + SEARCH_FOR)
        assert f"None in three whole lists in a row, the last one after {last}:" in words(page)
        assert look_of(asked) in actions(page)
        assert settle_of(asked) not in links(page)

    def test_an_auditor_sees_the_evidence_and_no_act(
        self, bob: User, waiting: ImageRequest, browse: Browse
    ) -> None:
        page = browse(bob).get(waiting.get_absolute_url())
        assert "What settles it" in words(page)
        assert settle_of(waiting) not in links(page)


class TestDeciding:
    def test_one_image_is_chosen(self, alice: User, waiting: ImageRequest, browse: Browse) -> None:
        form = {"image_id": SECOND, "reason": "seen in SCP's console"}
        page = browse(alice).post(settle_of(waiting), form, follow=True)
        waiting.refresh_from_db()
        assert (waiting.state, waiting.image_id) == (State.ACCEPTED, SECOND)
        assert "Your decision is recorded." in words(page)
        event = AuditEvent.objects.get(action="request.settled")
        assert (event.actor_id, event.facts["reason_given"]) == (alice.pk, form["reason"])
        assert form["reason"] in words(page)

    def test_none_is_chosen(self, dora: User, waiting: ImageRequest, browse: Browse) -> None:
        browse(dora).post(settle_of(waiting), {"image_id": "none", "reason": "looked, none"})
        waiting.refresh_from_db()
        assert (waiting.state, waiting.image_id) == (State.NOT_MADE, "")

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({"reason": "x"}, "Choose an image, or that there is none."),
            ({"image_id": str(uuid.uuid4()), "reason": "x"}, "Choose one of the images shown."),
            ({"image_id": FIRST}, "Enter the reason for this decision."),
        ],
    )
    def test_what_is_missing_is_asked_for(
        self,
        alice: User,
        waiting: ImageRequest,
        browse: Browse,
        form: dict[str, str],
        sentence: str,
    ) -> None:
        answer = browse(alice).post(settle_of(waiting), form)
        assert answer.status_code == 422
        assert sentence in words(answer)
        waiting.refresh_from_db()
        assert waiting.state == State.UNKNOWN

    def test_an_image_of_another_request_is_refused(
        self, alice: User, waiting: ImageRequest, browse: Browse
    ) -> None:
        make_request(waiting.key, state=State.READY, image_id=FIRST, due_at=None)
        answer = browse(alice).post(settle_of(waiting), {"image_id": FIRST, "reason": "x"})
        assert answer.status_code == 422
        assert "This image belongs to another request now." in words(answer)

    def test_one_that_does_not_wait_leads_back(self, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice), state=State.ACCEPTED)
        page = browse(alice).get(settle_of(asked), follow=True)
        assert "This request does not wait for a person any more." in words(page)

    def test_who_may(self, bob: User, charlie: User, waiting: ImageRequest, browse: Browse) -> None:
        form = {"image_id": "none", "reason": "x"}
        assert browse(bob).post(settle_of(waiting), form).status_code == 403
        assert browse(charlie).post(settle_of(waiting), form).status_code == 404
        waiting.refresh_from_db()
        assert waiting.state == State.UNKNOWN


class TestLookingSooner:
    def test_the_next_look_comes_now(self, alice: User, browse: Browse) -> None:
        asked = make_request(
            make_key(alice), state=State.UNKNOWN, due_at=timezone.now() + timedelta(minutes=3)
        )
        page = browse(alice).post(look_of(asked), follow=True)
        asked.refresh_from_db()
        assert asked.due_at is not None
        assert asked.due_at <= timezone.now()
        assert "The console looks again now." in words(page)
        assert AuditEvent.objects.filter(action="request.look_wished").exists()

    def test_a_send_is_never_hurried(self, alice: User, browse: Browse) -> None:
        later = timezone.now() + timedelta(minutes=3)
        asked = make_request(make_key(alice), state=State.RECORDED, attempt=1, due_at=later)
        page = browse(alice).post(look_of(asked), follow=True)
        asked.refresh_from_db()
        assert asked.due_at == later
        assert "No look is to come: see the state below." in words(page)
