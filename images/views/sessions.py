"""One's own sessions: which there are, ending them, and how long this one still lasts."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from images import access
from images.http import ConsoleRequest
from images.services import sessions
from images.session_limits import browser_of
from images.session_report import session_rows, told_standing


@require_safe
@access.with_role
def index(request: ConsoleRequest) -> HttpResponse:
    rows = session_rows(sessions.sessions_of(request.user), request.session.session_key or "")
    context = {
        "rows": rows,
        "has_others": any(not row.is_this for row in rows),
        "standing": request.session_standing,
    }
    return render(request, "accounts/sessions.html", context)


@require_POST
@access.with_role
def end(request: ConsoleRequest, pk: int) -> HttpResponse:
    """End one session; ending the one that asks is signing out."""
    row = access.own_session(request, pk)
    if row.session_key == request.session.session_key:
        logout(request)
        return redirect("home")  # which leads to sign-in
    sessions.end(actor=request.user, ended=[row])
    messages.success(request, _("The session was ended."))
    return redirect("session-list")


@require_POST
@access.with_role
def end_others(request: ConsoleRequest) -> HttpResponse:
    others = [
        row
        for row in sessions.sessions_of(request.user)
        if row.session_key != request.session.session_key
    ]
    count = sessions.end(actor=request.user, ended=others)
    said = ngettext("{count} other session was ended.", "{count} other sessions were ended.", count)
    messages.success(request, said.format(count=count))
    return redirect("session-list")


@require_safe
@access.with_role
def state(request: ConsoleRequest) -> HttpResponse:
    """Tell a page how long its session lasts, for session.js, which asks without keeping it alive.

    The form token goes along: after a new sign-in in another tab the old one is no longer good.
    """
    return JsonResponse(
        told_standing(request.session_standing, request.user) | {"csrf": get_token(request)}
    )


@require_POST
@access.with_role
def stay(request: ConsoleRequest) -> HttpResponse:
    """Put the end off by the whole idle time, because the person says so."""
    standing = sessions.see(request.session_standing, browser=browser_of(request), at_once=True)
    return JsonResponse(told_standing(standing, request.user))
