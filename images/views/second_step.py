"""The second step of a sign-in, and the same proof again of who is signed in."""

from collections.abc import Callable

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from images.forms.factors import AnswerForm, CodeForm
from images.forms.refusals import show_refusal
from images.http import ConsoleRequest
from images.models import User
from images.second_step import is_first_still_good, note_second
from images.services import factors, passkeys
from images.services.factor_limits import TooManyTries
from images.services.factors import Held
from images.services.refusal import NotAllowed
from images.views import errors

_View = Callable[[HttpRequest], HttpResponse]
_form_methods = require_http_methods(["GET", "HEAD", "POST"])
_in_second_step: Callable[[_View], _View] = login_stage_required(
    stage=AuthenticateStage.key, redirect_urlname="account_login"
)
_hides_input = sensitive_post_parameters("code", "credential")


@_form_methods
@_hides_input
@_in_second_step
def sign_in(request: HttpRequest) -> HttpResponse:
    """The password was right; now a code or a passkey, and the person is signed in."""
    stage = request._login_stage  # type: ignore[attr-defined]  # allauth puts it there
    person: User = stage.login.user
    is_as_before = person.is_active and is_first_still_good(request, person)
    if not is_as_before or not factors.second_factors(person).exists():
        clear_login(request)  # things changed since the password: from the beginning
        return redirect("account_login")
    form = _form(request)
    try:
        factor = _proven(request, person, form)
    except TooManyTries:
        return errors.limited(request, name=person.get_username())
    if factor is None:
        return _page(request, person, form, "mfa/second_step.html")
    note_second(request, factor)
    response: HttpResponse = stage.exit()
    return response


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Go back to the first step, as somebody else perhaps."""
    clear_login(request)
    return redirect("account_login")


@_form_methods
@_hides_input
def prove(request: ConsoleRequest) -> HttpResponse:
    """Prove once more who one is, by a second factor, and go on to where one came from."""
    if not factors.second_factors(request.user).exists():
        return redirect("account_reauthenticate")
    form = _form(request)
    try:
        factor = _proven(request, request.user, form)
    except TooManyTries:
        return errors.limited(request)
    if factor is None:
        return _page(request, request.user, form, "mfa/proof.html")
    note_second(request, factor, is_proof_again=True)
    return redirect(get_next_redirect_url(request) or "home")


def _form(request: HttpRequest) -> forms.Form:
    """Return the form that was sent: a passkey's answer, or else a code."""
    if request.method != "POST":
        return CodeForm()
    return (AnswerForm if "credential" in request.POST else CodeForm)(request.POST)


def _proven(request: HttpRequest, person: User, form: forms.Form) -> Authenticator | None:
    """Return the factor that the form proves; else None, and the form says what is wrong."""
    if not form.is_valid():
        return None
    try:
        if isinstance(form, CodeForm):
            return factors.prove_by_code(person=person, code=form.cleaned_data["code"])
        answer = form.cleaned_data["credential"]
        return passkeys.prove(person=person, answer=answer, origin=passkeys.our_origin())
    except TooManyTries:
        raise
    except NotAllowed as refusal:
        show_refusal(form, refusal.sentence, field=refusal.field)
        return None


def _page(request: HttpRequest, person: User, form: forms.Form, name: str) -> HttpResponse:
    held = factors.held_by(person)
    context = {
        "form": form,
        "code_form": _code_form(form, held),
        "takes_code": bool(held.app or held.codes_left),
        "takes_passkey": bool(held.passkeys) and passkeys.work_at(passkeys.our_origin()),
        "next": get_next_redirect_url(request) or "",
    }
    return render(request, name, context, status=422 if form.is_bound else 200)


def _code_form(form: forms.Form, held: Held) -> forms.Form:
    """Return the form for a code. It has the focus unless something was wrong, or a passkey is the
    person's way and codes are only for its loss."""
    if form.is_bound:
        return form if isinstance(form, CodeForm) else CodeForm()
    return CodeForm(has_focus=held.app is not None)
