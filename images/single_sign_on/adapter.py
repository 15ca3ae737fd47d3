from typing import Any
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from images.models import User
from images.services import sign_ins, single_sign_on
from images.services.refusal import NotAllowed
from images.views import errors

PROVIDER = "openid_connect"


def single_sign_on_name() -> str:
    """Return what people call the service; "" when there is none."""
    return settings.OIDC_NAME if settings.OIDC_ISSUER else ""


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # without types
    """One service, from the settings alone; it lets in people who were added here, nobody else."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return the one service, if there is one. No row of the database adds another."""
        if not settings.OIDC_ISSUER:
            return []
        app = SocialApp(
            provider=PROVIDER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"oauth_pkce_enabled": True},
        )
        return [app]

    def get_requests_session(self) -> Any:
        """Return a session that reaches the issuer's host and no other, and follows nothing."""
        session = super().get_requests_session()
        parts = urlsplit(settings.OIDC_ISSUER)
        origin = f"{parts.scheme}://{parts.netloc}/"
        wire = session.get_adapter(origin)
        session.adapters.clear()
        session.mount(origin, wire)
        session.max_redirects = 0
        session.trust_env = False  # no proxy and no .netrc that nobody set for us
        session.verify = settings.OIDC_CA or True
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Leave it to `pre_social_login`, which records it."""
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let the first sign-in find its person by the address that the service has verified."""
        if sociallogin.is_existing:
            return
        emails = [each.email for each in sociallogin.email_addresses if each.verified]
        try:
            person = single_sign_on.link(account=sociallogin.account, emails=emails)
        except NotAllowed as refusal:
            refused = errors.not_let_in(request, sentence=str(refusal.sentence))
            raise ImmediateHttpResponse(refused) from None
        sociallogin.user = person

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Answer with our page, whatever went wrong: a wrong state, a refusal, a bad token."""
        sign_ins.record_sso_failure(path=request.path)
        sentence = _("The sign-in at {name} did not come about.").format(name=settings.OIDC_NAME)
        raise ImmediateHttpResponse(errors.not_let_in(request, sentence=sentence))
