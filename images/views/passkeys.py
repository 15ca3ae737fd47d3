"""Passkeys: add one, sign in with one alone, and what a browser is asked for both."""

from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.models import Login
from allauth.core.internal.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from images import access
from images.forms.factors import AnswerForm, NewPasskeyForm
from images.forms.refusals import show_refusal
from images.http import ConsoleRequest
from images.models import User
from images.second_step import note_second
from images.services import passkeys
from images.services.refusal import NotAllowed
from images.views.recovery_codes import after_adding


@require_http_methods(["GET", "HEAD", "POST"])
@access.with_role
@access.proven_again
def new(request: ConsoleRequest) -> HttpResponse:
    if not passkeys.work_at(passkeys.our_origin()):
        raise Http404
    form = NewPasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            added = passkeys.add(
                actor=request.user,
                name=form.cleaned_data["name"],
                answer=form.cleaned_data["credential"],
                origin=passkeys.our_origin(),
            )
        except NotAllowed as refusal:
            show_refusal(form, refusal.sentence)
        else:
            note_second(request, added.factor)
            messages.success(request, _("The passkey was added."))
            return after_adding(request, added)
    return render(request, "mfa/passkey.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@access.with_role
@access.proven_again
def creation(request: ConsoleRequest) -> HttpResponse:
    """What the browser is asked for a new passkey; the challenge is good for one answer."""
    return JsonResponse(passkeys.creation_options(request.user))


@login_not_required
@require_POST
def question(request: HttpRequest) -> HttpResponse:
    """What the browser is asked for a passkey: one of who is signed in, of who has given the
    password, or of anybody."""
    person = request.user if request.user.is_authenticated else None
    if person is None:
        limited = consume_or_429(request, app="allauth.mfa", action="webauthn_question")
        if limited:
            too_many: HttpResponse = limited
            return too_many
        stage = get_pending_stage(request)
        person = stage.login.user if stage else None
    assert person is None or isinstance(person, User)  # noqa: S101  (for the type checker)
    return JsonResponse(passkeys.request_options(person))


@sensitive_post_parameters("credential")
@login_not_required
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone: it is both what one has and what one knows or is."""
    if request.user.is_authenticated:
        return redirect("home")
    limited = consume_or_429(request, app="allauth.mfa", action="webauthn_login")
    if limited:
        too_many: HttpResponse = limited
        return too_many
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _refused(request, str(form.errors["credential"][0]))
    try:
        factor = passkeys.prove(
            person=None, answer=form.cleaned_data["credential"], origin=passkeys.our_origin()
        )
    except NotAllowed as refusal:
        return _refused(request, refusal.sentence)
    note_second(request, factor, is_whole_sign_in=True)
    response: HttpResponse = perform_login(request, Login(user=factor.user))
    return response


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("account_login")
