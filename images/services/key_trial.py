"""Try an access key with one signed read, and keep what it showed."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from images.models import AccessKey, AuditEvent, User
from images.scp.endpoints import BadEndpoint
from images.scp.errors import ScpError
from images.services import keys, versions
from images.vault import VaultError
from images.vocabulary import OwnReason


def try_key(*, actor: User, key: AccessKey, language: str) -> bool:
    """List one page of servers with the key, note the result on it, and return whether it works.

    The result holds the clock difference, SCP's code and request ids, and the version sent. The
    host's version list is read beside it, unsigned; its failure is no failure of the key.
    """
    result: dict[str, Any] = {"works": False, "api_version": key.api_version}
    try:
        client = keys.open_key(key, language=language, total_seconds=settings.SCP_PAGE_SECONDS)
        listing = client.list_servers(most_pages=1)
    except ScpError as error:
        result |= {
            "reason": error.reason.value,
            "code": error.code,
            "status": error.exchange.status,
            "request_ids": error.exchange.request_ids,
            "skew_seconds": error.exchange.clock_skew_seconds,
        }
    except VaultError:
        result["reason"] = OwnReason.KEY_UNREADABLE.value
    except BadEndpoint:
        result["reason"] = OwnReason.PLACE_UNKNOWN.value
    else:
        result |= {"works": True, "skew_seconds": listing.clock_skew_seconds}
    if result["works"] or result.get("status"):
        versions.refresh(client, environment=key.environment, region=key.region)
    _keep(actor, key, result)
    return bool(result["works"])


def _keep(actor: User, key: AccessKey, result: dict[str, Any]) -> None:
    key.last_test, key.last_tested_at = result, timezone.now()
    with AuditEvent.objects.act():
        key.save(update_fields=["last_test", "last_tested_at"])
        AuditEvent.objects.append(
            "key.tested",
            actor=actor,
            key=key,
            target=key.alias,
            facts={"works": result["works"], "reason": result.get("reason", "")},
        )
