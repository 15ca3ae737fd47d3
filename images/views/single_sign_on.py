"""To the single sign-on service and back."""

from collections.abc import Callable

from allauth.account.utils import get_next_redirect_url
from allauth.decorators import rate_limit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from images.single_sign_on.adapter import PROVIDER
from images.single_sign_on.provider import Issuer, IssuerFlow

_View = Callable[[HttpRequest], HttpResponse]
# Each makes the console call the service, so it counts as a sent sign-in form does.
_as_a_try: Callable[[_View], _View] = rate_limit(action="login", limit_get=True)


@login_not_required
@require_GET
@_as_a_try
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the service. Whoever is signed in comes to prove it, so it is to ask again."""
    issuer = _issuer(request)
    # With a greatest age the service must say when that was (OpenID Connect Core 1.0, 3.1.2.1).
    asked_again = {"prompt": "login", "max_age": "0"} if request.user.is_authenticated else {}
    back = get_next_redirect_url(request)
    return _answer(
        issuer,
        lambda: issuer.redirect(request, AuthProcess.LOGIN, next_url=back, auth_params=asked_again),
    )


@login_not_required
@require_GET
@_as_a_try
def finish(request: HttpRequest) -> HttpResponse:
    """Take what the service sends back, and sign in."""
    view = OAuth2CallbackView.adapter_view(IssuerFlow(request))
    return _answer(_issuer(request), lambda: view(request))


def _issuer(request: HttpRequest) -> Issuer:
    try:
        issuer: Issuer = get_adapter().get_provider(request, PROVIDER)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return issuer


def _answer(issuer: Issuer, call: Callable[[], HttpResponse]) -> HttpResponse:
    """Return what `call` does, or the page that says that it did not come about."""
    try:
        return call()
    except OAuth2Error as error:
        answer: HttpResponse = render_authentication_error(issuer.request, issuer, exception=error)
        return answer
