"""Where Django tells who comes and goes; the record is made at once, or nobody comes in."""

from contextlib import ExitStack
from typing import Any

from allauth.account.signals import authentication_step_completed
from django.contrib.auth import user_logged_in, user_logged_out, user_login_failed
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from images.models import User
from images.proving import note_proof
from images.second_step import note_first
from images.services import sign_ins
from images.sign_in_facts import sign_in_facts


def connect() -> None:
    """Listen, whichever page or library signs people in. A second call changes nothing."""
    user_logged_in.connect(_came, dispatch_uid="sign-in")
    user_logged_out.connect(_went, dispatch_uid="sign-out")
    user_login_failed.connect(_failed, dispatch_uid="sign-in-failed")
    authentication_step_completed.connect(_proved, dispatch_uid="proof")


def _came(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    with ExitStack() as undone:
        # A record that fails raises past this: the session must not outlive it.
        undone.callback(_turn_out, request)
        sign_ins.record_sign_in(actor=user, facts=sign_in_facts(request, user))
        undone.pop_all()
    note_proof(request)


def _proved(
    *, request: HttpRequest, user: User, method: str, reauthenticated: bool = False, **kwargs: Any
) -> None:
    """A step of a sign-in proves nothing yet: the sign-in as a whole does."""
    if reauthenticated:
        note_proof(request)
    elif method != "mfa":
        note_first(request, user)


def _turn_out(request: HttpRequest) -> None:
    request.session.flush()
    request.user = AnonymousUser()


def _went(*, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        sign_ins.record_sign_out(actor=user)


def _failed(*, credentials: dict[str, Any], **kwargs: Any) -> None:
    sign_ins.record_failure(name=str(credentials.get("username") or ""))
