"""Whose address a request comes from, with as many proxies in between as the settings say."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

_LONGEST = 45


def client_address(request: HttpRequest) -> str:
    """Return the client's address, or "" when what is told is none.

    Each of our proxies adds whom it heard to the end of X-Forwarded-For; what a client writes
    there itself stands before that and is never read. A request that came past the proxies is
    taken from its connection.
    """
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    is_told = 0 < proxies <= len(told) and told != [""]
    found = told[-proxies].strip() if is_told else request.META.get("REMOTE_ADDR", "")
    return found if len(found) <= _LONGEST and _is_address(found) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text
