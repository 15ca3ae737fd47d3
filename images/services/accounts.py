"""What an administrator does with another person's account: disable, enable, end its sessions."""

from django.utils.translation import gettext as _

from images.models import AuditEvent, User
from images.services import session_ending, unsent
from images.services.people import require_another_administrator
from images.services.refusal import NotAllowed
from images.vocabulary import OwnReason, Role


def disable(*, actor: User, person: User) -> int:
    """Shut a person out, at once and everywhere, until somebody enables the account again.

    Sessions end, an open link of theirs is dead, and what they recorded and nobody sent yet is
    refused; returns how many requests that were. A second call changes nothing. Raises NotAllowed
    for oneself, and for the last administrator.
    """
    if actor.pk == person.pk:
        raise NotAllowed(
            _("Nobody disables their own account. Another administrator has to do it.")
        )
    with AuditEvent.objects.act():
        person.refresh_from_db()
        if not person.is_active:
            return 0
        if person.role == Role.ADMINISTRATOR:
            require_another_administrator(person)
        person.is_active = False
        if not person.has_usable_password():
            person.set_unusable_password()  # another one, so that an open link is dead
        person.save(update_fields=["is_active", "password"])
        session_ending.end_all_of(person)
        refused = unsent.refuse_all_of(person, OwnReason.ACCOUNT_DISABLED, actor=actor)
        _record("person.disabled", actor, person)
    return refused


def enable(*, actor: User, person: User) -> None:
    """Let a person in again; a second call changes nothing.

    What was refused meanwhile stays refused. Raises NotAllowed for a person whose name was
    removed: that account is over for good.
    """
    with AuditEvent.objects.act():
        person.refresh_from_db()
        if person.is_name_removed:
            raise NotAllowed(_("The name was removed, so this account stays disabled."))
        if person.is_active:
            return
        person.is_active = True
        person.save(update_fields=["is_active"])
        _record("person.enabled", actor, person)


def end_sessions(*, actor: User, person: User) -> int:
    """Sign another person out everywhere; return how many sessions that ended.

    Raises NotAllowed for oneself: one's own sessions have a page of their own.
    """
    if actor.pk == person.pk:
        raise NotAllowed(_("End your own sessions under your own account."))
    with AuditEvent.objects.act():
        ended = session_ending.end_all_of(person)
        _record("person.sessions_ended", actor, person, sessions=ended)
    return ended


def _record(action: str, actor: User, person: User, **facts: int) -> None:
    AuditEvent.objects.append(action, actor=actor, target=str(person.pk), facts=facts)
