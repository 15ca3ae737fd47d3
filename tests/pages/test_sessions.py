"""`/account/sessions/`: where one is signed in, ending that, and how long a session lasts."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from allauth.usersessions.signals import on_user_logged_in as allauth_signed_in
from django.conf import settings as settings_of
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from images.models import AuditEvent, User
from images.services import sessions
from images.session_limits import POLL_HEADER, SessionLimitsMiddleware
from tests.pages.reading import actions, by_id, words
from tests.people import FIREFOX, PASSWORD, Browse, make_key, make_request, make_session

pytestmark = pytest.mark.django_db
LIST, OTHERS = reverse("session-list"), reverse("session-end-others")
LOGIN = resolve_url(settings_of.LOGIN_URL)
STATE, STAY = reverse("session-state"), reverse("session-stay")
POLL = {POLL_HEADER: "1"}


def is_signed_in(browser: Client) -> bool:
    """Look without being seen."""
    return browser.get(STATE, headers={**POLL, "HX-Request": "true"}).status_code == 200


class TestTheList:
    def test_it_shows_ones_own_and_which_is_this_one(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        other, bobs = make_session(alice), make_session(bob)
        browser = browse(alice)
        page = browser.get(LIST, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Chrome/142.0"})
        said = words(page)
        assert "Sessions (2)" in said
        assert said.count("This session Not known") == 1
        assert "Firefox on Windows" in said
        assert "A session ends after 30 minutes without you." in said
        assert "In any case it ends 12 hours after the sign-in." in said
        assert by_id(page, f"session-{other.pk}").tag == "tr"
        assert f'id="session-{bobs.pk}"' not in page.content.decode()
        assert reverse("session-end", args=[other.pk]) in actions(page)

    def test_it_names_the_browser_and_never_repeats_its_header(
        self, alice: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            odd = "<script>alert(1)</script>\x00" + "x" * 4000
            page = browser.get(LIST, headers={"User-Agent": odd})
        assert "Unknown browser" in words(page)
        assert "alert(1)" not in page.content.decode()
        kept = UserSession.objects.get(session_key=browser.session.session_key).user_agent
        assert kept.startswith("<script>")
        assert len(kept) < 1000

    def test_alone_there_is_nothing_to_end(self, alice: User, browse: Browse) -> None:
        page = browse(alice).get(LIST)
        assert OTHERS not in actions(page)
        assert "Sessions (1)" in words(page)

    def test_what_is_over_is_not_listed(self, alice: User, browse: Browse) -> None:
        gone, idle = make_session(alice), make_session(alice)
        Session.objects.filter(session_key=gone.session_key).delete()
        UserSession.objects.filter(pk=idle.pk).update(
            last_seen_at=timezone.now() - timedelta(minutes=31)
        )
        assert "Sessions (1)" in words(browse(alice).get(LIST))

    def test_the_account_page_leads_to_it(self, alice: User, browse: Browse) -> None:
        assert LIST in browse(alice).get(reverse("account")).content.decode()


class TestEnding:
    def test_one_is_signed_out_at_its_next_request(self, alice: User, browse: Browse) -> None:
        here, there = browse(alice), browse(alice)
        row = UserSession.objects.get(session_key=there.session.session_key)
        answer = here.post(reverse("session-end", args=[row.pk]), follow=True)
        assert "The session was ended." in words(answer)
        assert there.get(LIST).status_code == 302
        assert here.get(LIST).status_code == 200
        event = AuditEvent.objects.get(action="session.ended")
        assert (event.actor, event.facts) == (alice, {"count": 1})

    def test_all_others_end_and_this_one_stays(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        here, there, third, bobs = browse(alice), browse(alice), browse(alice), browse(bob)
        answer = here.post(OTHERS, follow=True)
        assert "2 other sessions were ended." in words(answer)
        assert [is_signed_in(each) for each in (here, there, third, bobs)] == [
            True,
            False,
            False,
            True,
        ]
        assert AuditEvent.objects.get(action="session.ended").facts == {"count": 2}

    def test_nothing_to_end_is_no_event(self, alice: User, browse: Browse) -> None:
        browse(alice).post(OTHERS)
        assert not AuditEvent.objects.filter(action="session.ended").exists()

    def test_another_persons_is_as_an_absent_one(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        bobs = make_session(bob)
        assert browse(alice).post(reverse("session-end", args=[bobs.pk])).status_code == 404
        assert sessions.end(actor=alice, ended=[bobs]) == 0
        assert UserSession.objects.filter(pk=bobs.pk).exists()

    def test_ending_this_one_is_signing_out(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        row = UserSession.objects.get()
        answer = browser.post(reverse("session-end", args=[row.pk]))
        assert answer["Location"] == reverse("home")
        assert AuditEvent.objects.filter(action="session.signed_out", actor=alice).exists()
        assert not UserSession.objects.exists()
        assert browser.get(LIST).status_code == 302

    @pytest.mark.django_db(transaction=True)
    def test_without_the_record_nothing_ends(self, alice: User, browse: Browse) -> None:
        here, there = browse(alice), browse(alice)
        row = UserSession.objects.get(session_key=there.session.session_key)
        here.raise_request_exception = False
        with no_more_events():
            answer = here.post(reverse("session-end", args=[row.pk]))
        assert answer.status_code == 500
        assert is_signed_in(there)


class no_more_events:  # noqa: N801  (reads as a sentence: with no_more_events())
    """Within it the database refuses every event."""

    def __enter__(self) -> None:
        statement = {
            "sqlite": "CREATE TRIGGER no_more BEFORE INSERT ON images_auditevent"
            " BEGIN SELECT RAISE(ABORT, 'full'); END",
            "postgresql": "ALTER TABLE images_auditevent ADD CONSTRAINT no_more"
            " CHECK (sequence < 0) NOT VALID",
        }[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def __exit__(self, *_error: object) -> None:
        statement = {
            "sqlite": "DROP TRIGGER no_more",
            "postgresql": "ALTER TABLE images_auditevent DROP CONSTRAINT no_more",
        }[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(statement)


class TestLimits:
    def test_thirty_idle_minutes_end_it(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        now = timezone.now()
        with time_machine.travel(now + timedelta(minutes=29, seconds=50)):
            assert is_signed_in(browser)
        with time_machine.travel(now + timedelta(minutes=30, seconds=1)):
            answer = browser.get(f"{LIST}?x=1")
            assert answer["Location"] == f"{LOGIN}?next={LIST}%3Fx%3D1"
            assert answer.cookies["session"].value == ""
        assert browser.get(LIST).status_code == 302  # not even when the clock goes back
        assert not Session.objects.exists()
        assert not UserSession.objects.exists()

    def test_pages_put_the_end_off(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        now = timezone.now()
        for minutes in (25, 50, 75):
            with time_machine.travel(now + timedelta(minutes=minutes)):
                assert browser.get(LIST).status_code == 200

    def test_twelve_hours_end_it_however_busy(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        now = timezone.now()
        for minutes in range(20, 12 * 60, 20):
            with time_machine.travel(now + timedelta(minutes=minutes)):
                assert browser.get(LIST).status_code == 200
        with time_machine.travel(now + timedelta(hours=12, seconds=1)):
            assert browser.get(LIST).status_code == 302

    def test_polls_keep_nothing_alive(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        progress = reverse("request-progress", args=[make_request(make_key(alice)).pk])
        now = timezone.now()
        for minutes in range(1, 30):
            with time_machine.travel(now + timedelta(minutes=minutes)):
                answer = browser.get(progress, headers={**POLL, "HX-Request": "true"})
                assert answer.status_code == 200
        with time_machine.travel(now + timedelta(minutes=30, seconds=1)):
            answer = browser.get(progress, headers={**POLL, "HX-Request": "true"})
            assert answer.status_code == 401
            assert answer.content == b""

    def test_the_settings_rule(self, alice: User, browse: Browse, settings: Settings) -> None:
        settings.SESSION_IDLE_MINUTES, settings.SESSION_HOURS = 5, 1
        browser, now = browse(alice), timezone.now()
        for minutes in range(4, 60, 4):
            with time_machine.travel(now + timedelta(minutes=minutes)):
                assert browser.get(LIST).status_code == 200
        with time_machine.travel(now + timedelta(hours=1, seconds=1)):
            assert browser.get(LIST).status_code == 302

    def test_an_act_after_the_end_does_nothing_and_leads_to_sign_in(
        self, alice: User, browse: Browse
    ) -> None:
        key = make_key(alice)
        browser = browse(alice)
        with time_machine.travel(timezone.now() + timedelta(minutes=31)):
            answer = browser.post(reverse("key-disable", args=[key.pk]))
            assert answer["Location"].startswith(LOGIN)
        key.refresh_from_db()
        assert not key.is_disabled

    def test_the_sign_in_page_shows_itself_after_the_end(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + timedelta(minutes=31)):
            assert browser.get(LOGIN).status_code == 200

    def test_a_session_without_its_note_is_over(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        UserSession.objects.all().delete()
        assert browser.get(LIST).status_code == 302
        assert not Session.objects.exists()

    def test_a_session_noted_for_another_person_is_over(
        self, alice: User, bob: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        UserSession.objects.update(user=bob)
        assert browser.get(LIST).status_code == 302


class TestSeeing:
    def test_a_page_within_the_minute_writes_nothing(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        before = UserSession.objects.get()
        now = timezone.now()
        with time_machine.travel(now + timedelta(seconds=50)):
            browser.get(LIST)
        assert UserSession.objects.get().last_seen_at == before.last_seen_at
        with time_machine.travel(now + timedelta(seconds=70)):
            browser.get(LIST, headers={"User-Agent": FIREFOX}, REMOTE_ADDR="192.0.2.7")
        after = UserSession.objects.get()
        assert after.last_seen_at > before.last_seen_at
        assert (after.ip, after.user_agent) == ("192.0.2.7", FIREFOX)

    def test_it_never_goes_back(self, alice: User) -> None:
        late = make_session(alice)
        early = sessions.Standing(late, late.last_seen_at - timedelta(minutes=5))
        seen = late.last_seen_at
        assert sessions.see(early, browser="", at_once=True).row.last_seen_at == seen
        assert UserSession.objects.get(pk=late.pk).last_seen_at == seen

    @pytest.mark.django_db(transaction=True)
    def test_a_database_that_takes_no_writes_ends_no_page(
        self, alice: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        seen = UserSession.objects.get().last_seen_at
        table = UserSession._meta.db_table
        statements = {
            "sqlite": (
                f"CREATE TRIGGER no_more BEFORE UPDATE ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'full'); END",
                "DROP TRIGGER no_more",
            ),
            "postgresql": (
                f"ALTER TABLE {table} ADD CONSTRAINT no_more CHECK (id < 0) NOT VALID",
                f"ALTER TABLE {table} DROP CONSTRAINT no_more",
            ),
        }[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(statements[0])
        try:
            with time_machine.travel(timezone.now() + timedelta(minutes=5)):
                assert browser.get(LIST).status_code == 200
        finally:
            with connection.cursor() as cursor:
                cursor.execute(statements[1])
        assert UserSession.objects.get().last_seen_at == seen


class TestStateAndStay:
    def test_the_state_is_told_and_changes_nothing(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        with time_machine.travel(timezone.now() + timedelta(minutes=28, seconds=10)):
            answer = browser.get(STATE, headers=POLL)
            told = answer.json()
        assert 100 < told["seconds"] <= 110
        assert told["sentence"] == "You will be signed out in 2 minutes."
        assert told["person"] == str(alice.pk)
        assert (told["can_stay"], bool(told["csrf"])) == (True, True)
        assert answer["Cache-Control"] == "no-store"

    def test_staying_puts_the_end_off_at_once(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        now = timezone.now()
        with time_machine.travel(now + timedelta(minutes=29)):
            assert browser.post(STAY).json()["seconds"] == 30 * 60
        with time_machine.travel(now + timedelta(minutes=58)):
            assert is_signed_in(browser)

    def test_nobody_stays_past_the_last_hour(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        UserSession.objects.update(
            created_at=timezone.now() - timedelta(hours=11, minutes=59), last_seen_at=timezone.now()
        )
        told = browser.post(STAY).json()
        assert told["seconds"] <= 60
        assert told["can_stay"] is False
        assert told["sentence"] == (
            "You will be signed out in 1 minute. "
            "A session lasts at most 12 hours. Sign in again then."
        )

    def test_a_page_says_how_long_its_session_lasts(self, alice: User, browse: Browse) -> None:
        page = browse(alice).get(LIST)
        place = by_id(page, "session")
        assert 1700 < int(place.attributes["data-seconds"]) <= 1800
        assert place.attributes["data-state"] == STATE
        assert place.attributes["data-person"] == str(alice.pk)


class TestSignIn:
    def test_the_session_id_changes(self, alice: User) -> None:
        browser = Client()
        assert browser.login(username="alice", password=PASSWORD)
        first = browser.session.session_key
        assert browser.login(username="alice", password=PASSWORD)
        second = browser.session.session_key
        assert first != second
        assert [row.session_key for row in UserSession.objects.all()] == [second]
        assert not Session.objects.filter(session_key=first).exists()

    def test_the_library_that_lists_sessions_may_note_it_as_well(self, alice: User) -> None:
        """allauth clears away, at a sign-in, what it takes for dead, and notes the session anew."""
        request = RequestFactory().post("/", headers={"User-Agent": FIREFOX})
        request.session, request.user = SessionStore(), AnonymousUser()
        login(request, alice, backend=settings_of.AUTHENTICATION_BACKENDS[0])
        allauth_signed_in(sender=User, request=request)
        request.session.save()
        row = UserSession.objects.get()
        assert (row.user, row.session_key) == (alice, request.session.session_key)
        browser = Client()
        browser.cookies[settings_of.SESSION_COOKIE_NAME] = row.session_key
        assert is_signed_in(browser)

    def test_sign_out_takes_the_note_away(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        browser.post("/logout/")
        assert not UserSession.objects.exists()

    def test_a_new_password_ends_the_other_sessions(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        alice.set_password("another long password")
        alice.save()
        assert browser.get(LIST).status_code == 302

    def test_a_disabled_person_is_out(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        User.objects.update(is_active=False)
        assert browser.get(LIST).status_code == 302

    def test_the_session_in_which_the_password_is_changed_goes_on(
        self, alice: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        row = UserSession.objects.get()
        UserSession.objects.update(created_at=timezone.now() - timedelta(hours=3))

        def change(request: HttpRequest) -> HttpResponse:
            alice.set_password("another long password")
            alice.save()
            update_session_auth_hash(request, alice)
            # As the library does that lists the sessions.
            sessions.begin(person=alice, session_key=request.session.session_key or "", browser="")
            return HttpResponse()

        request = RequestFactory().post("/")
        request.session, request.user = browser.session, alice
        SessionLimitsMiddleware(change)(request)
        request.session.save()
        now = UserSession.objects.get()
        assert now.pk == row.pk
        assert now.session_key == request.session.session_key != row.session_key
        assert now.created_at < timezone.now() - timedelta(hours=2)


class TestHousekeeping:
    def test_what_is_over_is_cleared_away(self, alice: User) -> None:
        lives, idle, old = make_session(alice), make_session(alice), make_session(alice)
        now = timezone.now()
        UserSession.objects.filter(pk=idle.pk).update(last_seen_at=now - timedelta(minutes=31))
        UserSession.objects.filter(pk=old.pk).update(created_at=now - timedelta(hours=13))
        assert sessions.drop_ended() == 2
        assert [row.pk for row in UserSession.objects.all()] == [lives.pk]
        assert [row.session_key for row in Session.objects.all()] == [lives.session_key]
