"""Where Django tells who comes and goes; the record is made at once, or nobody comes in."""

from contextlib import ExitStack
from typing import Any

from django.contrib.auth import user_logged_in, user_logged_out, user_login_failed
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from images.models import User
from images.services import sign_ins


def connect() -> None:
    """Listen, whichever page or library signs people in. A second call changes nothing."""
    user_logged_in.connect(_came, dispatch_uid="sign-in")
    user_logged_out.connect(_went, dispatch_uid="sign-out")
    user_login_failed.connect(_failed, dispatch_uid="sign-in-failed")


def _came(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    with ExitStack() as undone:
        # A record that fails raises past this: the session must not outlive it.
        undone.callback(_turn_out, request)
        sign_ins.record_sign_in(actor=user)
        undone.pop_all()


def _turn_out(request: HttpRequest) -> None:
    request.session.flush()
    request.user = AnonymousUser()


def _went(*, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        sign_ins.record_sign_out(actor=user)


def _failed(*, credentials: dict[str, Any], **kwargs: Any) -> None:
    sign_ins.record_failure(name=str(credentials.get("username") or ""))
