"""Links to set a password: one use, a few days, the newest alone; and no administrator's choice."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import Settings

from images.models import AuditEvent, User
from images.services import accounts, link_mail, people
from images.services.password_links import Link, invite, person_of, set_password, start_reset
from images.services.refusal import NotAllowed
from images.services.verifying import Means, verify
from images.vocabulary import Role
from tests.people import PASSWORD, Browse
from tests.services.verified import sentences

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "quite another long password"


def token_of(link: Link) -> str:
    return link.url.partition("?token=")[2]


def told() -> list[tuple[str, User | None, str]]:
    events = AuditEvent.objects.filter(action__startswith="person.").order_by("sequence")
    return [(event.action, event.actor, event.target) for event in events]


def invited(dora: User, **changes: Any) -> Link:
    values: dict[str, Any] = {"name": "erin", "email": "erin@example.com", "role": Role.AUDITOR}
    return invite(actor=dora, **{**values, **changes})


class TestAnInvitation:
    def test_adds_the_person_without_a_password(self, dora: User) -> None:
        link = invited(dora)
        erin = User.objects.get(username="erin")
        assert (erin.role, erin.email, erin.is_active) == (Role.AUDITOR, "erin@example.com", True)
        assert erin.is_invited
        target = str(erin.pk)
        assert told() == [("person.added", dora, target), ("person.invited", dora, target)]
        assert person_of(token_of(link)) == erin

    def test_the_person_sets_the_password_and_the_link_is_used_up(
        self, dora: User, browse: Browse
    ) -> None:
        link = invited(dora)
        erin = set_password(token=token_of(link), password=NEW_PASSWORD)
        assert erin.check_password(NEW_PASSWORD)
        assert not erin.is_invited
        assert told()[-1] == ("person.password_set", None, str(erin.pk))
        with pytest.raises(NotAllowed, match="does not work any more"):
            set_password(token=token_of(link), password=PASSWORD)
        erin.refresh_from_db()
        assert erin.check_password(NEW_PASSWORD)

    def test_it_works_for_three_days(self, dora: User) -> None:
        now = timezone.now()
        with time_machine.travel(now, tick=False):
            link = invited(dora)
        assert link.until == now + timedelta(days=3)
        with time_machine.travel(link.until - timedelta(seconds=2), tick=False):
            assert person_of(token_of(link))
        with time_machine.travel(link.until + timedelta(seconds=2), tick=False):
            assert person_of(token_of(link)) is None

    def test_a_newer_link_ends_it(self, dora: User) -> None:
        first = invited(dora)
        second = start_reset(actor=dora, person=first.person)
        assert person_of(token_of(first)) is None
        assert person_of(token_of(second)) == first.person
        assert told()[-1][0] == "person.invited"

    def test_it_ends_with_the_account(self, dora: User) -> None:
        link = invited(dora)
        accounts.disable(actor=dora, person=link.person)
        assert person_of(token_of(link)) is None

    def test_it_ends_with_the_name(self, dora: User) -> None:
        link = invited(dora)
        people.remove_name(name="erin")
        assert person_of(token_of(link)) is None

    def test_the_token_of_another_opens_nothing(self, dora: User, alice: User) -> None:
        rest = token_of(invited(dora)).partition(".")[2]
        assert person_of(f"{alice.pk.hex}.{rest}") is None

    @pytest.mark.parametrize("token", ["", ".", "x", "x.y", "0" * 32 + ".a-b", "é.é", "a" * 5000])
    def test_what_is_no_token_opens_nothing(self, dora: User, token: str) -> None:
        assert person_of(token) is None

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": "DORA"}, "name"),
            ({"name": "dora"}, "name"),
            ({"email": "Dora@Example.com"}, "email"),
        ],
    )
    def test_what_is_taken_is_refused(
        self, dora: User, changes: dict[str, str], field: str
    ) -> None:
        User.objects.filter(pk=dora.pk).update(email="dora@example.com")
        with pytest.raises(NotAllowed) as refused:
            invited(dora, **changes)
        assert refused.value.field == field
        assert (User.objects.count(), told()) == (1, [])

    def test_a_name_that_is_none_is_refused(self, dora: User) -> None:
        with pytest.raises(ValidationError):
            invited(dora, name="two words")
        assert (User.objects.count(), told()) == (1, [])


class TestAReset:
    def test_the_old_password_and_all_sessions_end_at_once(
        self, dora: User, alice: User, browse: Browse
    ) -> None:
        browser = browse(alice)
        link = start_reset(actor=dora, person=alice)
        alice.refresh_from_db()
        assert not alice.has_usable_password()
        assert browser.get("/").status_code == 302
        assert not browser.login(username="alice", password=PASSWORD)
        assert told() == [("person.reset_started", dora, str(alice.pk))]
        set_password(token=token_of(link), password=NEW_PASSWORD)
        assert browser.login(username="alice", password=NEW_PASSWORD)

    def test_nobody_resets_themselves(self, dora: User) -> None:
        with pytest.raises(NotAllowed, match="your own account"):
            start_reset(actor=dora, person=dora)
        dora.refresh_from_db()
        assert dora.has_usable_password()

    def test_a_disabled_account_stays_disabled(self, dora: User, alice: User) -> None:
        accounts.disable(actor=dora, person=alice)
        with pytest.raises(NotAllowed, match="disabled"):
            start_reset(actor=dora, person=alice)
        assert told()[-1][0] == "person.disabled"


class TestTheRecord:
    def test_no_event_holds_token_or_address(self, dora: User) -> None:
        links = [invited(dora)]
        links.append(start_reset(actor=dora, person=links[0].person))
        set_password(token=token_of(links[1]), password=NEW_PASSWORD)
        every = b"".join(bytes(event.content or b"") for event in AuditEvent.objects.all())
        for secret in (*map(token_of, links), "erin", "example.com", NEW_PASSWORD):
            assert secret.encode() not in every
        assert b'"until"' in every

    def test_it_verifies(self, dora: User) -> None:
        link = invited(dora)
        set_password(token=token_of(link), password=NEW_PASSWORD)
        assert sentences(verify(Means())) == []


class TestMail:
    def test_the_link_goes_to_the_person_alone(self, dora: User, settings: Settings) -> None:
        settings.PASSWORD_LINK_MAIL = True
        link = invited(dora)
        assert link_mail.may_send()
        assert link_mail.send(link)
        (sent,) = mail.outbox
        assert sent.to == ["erin@example.com"]
        assert link.url in sent.body

    def test_a_mail_server_that_is_away_is_told_without_the_link(
        self,
        dora: User,
        settings: Settings,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        link = invited(dora)
        assert not link_mail.send(link)
        assert "was not sent by mail: ConnectionRefusedError" in caplog.text
        assert token_of(link) not in caplog.text
        assert issubclass(smtplib.SMTPException, OSError)
