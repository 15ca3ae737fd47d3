"""Record the settings that the console runs with, whenever they are others than before.

They are set in the environment, by whoever runs the host; so the record names no person.
"""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from images.ledger_key import signing_key
from images.models import AuditEvent

# What changes the meaning of the records, or where calls go. No secret is among them.
_TOLD = (
    "CONSOLE_URL",
    "SCP_URL_TEMPLATE",
    "SCP_ALLOW_LOOPBACK",
    "SCP_ALLOW_PRIVATE",
    "SCP_CA_BUNDLE",
    "KEY_WRAPPER",
    "OIDC_ISSUER",
    "TRUSTED_PROXIES",
    "TASK_QUEUE",
    "TIME_ZONE",
    "RETENTION_YEARS",
)


def note() -> bool:
    """Write an event when the settings differ from those of the last one; return whether."""
    with AuditEvent.objects.act():
        now = _now()
        told = AuditEvent.objects.filter(action__in=["settings.noted", "settings.changed"])
        last = told.order_by("-sequence").first()
        before: dict[str, Any] = last.facts.get("to", {}) if last else {}
        what = sorted(name for name in now if now[name] != before.get(name))
        if last is None:
            AuditEvent.objects.append("settings.noted", actor=None, facts={"to": now})
            return True
        if not what:
            return False
        AuditEvent.objects.append("settings.changed", actor=None, facts={"what": what, "to": now})
    return True


def _now() -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(settings, name) for name in _TOLD}
    told["SCP_ENVIRONMENTS"] = {
        environment: list(regions) for environment, regions in settings.SCP_ENVIRONMENTS.items()
    }
    told["SECOND_FACTOR_ROLES"] = sorted(settings.SECOND_FACTOR_ROLES)
    told["LEDGER_ANCHOR_URL"] = _place(settings.LEDGER_ANCHOR_URL)
    told["LEDGER_ANCHOR_MAIL"] = len(settings.LEDGER_ANCHOR_MAIL)
    told["verifier_key"] = str(signing_key().verifier)
    return told


def _place(url: str) -> str:
    """Return an address's host and a mark of the rest: a path may be as good as a password."""
    if not url:
        return ""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc} {hashlib.sha256(url.encode()).hexdigest()[:16]}"
