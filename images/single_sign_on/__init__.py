"""Single sign-on with one OpenID Connect service, the one that OIDC_ISSUER names.

Source: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE). django-allauth leads the
browser there and back, with state and PKCE; here stands what is stricter than it.
"""
