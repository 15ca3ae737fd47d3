"""Access keys: add, change, disable, and the one function that reads a secret."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from images.models import AccessKey, AuditEvent, User
from images.scp.client import Client, Credentials, open_client
from images.services import versions
from images.services.refusal import NotAllowed
from images.vault import open_vault


def open_key(
    key: AccessKey,
    *,
    language: str = "en-US",
    api_version: str = "",
    total_seconds: float | None = None,
) -> Client:
    """Return a client that signs with the key. The only place where a secret comes to light.

    `api_version` overrides the key's own, for a request that was recorded with another;
    `total_seconds` shortens what one call may take, for a person who waits. Raises
    VaultError when the key cannot be decrypted, BadEndpoint when its place is not configured.
    """
    vault = open_vault()
    return open_client(
        environment=key.environment,
        region=key.region,
        credentials=Credentials(
            access_key=vault.open(key.sealed_access_key, key.place("access_key")),
            secret_key=vault.open(key.sealed_secret_key, key.place("secret_key")),
        ),
        api_version=api_version or key.api_version,
        language=language,
        total_seconds=total_seconds,
    )


def add(
    *,
    actor: User,
    alias: str,
    environment: str,
    region: str,
    access_key: str,
    secret_key: str,
    api_version: str,
    expires_on: date | None = None,
    is_production: bool = False,
) -> AccessKey:
    """Store a key of `actor`, sealed, and record it. Raises NotAllowed; SCP is asked only
    about a version that is not in the built-in table."""
    key = AccessKey(
        owner=actor,
        alias=alias,
        environment=environment,
        region=region,
        api_version=api_version,
        expires_on=expires_on,
        is_production=is_production,
    )
    key.seal(access_key=access_key, secret_key=secret_key)
    versions.require_offered(environment=environment, region=region, number=api_version)
    with AuditEvent.objects.act():
        twins = AccessKey.objects.filter(mark__in=open_vault().fingerprints(access_key))
        _require_new(key, twins)
        known = twins.order_by("created_at").first()
        if known:  # one access key has one fingerprint in all records, whatever master is first
            key.fingerprint = known.fingerprint
        key.save(force_insert=True)
        place = {"environment": environment, "region": region}
        _record("key.added", actor, key, **place, production=is_production)
    return key


def change(*, actor: User, key: AccessKey, alias: str, api_version: str) -> None:
    """Rename the key or pin another API version. Raises NotAllowed, also for a disabled key."""
    if key.is_disabled:
        raise NotAllowed(_("A disabled key is not changed any more."))
    versions.require_offered(environment=key.environment, region=key.region, number=api_version)
    before = {"alias": key.alias, "api_version": key.api_version}
    after = {"alias": alias, "api_version": api_version}
    if before == after:
        return
    with AuditEvent.objects.act():
        _require_alias_free(key, alias)
        key.alias, key.api_version = alias, api_version
        key.save(update_fields=["alias", "api_version"])
        _record("key.changed", actor, key, before=before, after=after)


def set_expiry(*, actor: User, key: AccessKey, expires_on: date | None) -> None:
    """Set the last day of the key; None is for ever. Raises NotAllowed for a disabled key."""
    if key.is_disabled:
        raise NotAllowed(_("A disabled key is not changed any more."))
    if key.expires_on == expires_on:
        return
    facts = {"before": _day(key.expires_on), "after": _day(expires_on)}
    with AuditEvent.objects.act():
        key.expires_on = expires_on
        key.save(update_fields=["expires_on"])
        _record("key.expiry_set", actor, key, **facts)


def set_production(*, actor: User, key: AccessKey, is_production: bool) -> None:
    """Say whether it is the key of a production account: its pages then wear a mark. Raises
    NotAllowed for a disabled key."""
    if key.is_disabled:
        raise NotAllowed(_("A disabled key is not changed any more."))
    if key.is_production == is_production:
        return
    with AuditEvent.objects.act():
        key.is_production = is_production
        key.save(update_fields=["is_production"])
        _record("key.production_set", actor, key, production=is_production)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def disable(*, actor: User, key: AccessKey) -> None:
    """Take the key out of use for good; a second call changes nothing.

    Images already accepted are still followed with it: reading them is how they settle.
    """
    with AuditEvent.objects.act():
        changed = AccessKey.objects.filter(pk=key.pk, disabled_at=None).update(
            disabled_at=timezone.now()
        )
        if changed:
            _record("key.disabled", actor, key)
    key.refresh_from_db()


def _require_new(key: AccessKey, twins: QuerySet[AccessKey]) -> None:
    _require_alias_free(key, key.alias)
    twin = twins.filter(
        owner_id=key.owner_id,
        environment=key.environment,
        region=key.region,
        disabled_at=None,
    ).first()
    if twin:
        raise NotAllowed(
            _(
                "You already have this access key for this region, as “{alias}”. If its secret "
                "is wrong there, disable that one first."
            ).format(alias=twin.alias),
            field="access_key",
        )


def _require_alias_free(key: AccessKey, alias: str) -> None:
    if AccessKey.objects.filter(owner_id=key.owner_id, alias=alias).exclude(pk=key.pk).exists():
        raise NotAllowed(_("You already have an access key with this alias."), field="alias")


def _record(action: str, actor: User, key: AccessKey, **facts: Any) -> None:
    AuditEvent.objects.append(
        action,
        actor=actor,
        key=key,
        target=key.alias,
        facts={"fingerprint": key.short_fingerprint, **facts},
    )
