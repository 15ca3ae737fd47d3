"""Links with which people set their own password: after an invitation, or after a reset.

Whoever administers makes the link and never sees or chooses a password. The link's token is made
from the password that the person has now, so it is dead once another is set. Where a link is made
the password is first replaced by one that cannot be used, a new one each time: so of two links
the newer alone works, and a lost or stolen old password opens nothing any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from images.models import AuditEvent, User
from images.models.audit_event import instant
from images.services import session_ending
from images.services.people import enter, require_new
from images.services.refusal import NotAllowed
from images.vocabulary import Role


@dataclass(frozen=True)
class Link:
    """A link, for whom it is and how long it works. Its address is as good as a password."""

    person: User
    url: str
    until: datetime


class _Tokens(PasswordResetTokenGenerator):
    key_salt = "images.services.password_links"

    def _now(self) -> datetime:
        """Count in UTC: by the local clock a link would last longer or shorter whenever the
        setting of the time zone, or the season, changes."""
        return timezone.now().replace(tzinfo=None)


_tokens = _Tokens()


def invite(*, actor: User, name: str, email: str, role: Role) -> Link:
    """Add a person who sets their own password by the link that is returned.

    Raises NotAllowed for a name or e-mail address that is taken, ValidationError for one that
    is none.
    """
    person = User(username=User.normalize_username(name), email=email, role=role)
    person.set_unusable_password()
    require_new(person)
    with AuditEvent.objects.act():
        enter(person, actor=actor)
        return _issued(person, actor, "person.invited")


def start_reset(*, actor: User, person: User) -> Link:
    """End the person's password and sessions, and return a link to set a new password.

    For a person who has not used their invitation yet it is a new invitation. Raises NotAllowed
    for oneself, and for an account that is disabled.
    """
    if actor.pk == person.pk:
        raise NotAllowed(_("Change your own password under your own account."))
    with AuditEvent.objects.act():
        person.refresh_from_db()
        if not person.is_active:
            raise NotAllowed(_("The account is disabled. Enable it first."))
        action = "person.invited" if person.is_invited else "person.reset_started"
        person.set_unusable_password()
        person.save(update_fields=["password"])
        session_ending.end_all_of(person)
        return _issued(person, actor, action)


def person_of(token: str) -> User | None:
    """Return whose link this is, or None: never one, used, expired, or replaced by a newer one."""
    pk, _dot, rest = token.partition(".")
    try:
        person = User.objects.filter(pk=UUID(pk), is_active=True).first()
    except ValueError:
        return None
    return person if _tokens.check_token(person, rest) else None


def set_password(*, token: str, password: str) -> User:
    """Set the password of the person whose link it is; the link is dead with it.

    The password must have passed the rules. Raises NotAllowed for a link that does not work.
    """
    hashed = make_password(password)  # takes a while, so before the turn of all others
    with AuditEvent.objects.act():
        person = person_of(token)
        if person is None:
            raise NotAllowed(_("This link does not work any more. Ask an administrator."))
        person.password = hashed
        person.save(update_fields=["password"])
        session_ending.end_all_of(person)
        # Who holds the link is not known to be the person, so the event has no actor.
        AuditEvent.objects.append("person.password_set", actor=None, target=str(person.pk))
    return person


def _issued(person: User, actor: User, action: str) -> Link:
    until = timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    AuditEvent.objects.append(
        action, actor=actor, target=str(person.pk), facts={"until": instant(until)}
    )
    query = urlencode({"token": f"{person.pk.hex}.{_tokens.make_token(person)}"})
    return Link(person, f"{settings.CONSOLE_URL}{reverse('password-link')}?{query}", until)
