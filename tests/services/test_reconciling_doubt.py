"""Reconciling: what is not certain is never said; a person is called instead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images.models import AccessKey, ImageRequest
from images.scp.errors import Reason
from images.services.reconciling import SEARCH_FOR, reconcile
from images.services.sending import send
from images.vocabulary import OwnReason, State
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.services.asking import actions, fresh, last_facts, make_due, posts
from tests.services.background import in_threads
from tests.services.test_reconciling import lost, lost_before, made, search

__all__ = ["lost"]
LONG = SEARCH_FOR + timedelta(minutes=1)


class TestAnImageOfThisVeryNameOutsideTheTime:
    def test_it_is_never_said_that_none_was_made(self, lost: ImageRequest, scp: Sandbox) -> None:
        image = made(scp, seconds_ago=3600)
        lost_before(lost, LONG)
        found = [search(lost) for _ in range(3)]
        assert [each.state for each in found] == [State.UNKNOWN] * 3
        assert [each.needs_person for each in found] == [False, False, True]
        now = fresh(lost)
        assert (now.due_at, now.outcome_reason) == (None, OwnReason.SEVERAL_FIT)
        assert [each["id"] for each in now.candidates] == [image.id]
        assert (actions(lost)[-1], last_facts(lost)["image_ids"]) == (
            "request.ambiguous",
            [image.id],
        )

    def test_one_that_another_request_has_is_explained(
        self, lost: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        image = made(scp, seconds_ago=3600)
        make_request(alices_key, state=State.READY, image_id=image.id, due_at=None)
        lost_before(lost, LONG)
        assert [search(lost).state for _ in range(3)][-1] == State.NOT_MADE


class TestALongTimeWithoutALook:
    def test_a_person_is_called_once_and_the_search_goes_on(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        scp.faults.add("status", status=500, kind="list_images", times=9)
        search(lost)
        assert not fresh(lost).needs_person
        lost_before(lost, LONG)
        for _ in range(2):
            now = search(lost)
        assert (now.state, now.needs_person, now.look_trouble) == (
            State.UNKNOWN,
            True,
            Reason.SERVER_ERROR,
        )
        assert now.due_at is not None
        assert actions(lost).count("request.overdue") == 1
        assert last_facts(lost) == {"looks": 2, "reason": OwnReason.NO_LOOK}
        scp.faults.clear()
        image = made(scp)
        assert (search(lost).image_id, fresh(lost).needs_person) == (image.id, False)

    def test_the_request_is_settled_alone_when_lists_come_again(
        self, lost: ImageRequest, scp: Sandbox
    ) -> None:
        scp.faults.add("status", status=500, kind="list_images")
        lost_before(lost, LONG)
        assert search(lost).needs_person
        for _ in range(3):
            now = search(lost)
        assert (now.state, now.needs_person) == (State.NOT_MADE, False)


class TestIdsInAnotherCase:
    @pytest.mark.parametrize("owned_by_another", [True, False])
    def test_an_answer_that_spells_an_id_in_capitals(
        self, alices_key: AccessKey, scp: Sandbox, owned_by_another: bool
    ) -> None:
        image_id = "0f8fad5b-d9cb-469f-a165-70867728950e"
        if owned_by_another:
            make_request(alices_key, state=State.READY, image_id=image_id, due_at=None)
        asked = make_request(alices_key, server_id=scp.servers[0].id)
        scp.faults.add("given_image_id", image_id=image_id.upper())
        send(request_id=asked.pk)
        now = fresh(asked)
        if owned_by_another:
            assert (now.state, now.outcome_reason) == (State.UNKNOWN, OwnReason.IMAGE_OF_ANOTHER)
        else:
            assert (now.state, now.image_id) == (State.ACCEPTED, image_id)

    def test_a_list_that_spells_an_id_in_capitals(
        self, lost: ImageRequest, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        image = made(scp)
        make_request(alices_key, state=State.READY, image_id=image.id, due_at=None)
        image.id = image.id.upper()
        assert (search(lost).state, fresh(lost).image_id) == (State.UNKNOWN, "")


@pytest.mark.django_db(transaction=True)
class TestALookThatIsOlderThanTheRow:
    """While SCP's list was under way, a late answer let the row be sent, and lost, once more."""

    def test_it_settles_nothing(self, lost: ImageRequest, scp: Sandbox) -> None:
        lost_before(lost, LONG)
        ImageRequest.objects.filter(pk=lost.pk).update(misses=2)
        make_due(lost)
        with scp.lock:
            with in_threads(lambda: reconcile(request_id=lost.pk)):
                while not fresh(lost).looks:
                    pass
                ImageRequest.objects.filter(pk=lost.pk).update(attempt=2, lost_at=timezone.now())
                scp.lock.release()
            scp.lock.acquire()
        assert fresh(lost).state == State.UNKNOWN
        assert posts(scp) == 1
