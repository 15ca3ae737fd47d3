"""Recovery codes: shown to the session that made them, for a short while, and never again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images import access
from images.http import ConsoleRequest
from images.services import factors
from images.services.factors import Added
from images.services.refusal import NotAllowed

_READABLE_UNTIL = "recovery_codes_until"  # in the session that made them
_READABLE_SECONDS = 15 * 60


@sensitive_variables("codes")
@require_safe
@access.with_role
def show(request: ConsoleRequest) -> HttpResponse:
    if not _may_read(request):
        return redirect("mfa_index")
    codes = _grouped(factors.codes_of(request.user))
    return render(request, "mfa/recovery_codes.html", {"codes": codes})


@sensitive_variables("codes")
@require_safe
@access.with_role
def file(request: ConsoleRequest) -> HttpResponse:
    """The codes as plain text to keep, while they may be read."""
    if not _may_read(request):
        raise Http404
    codes = _grouped(factors.codes_of(request.user))
    title = _("Recovery codes of {name} for {place}. Each works once.").format(
        name=request.user.get_username(), place=request.build_absolute_uri("/")
    )
    text = "\n".join([title, "", *codes, ""])
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


@require_POST
@access.with_role
def kept(request: ConsoleRequest) -> HttpResponse:
    """The person has kept them: they are shown no more."""
    request.session.pop(_READABLE_UNTIL, None)
    return redirect("mfa_index")


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_role
@access.proven_again
def new(request: ConsoleRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "mfa/new_codes.html", {"held": factors.held_by(request.user)})
    try:
        factors.make_codes(actor=request.user)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
        return redirect("mfa_index")
    return _to_codes(request)


def after_adding(request: ConsoleRequest, added: Added) -> HttpResponse:
    """Lead to the codes that were made with a factor, or back to the factors."""
    return _to_codes(request) if added.has_new_codes else redirect("mfa_index")


def _to_codes(request: ConsoleRequest) -> HttpResponse:
    request.session[_READABLE_UNTIL] = timezone.now().timestamp() + _READABLE_SECONDS
    return redirect("mfa_codes")


def _may_read(request: ConsoleRequest) -> bool:
    until = float(request.session.get(_READABLE_UNTIL, 0))
    return 0 < until - timezone.now().timestamp() <= _READABLE_SECONDS


def _grouped(codes: list[str]) -> list[str]:
    return [" ".join(code[place : place + 4] for place in range(0, len(code), 4)) for code in codes]
