"""`/requests/<request>/withdrawal/`: only before sending, and only by the one who asked."""

import pytest
from django.urls import reverse

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.pages.asking import posts, typed, url_of
from tests.pages.reading import actions, words
from tests.people import Browse, Work, make_key, make_request

TOO_LATE = "The request is past the point where it could be withdrawn."


def withdrawal_of(asked: ImageRequest) -> str:
    return reverse("request-withdraw", args=[asked.pk])


def test_it_works_before_sending_and_nothing_is_sent(
    alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, work: Work
) -> None:
    browser = browse(alice)
    browser.post(url_of(alices_key), typed())
    asked = ImageRequest.objects.get()
    page = browser.post(withdrawal_of(asked), follow=True)
    work()
    asked.refresh_from_db()
    assert "The request was withdrawn. No image was made." in words(page)
    assert "Withdrew the request. No image was made." in words(page)
    assert (asked.state, asked.due_at) == (State.CANCELLED, None)
    assert AuditEvent.objects.get(action="request.cancelled").actor_id == alice.pk
    assert posts(scp) == 0


def test_the_server_is_free_again(alice: User, alices_key: AccessKey, browse: Browse) -> None:
    browser, url = browse(alice), url_of(alices_key)
    browser.post(url, typed())
    browser.post(withdrawal_of(ImageRequest.objects.get()))
    assert browser.post(url, typed()).status_code == 302
    assert ImageRequest.objects.count() == 2


@pytest.mark.parametrize("state", sorted(set(State) - {State.RECORDED, State.CANCELLED}))
def test_later_it_changes_nothing_and_says_why(alice: User, browse: Browse, state: State) -> None:
    asked = make_request(make_key(alice), state=state)
    page = browse(alice).post(withdrawal_of(asked), follow=True)
    asked.refresh_from_db()
    assert TOO_LATE in words(page)
    assert asked.state == state
    [event] = AuditEvent.objects.filter(request=asked)
    assert event.action == "request.turned_away"


def test_a_second_withdrawal_does_not_claim_that_it_was_sent(alice: User, browse: Browse) -> None:
    asked = make_request(make_key(alice))
    browser = browse(alice)
    browser.post(withdrawal_of(asked), follow=True)
    assert TOO_LATE not in words(browser.post(withdrawal_of(asked), follow=True))


def test_only_its_owner_is_offered_it(alice: User, dora: User, browse: Browse) -> None:
    asked = make_request(make_key(alice))
    url = asked.get_absolute_url()
    assert withdrawal_of(asked) in actions(browse(alice).get(url))
    assert withdrawal_of(asked) not in actions(browse(dora).get(url))
    ImageRequest.objects.filter(pk=asked.pk).update(state=State.SENDING)
    page = browse(alice).get(url)
    assert withdrawal_of(asked) not in actions(page)
    assert "Once sent, a request cannot be cancelled." in words(page)


def test_only_its_owner_may_do_it(
    alice: User, bob: User, charlie: User, dora: User, browse: Browse
) -> None:
    asked = make_request(make_key(alice))
    refused = browse(dora).post(withdrawal_of(asked))
    assert refused.status_code == 403
    assert "Only the person who made this request can change it." in words(refused)
    assert browse(bob).post(withdrawal_of(asked)).status_code == 403
    assert browse(charlie).post(withdrawal_of(asked)).status_code == 404
    asked.refresh_from_db()
    assert asked.state == State.RECORDED
