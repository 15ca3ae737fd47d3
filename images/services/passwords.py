from images.models import AuditEvent, User
from images.services import session_ending


def change_password(*, actor: User, password: str, session_key: str) -> None:
    """Give a person the new password that they chose, and record it. All their sessions end but
    the one with this key, which the caller takes over to the new password."""
    actor.set_password(password)  # before the turn in the ledger: it takes a tenth of a second
    with AuditEvent.objects.act():
        actor.save(update_fields=["password"])
        session_ending.end_all_of(actor, but=session_key)
        AuditEvent.objects.append("password.changed", actor=actor, target=str(actor.pk))
