"""Record who came and went. Without the record nobody comes in."""

from contextlib import ExitStack
from typing import Any

from django.contrib.auth import user_logged_in, user_logged_out, user_login_failed
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from images.models import AuditEvent, User


def connect() -> None:
    """Listen to Django's own signals, whichever page or library signs people in."""
    user_logged_in.connect(_came, dispatch_uid="record sign-in")
    user_logged_out.connect(_went, dispatch_uid="record sign-out")
    user_login_failed.connect(_failed, dispatch_uid="record failed sign-in")


def _came(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    with ExitStack() as undone:
        # A failed record raises past this: the session must not outlive it.
        undone.callback(_turn_out, request)
        with AuditEvent.objects.act():
            AuditEvent.objects.append("session.signed_in", actor=user)
        undone.pop_all()


def _turn_out(request: HttpRequest) -> None:
    request.session.flush()
    request.user = AnonymousUser()


def _went(*, user: User | None, **kwargs: Any) -> None:
    if user is None:
        return  # nobody was signed in
    with AuditEvent.objects.act():
        AuditEvent.objects.append("session.signed_out", actor=user)


def _failed(*, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Keep whose account it was, if anybody's. What was typed is not kept: people type their
    password into the field of the name."""
    account = User.objects.filter(username=credentials.get("username") or "").first()
    with AuditEvent.objects.act():
        AuditEvent.objects.append(
            "session.failed",
            actor=None,
            target=str(account.pk) if account else "",
            facts={"reason": "refused"},
        )
