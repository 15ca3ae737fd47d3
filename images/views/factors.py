"""One's own second factors: see them, add an authenticator app, remove one."""

from allauth.mfa.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from images import access
from images.forms.factors import CodeForm
from images.forms.refusals import show_refusal
from images.http import ConsoleRequest
from images.second_step import note_second
from images.services import factors, passkeys
from images.services.factors import Pending
from images.services.refusal import NotAllowed
from images.views.recovery_codes import after_adding

_PENDING = "factor_app"  # in the session: the sealed secret of an app that is being set up


@require_safe
@access.with_role
def index(request: ConsoleRequest) -> HttpResponse:
    context = {
        "held": factors.held_by(request.user),
        "must_have": factors.must_have(request.user),
        "passkeys_work": passkeys.work_at(passkeys.our_origin()),
    }
    return render(request, "mfa/index.html", context)


@sensitive_post_parameters("code")
@sensitive_variables("form", "pending", "secret", "code", "context")
@require_http_methods(["GET", "HEAD", "POST"])
@access.with_role
@access.proven_again
def app(request: ConsoleRequest) -> HttpResponse:
    """Show a new secret to an authenticator app, and keep it once the app has shown a code.

    An app that is there already works until then. The secret stays the same while this session
    sets an app up, so that a reload does not spoil what was read.
    """
    pending = _pending(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        code = form.cleaned_data["code"]
        try:
            added = factors.add_app(actor=request.user, pending=pending, code=code)
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence, field=refusal.field)
        else:
            del request.session[_PENDING]
            note_second(request, added.factor)
            messages.success(request, _("The authenticator app was added."))
            return after_adding(request, added)
    secret = pending.secret
    context = {
        "form": form,
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "address": get_adapter().build_totp_url(request.user, secret),
        "replaces": factors.held_by(request.user).app is not None,
    }
    return render(request, "mfa/app.html", context, status=422 if form.is_bound else 200)


@sensitive_variables("address")
@require_safe
@access.with_role
@access.proven_again
def picture(request: ConsoleRequest) -> HttpResponse:
    """The secret that is being set up, as a QR code on white: a picture of this address alone."""
    if _PENDING not in request.session:
        raise Http404
    address = get_adapter().build_totp_url(request.user, _pending(request).secret)
    return HttpResponse(get_adapter().build_totp_svg(address), content_type="image/svg+xml")


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_role
@access.proven_again
def remove(request: ConsoleRequest, pk: int) -> HttpResponse:
    factor = access.own_second_factor(request, pk)
    if request.method != "POST":
        is_last = not factors.second_factors(request.user).exclude(pk=pk).exists()
        context = {
            "factor": factor,
            "is_last": is_last,
            "must_have": factors.must_have(request.user),
        }
        return render(request, "mfa/removal.html", context)
    try:
        factors.remove(actor=request.user, factor=factor)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("The second factor was removed."))
    return redirect("mfa_index")


def _pending(request: ConsoleRequest) -> Pending:
    pending = factors.pending_app(request.user, request.session.get(_PENDING, ""))
    request.session[_PENDING] = pending.sealed
    return pending
