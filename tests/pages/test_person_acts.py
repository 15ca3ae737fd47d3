"""`/settings/people/<id>/…/`: what an administrator does with another person's account."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, AuditEvent, ImageRequest, User
from images.vocabulary import Role, State
from scpconsole.sandbox import Sandbox
from tests.pages.asking import typed, url_of
from tests.pages.reading import Answer, by_id, words
from tests.pages.test_people import act_on, page_of, shown_link
from tests.people import PASSWORD, Browse, Work, make_key, make_person, make_request
from tests.services.asking import posts

pytestmark = pytest.mark.django_db
ACTS = ("role", "disable", "enable", "reset", "factors", "sessions")


@pytest.fixture
def doras(dora: User, browse: Browse) -> Client:
    return browse(dora)


def told() -> list[str]:
    events = AuditEvent.objects.exclude(action__startswith="session.").order_by("sequence")
    return list(events.values_list("action", flat=True))


def after(browser: Client, answer: Answer, person: User) -> str:
    """Return the words of the person's page, which the act must have led to."""
    assert (answer.status_code, answer["Location"]) == (302, page_of(person))
    return words(browser.get(answer["Location"]))


class TestTheRole:
    def test_changes_from_the_next_click_on(
        self, doras: Client, alice: User, browse: Browse
    ) -> None:
        hers = browse(alice)
        assert hers.get(reverse("key-list")).status_code == 200
        answer = doras.post(act_on(alice, "role"), {"role": "auditor"})
        assert "alice has the role “Auditor” now." in after(doras, answer, alice)
        assert hers.get(reverse("key-list")).status_code == 403
        assert hers.get(reverse("review-list")).status_code == 200
        assert told() == ["person.role_changed", "access.refused"]

    def test_can_be_taken_away(self, doras: Client, alice: User, browse: Browse) -> None:
        hers = browse(alice)
        doras.post(act_on(alice, "role"), {"role": "none"})
        assert hers.get(reverse("history")).status_code == 404
        alice.refresh_from_db()
        assert alice.role == Role.NONE

    def test_of_the_last_administrator_stays(self, doras: Client, dora: User) -> None:
        answer = doras.post(act_on(dora, "role"), {"role": "auditor"})
        assert answer.status_code == 422
        assert "This is the last administrator who can sign in." in words(answer)
        assert by_id(answer, "id_role").attributes["aria-invalid"] == "true"
        assert told() == []

    @pytest.mark.parametrize("role", ["", "king"])
    def test_that_is_none_is_refused(self, doras: Client, alice: User, role: str) -> None:
        assert doras.post(act_on(alice, "role"), {"role": role}).status_code == 422
        alice.refresh_from_db()
        assert alice.role == Role.OPERATOR


