"""The service as allauth sees it. Its answers are believed only after they were checked."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

import jwt
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from images.proving import note_elsewhere
from images.single_sign_on.adapter import PROVIDER

# Signatures with a key pair alone: a shared secret could be the client's own.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_CLOCK_SECONDS = 60
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class IssuerFlow(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth carries no types
    """One sign-in: the service's own description, its token, and what the token says."""

    def __init__(self, request: HttpRequest, provider_id: str = PROVIDER) -> None:
        super().__init__(request, provider_id)

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return the service's description. Raises OAuth2Error for one that is not the issuer's
        own, or leads to another host."""
        if not hasattr(self, "_openid_config"):
            url = f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration"
            self._openid_config = _checked(_json(url))
        return self._openid_config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return f"{settings.CONSOLE_URL}{reverse('single-sign-on-return')}"

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = self._claims(app, kwargs["response"].get("id_token"))
        note_elsewhere(request, claims.get("auth_time"))
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            claims = {**self._told(token.token, subject=claims["sub"]), **claims}
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _claims(self, app: SocialApp, id_token: object) -> dict[str, Any]:
        """Return what the ID token says. Source: OpenID Connect Core 1.0, section 3.1.3.7."""
        keys = _json(self.openid_config["jwks_uri"])
        try:
            key_id = jwt.get_unverified_header(str(id_token)).get("kid")
            claims: dict[str, Any] = jwt.decode(
                str(id_token),
                jwt.PyJWKSet.from_dict(keys)[str(key_id)],
                algorithms=_ALGORITHMS,
                audience=app.client_id,
                issuer=settings.OIDC_ISSUER,
                leeway=_CLOCK_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("The ID token is not what it should be.") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The ID token was made for another client.")
        return claims

    def _told(self, access_token: str, *, subject: str) -> dict[str, Any]:
        """Return what the service says of the person of the token, and of nobody else."""
        headers = {"Authorization": f"Bearer {access_token}"}
        told = _json(self.openid_config["userinfo_endpoint"], headers=headers)
        if told.get("sub") != subject:
            raise OAuth2Error("The service told of somebody else.")
        return told


class Issuer(OpenIDConnectProvider):  # type: ignore[misc]  # allauth carries no types
    oauth2_adapter_class = IssuerFlow

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return issuer and subject as one value of a length that fits: the account for good."""
        claims = data["id_token"]
        return hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, str]:
        """Keep nothing of what the service tells but whose account it is."""
        return {name: data["id_token"][name] for name in ("iss", "sub")}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        email = data["id_token"].get("email")
        is_verified = data["id_token"].get("email_verified") is True
        return [EmailAddress(email=email, verified=is_verified)] if isinstance(email, str) else []


def _checked(config: dict[str, Any]) -> dict[str, Any]:
    if config.get("issuer") != settings.OIDC_ISSUER:
        raise OAuth2Error("The service calls itself by another name than OIDC_ISSUER.")
    here = urlsplit(settings.OIDC_ISSUER)
    for name in _ENDPOINTS:
        parts = urlsplit(str(config.get(name)))
        if (parts.scheme, parts.netloc) != (here.scheme, here.netloc):
            raise OAuth2Error(f"{name} is not on the host of OIDC_ISSUER.")
    return config


def _json(url: str, *, headers: dict[str, str] | None = None) -> dict[str, Any]:
    with get_adapter().get_requests_session() as session:
        try:
            answer = session.get(url, headers=headers)
            answer.raise_for_status()
            told = answer.json()
        except OSError as error:  # the errors of `requests` are kinds of it
            raise OAuth2Error("The service does not answer.") from error
    if not isinstance(told, dict):
        raise OAuth2Error("The service's answer was not understood.")
    return told


provider_classes = [Issuer]
