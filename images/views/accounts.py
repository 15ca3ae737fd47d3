"""Sign-in and what a person sets for themself. Language and theme live in cookies."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import LoginView, LogoutView, ReauthenticateView
from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access import with_role
from images.forms.accounts import PasswordForm, ProofForm, SignInForm
from images.http import ConsoleRequest
from images.services import factors, passwords, sign_ins
from images.single_sign_on.adapter import single_sign_on_name
from images.stamps import zone_text
from images.themes import THEMES, keep_theme
from images.views import errors


class SignIn(LoginView):  # type: ignore[misc]  # allauth carries no types
    template_name = "accounts/login.html"
    form_class = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["single_sign_on"] = single_sign_on_name()
        return context


class Proof(ReauthenticateView):  # type: ignore[misc]  # allauth carries no types
    """Prove once more who one is, then go on to where one came from."""

    template_name = "accounts/proof.html"
    form_class = ProofForm

    def dispatch(self, request: ConsoleRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not get_adapter().get_reauthentication_methods(request.user):
            sentence = _("There is no way for you to prove it here. Sign out and sign in again.")
            raise PermissionDenied(sentence)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


_form_methods = require_http_methods(["GET", "HEAD", "POST"])
sign_in = login_not_required(_form_methods(SignIn.as_view()))
sign_out = login_not_required(require_POST(LogoutView.as_view()))
prove = _form_methods(sensitive_post_parameters("password")(Proof.as_view()))


def open_to_all(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view of Django's own as reachable before sign-in, for POST alone."""
    return login_not_required(require_POST(view))


@require_safe
@with_role
def settings_place(request: ConsoleRequest) -> HttpResponse:
    """Lead to the tab of the settings that everybody has."""
    return redirect("account")


@require_safe
@with_role
def index(request: ConsoleRequest) -> HttpResponse:
    context = {"held": factors.held_by(request.user), "zone": zone_text()}
    return render(request, "accounts/account.html", context)


@sensitive_post_parameters("oldpassword", "password1", "password2")
@_form_methods
@with_role
def change_password(request: ConsoleRequest) -> HttpResponse:
    """Change one's own password. This session stays, under a new id; the others end."""
    if not request.user.has_usable_password():
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/password.html", {"form": PasswordForm(user=request.user)})
    form = PasswordForm(data=request.POST, user=request.user)
    if not consume(request, action="change_password"):
        return errors.limited(request)
    if not form.is_valid():
        if form.has_error("oldpassword", "enter_current_password"):
            sign_ins.record_failure(name=request.user.get_username())
        return render(request, "accounts/password.html", {"form": form}, status=422)
    passwords.change_password(
        actor=request.user,
        password=form.cleaned_data["password1"],
        session_key=request.session.session_key or "",
    )
    update_session_auth_hash(request, request.user)
    messages.success(request, _("The password is changed. Your other sessions have ended."))
    return redirect("account")


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie, so that the server renders it without a flash."""
    response = HttpResponseRedirect(_way_back(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        keep_theme(response, theme, is_secure=request.is_secure())
    return response


def _way_back(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else "/"
