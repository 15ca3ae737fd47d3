"""Record who came and went, and who was not let in."""

from allauth.account.internal.userkit import get_user_by_username
from django.core.cache import cache

from images.models import AuditEvent, User
from images.origin import current_origin

LIMIT_SECONDS = 300
"""The longest window of a limit on tries (ACCOUNT_RATE_LIMITS); one event tells of it."""


def record_sign_in(*, actor: User, facts: dict[str, str]) -> None:
    """Record a sign-in. `facts` say how: method, and second where a second factor was used."""
    with AuditEvent.objects.act():
        AuditEvent.objects.append("session.signed_in", actor=actor, facts=facts)


def record_sign_out(*, actor: User) -> None:
    with AuditEvent.objects.act():
        AuditEvent.objects.append("session.signed_out", actor=actor)


def record_failure(*, name: str) -> None:
    """Keep whose account it was, if anybody's. The name that was typed is not kept: people type
    their password into the wrong field."""
    _append_failure(_pseudonym(name), reason="refused")


def record_disabled(*, account: User) -> None:
    """Record that a disabled account came as far as this by other means than a password."""
    _append_failure(str(account.pk), reason="disabled")


def record_sso_failure(*, path: str) -> None:
    """Record that a single sign-on broke off, once in a window for each address: anybody can call
    the address that it comes back to."""
    with AuditEvent.objects.act():
        if cache.add(f"failed:{path}:{current_origin().address}", 1, LIMIT_SECONDS):
            facts = {"reason": "single_sign_on"}
            AuditEvent.objects.append("session.failed", actor=None, facts=facts)


def record_limit(*, name: str, path: str) -> None:
    """Record that tries came too often, once in a window for each account or, where the name is
    nobody's, for each address: a flood does not fill the ledger."""
    target = _pseudonym(name)
    with AuditEvent.objects.act():
        if cache.add(f"limited:{path}:{target or current_origin().address}", 1, LIMIT_SECONDS):
            AuditEvent.objects.append(
                "session.limited", actor=None, target=target, facts={"path": path}
            )


def _append_failure(target: str, *, reason: str) -> None:
    with AuditEvent.objects.act():
        AuditEvent.objects.append(
            "session.failed", actor=None, target=target, facts={"reason": reason}
        )


def _pseudonym(name: str) -> str:
    """Return whose name it is by the very look-up of a sign-in: in UPPER(), which PostgreSQL
    compares by, “ſ” is an S as well, and “ı” an I."""
    account = get_user_by_username(name) if name else None
    return str(account.pk) if account else ""
