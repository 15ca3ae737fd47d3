"""Record who came and went, and who was not let in."""

from images.models import AuditEvent, User


def record_sign_in(*, actor: User) -> None:
    with AuditEvent.objects.act():
        AuditEvent.objects.append("session.signed_in", actor=actor)


def record_sign_out(*, actor: User) -> None:
    with AuditEvent.objects.act():
        AuditEvent.objects.append("session.signed_out", actor=actor)


def record_failure(*, name: str) -> None:
    """Keep whose account it was, if anybody's. The name that was typed is not kept: people type
    their password into the wrong field."""
    account = User.objects.filter(username=name).first()
    with AuditEvent.objects.act():
        AuditEvent.objects.append(
            "session.failed",
            actor=None,
            target=str(account.pk) if account else "",
            facts={"reason": "refused"},
        )
