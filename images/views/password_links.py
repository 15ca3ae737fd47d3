"""Where an invited person, or one after a reset, sets a password. No sign-in is needed: the link
is the proof."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from images.forms.people import NewPasswordForm
from images.services import password_links
from images.services.refusal import NotAllowed

_TOKEN = "password_link"  # noqa: S105  (the name of a place in the session)


@login_not_required
@sensitive_post_parameters("password", "again")
@sensitive_variables("token", "form")
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest) -> HttpResponse:
    """Take the token out of the address at once, then ask for the password.

    The address with the token is no page, so neither history nor Referer keep it; and logs name
    no query. A link that does not work is 404, whatever is wrong with it.
    """
    if "token" in request.GET:
        _keep(request, request.GET["token"])
        return redirect("password-link")
    token = str(request.session.get(_TOKEN, ""))
    person = password_links.person_of(token)
    if person is None:
        return render(request, "people/dead_link.html", status=404)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        try:
            password_links.set_password(token=token, password=form.cleaned_data["password"])
        except NotAllowed:  # used by somebody else since we looked
            return render(request, "people/dead_link.html", status=404)
        del request.session[_TOKEN]
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("account_login")
    status = 422 if form.is_bound else 200
    context = {"form": form, "person": person}
    return render(request, "people/password.html", context, status=status)


def _keep(request: HttpRequest, token: str) -> None:
    """Keep the token in the session, if it is one; whatever was there before goes."""
    request.session.pop(_TOKEN, None)
    if password_links.person_of(token):
        if not request.user.is_authenticated:
            request.session.cycle_key()  # nobody else may know the id of this session
        request.session[_TOKEN] = token