class TestDisabling:
    def test_in_the_middle_of_the_work_nothing_more_is_sent(
        self,
        doras: Client,
        alice: User,
        alices_key: AccessKey,
        browse: Browse,
        work: Work,
        scp: Sandbox,
    ) -> None:
        hers = browse(alice)
        hers.post(url_of(alices_key), typed())
        answer = doras.post(act_on(alice, "disable"))
        page = after(doras, answer, alice)
        assert "The account is disabled, and all its sessions ended." in page
        assert "1 request that was not sent yet was refused." in page
        work()
        asked = ImageRequest.objects.get()
        assert (asked.state, asked.attempt, posts(scp)) == (State.REFUSED, 0, 0)
        assert hers.get(reverse("history"))["Location"].startswith(reverse("account_login"))
        there = words(doras.get(reverse("request-detail", args=[asked.pk])))
        assert "The account of the person was disabled before the request was sent" in there
        assert told()[-2:] == ["request.refused", "person.disabled"]

    def test_nobody_can_sign_in_with_it(self, doras: Client, alice: User) -> None:
        doras.post(act_on(alice, "disable"))
        typed_in = {"username": "alice", "password": PASSWORD}
        assert Client().post(reverse("account_login"), typed_in).status_code != 302

    def test_oneself_is_refused(self, doras: Client, dora: User) -> None:
        make_person("erin", Role.ADMINISTRATOR)
        answer = doras.post(act_on(dora, "disable"))
        assert "Nobody disables their own account." in after(doras, answer, dora)

    def test_enabling_lets_in_again(self, doras: Client, alice: User, browse: Browse) -> None:
        doras.post(act_on(alice, "disable"))
        answer = doras.post(act_on(alice, "enable"))
        assert "The account is enabled again." in after(doras, answer, alice)
        assert browse(alice).get(reverse("key-list")).status_code == 200

    def test_a_removed_name_is_not_enabled(self, doras: Client, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(username=alice.removed_name, is_active=False)
        answer = doras.post(act_on(alice, "enable"))
        assert "so this account stays disabled" in after(doras, answer, alice)

    def test_waiting_requests_of_others_go_on(self, doras: Client, alice: User, bob: User) -> None:
        make_request(make_key(bob))
        doras.post(act_on(alice, "disable"))
        assert ImageRequest.objects.get().state == State.RECORDED


class TestAReset:
    def test_shows_a_link_and_ends_the_password(
        self, doras: Client, alice: User, browse: Browse
    ) -> None:
        hers = browse(alice)
        answer = doras.post(act_on(alice, "reset"))
        assert shown_link(answer)
        assert hers.get(reverse("key-list")).status_code == 302
        assert not Client().login(username="alice", password=PASSWORD)
        assert "No password" in words(doras.get(page_of(alice)))

    def test_may_go_by_mail(self, doras: Client, alice: User, settings: Settings) -> None:
        settings.PASSWORD_LINK_MAIL = True
        User.objects.filter(pk=alice.pk).update(email="alice@example.com")
        answer = doras.post(act_on(alice, "reset"), {"by_mail": "on"})
        assert "The link was sent to alice@example.com." in words(answer)
        assert mail.outbox[0].to == ["alice@example.com"]

    def test_without_an_address_is_shown(
        self, doras: Client, alice: User, settings: Settings
    ) -> None:
        settings.PASSWORD_LINK_MAIL = True
        assert shown_link(doras.post(act_on(alice, "reset"), {"by_mail": "on"}))

    def test_of_oneself_is_refused(self, doras: Client, dora: User) -> None:
        answer = doras.post(act_on(dora, "reset"))
        assert "Change your own password under your own account." in after(doras, answer, dora)


class TestFactorsAndSessions:
    def test_factors_are_removed(self, doras: Client, alice: User) -> None:
        Authenticator.objects.create(user=alice, type="totp", data={})
        answer = doras.post(act_on(alice, "factors"))
        assert "The second factors are removed." in after(doras, answer, alice)
        assert not Authenticator.objects.exists()
        assert told() == ["factor.removed"]

    def test_where_there_are_none_it_says_so(self, doras: Client, alice: User) -> None:
        answer = doras.post(act_on(alice, "factors"))
        assert "There was no second factor to remove." in after(doras, answer, alice)

    def test_ones_own_are_not_removed_here(self, doras: Client, dora: User) -> None:
        Authenticator.objects.create(user=dora, type="totp", data={})
        answer = doras.post(act_on(dora, "factors"))
        assert "under your own account" in after(doras, answer, dora)
        assert Authenticator.objects.exists()

    def test_sessions_end(self, doras: Client, alice: User, browse: Browse) -> None:
        hers = [browse(alice), browse(alice)]
        answer = doras.post(act_on(alice, "sessions"))
        assert "2 sessions ended." in after(doras, answer, alice)
        assert {each.get(reverse("history")).status_code for each in hers} == {302}

    def test_ones_own_do_not_end_here(self, doras: Client, dora: User) -> None:
        answer = doras.post(act_on(dora, "sessions"))
        assert "End your own sessions under your own account." in after(doras, answer, dora)


@pytest.mark.parametrize("act", ACTS)
def test_every_act_needs_a_fresh_proof(doras: Client, alice: User, act: str) -> None:
    before = User.objects.filter(pk=alice.pk).values().get()
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        answer = doras.post(act_on(alice, act), {"role": "auditor"})
    proof = reverse("account_reauthenticate")
    assert answer["Location"] == f"{proof}?next={page_of(alice).replace('/', '%2F')}"
    assert User.objects.filter(pk=alice.pk).values().get() == before
    assert told() == []


@pytest.mark.parametrize("act", ACTS)
def test_no_act_follows_a_link(doras: Client, alice: User, act: str) -> None:
    assert doras.get(act_on(alice, act)).status_code == 405
