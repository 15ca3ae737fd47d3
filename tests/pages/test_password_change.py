"""Change one's own password: the current one is asked, other sessions end, it is recorded."""

import pytest
from django.test import Client
from django.urls import reverse

from images.models import AuditEvent, User
from images.services import sessions
from tests.pages.reading import Answer, links, text, words
from tests.people import PASSWORD, Browse

pytestmark = pytest.mark.django_db

CHANGE, ACCOUNT = reverse("account_change_password"), reverse("account")
NEW = "violet tractor beneath seven"


def change(browser: Client, new: str = NEW, *, old: str = PASSWORD, again: str = "") -> Answer:
    return browser.post(CHANGE, {"oldpassword": old, "password1": new, "password2": again or new})


def changes() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="password.changed"))


class TestChange:
    def test_the_new_one_holds_and_the_old_one_does_not(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        assert CHANGE in links(browser.get(ACCOUNT))
        assert change(browser)["Location"] == ACCOUNT
        alice.refresh_from_db()
        assert alice.check_password(NEW)
        assert not alice.check_password(PASSWORD)

    def test_this_session_stays_and_the_others_end(self, alice: User, browse: Browse) -> None:
        here, elsewhere = browse(alice), browse(alice)
        before = here.session.session_key
        change(here)
        assert "Your other sessions have ended." in words(here.get(ACCOUNT))
        assert here.session.session_key != before
        assert elsewhere.get(ACCOUNT).status_code == 302

    def test_the_list_shows_none_that_ended(self, alice: User, browse: Browse) -> None:
        here = browse(alice)
        browse(alice)
        change(here)
        (row,) = sessions.sessions_of(alice)
        assert row.session_key == here.session.session_key

    def test_it_is_an_event_without_any_password(self, alice: User, browse: Browse) -> None:
        change(browse(alice))
        (event,) = changes()
        assert (event.actor, event.target, event.facts) == (alice, str(alice.pk), {})
        assert NEW.encode() not in bytes(event.content or b"")

    def test_all_pasted_characters_count(self, alice: User, browse: Browse) -> None:
        odd = "  pässwörter ünd 이미지 과 여백 \t" + "x" * 90
        assert change(browse(alice), odd).status_code == 302
        alice.refresh_from_db()
        assert alice.check_password(odd)


class TestRefusal:
    @pytest.mark.parametrize(
        ("new", "sentence"),
        [
            ("eleven char", "at least 12 characters"),
            ("qwertyuiop123", "too common"),
            ("Alice.alice.2026", "or your own alone"),
            ("Samsung-Cloud-Platform-2026!", "names of this product or your own alone"),
            ("SCPconsole123456", "names of this product or your own alone"),
            ("administrator.scp", "names of this product or your own alone"),
            ("w" * 129, "at most 128 characters"),
        ],
    )
    def test_a_bad_one_is_named(self, alice: User, browse: Browse, new: str, sentence: str) -> None:
        answer = change(browse(alice), new)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert not changes()

    @pytest.mark.parametrize("new", ["202611231530", "samsung and a violet tractor", "w7" * 64])
    def test_no_kind_of_sign_is_asked_for(self, alice: User, browse: Browse, new: str) -> None:
        assert change(browse(alice), new).status_code == 302

    def test_the_current_one_must_be_right(self, alice: User, browse: Browse) -> None:
        answer = change(browse(alice), old="a wrong password")
        assert "The password is not right." in words(answer)
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)

    def test_a_wrong_current_one_is_an_event(self, alice: User, browse: Browse) -> None:
        """Else whoever sits at an open session could guess unseen."""
        browser = browse(alice)
        change(browser, old="")
        change(browser, again="something else altogether")
        assert not AuditEvent.objects.filter(action="session.failed").exists()
        change(browser, old="a wrong password")
        (event,) = AuditEvent.objects.filter(action="session.failed")
        assert (event.target, event.facts) == (str(alice.pk), {"reason": "refused"})

    def test_both_must_be_the_same(self, alice: User, browse: Browse) -> None:
        answer = change(browse(alice), again="something else altogether")
        assert answer.status_code == 422
        assert "Type the same new password twice." in words(answer)
        assert NEW not in text(answer)

    def test_five_tries_a_minute(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        met = [change(browser, old="wrong").status_code for _ in range(7)]
        assert met == [422] * 5 + [429] * 2
        (event,) = AuditEvent.objects.filter(action="session.limited")
        assert event.target == str(alice.pk)

    def test_who_has_none_finds_no_page(self, alice: User, browse: Browse) -> None:
        browser = browse(alice)
        alice.set_unusable_password()
        User.objects.filter(pk=alice.pk).update(password=alice.password)
        browser.force_login(alice)
        assert browser.get(CHANGE).status_code == 404
        assert CHANGE not in links(browser.get(ACCOUNT))
