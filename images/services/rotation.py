"""Seal every stored access key anew with the first master, while everybody goes on working.

Whoever reads a key meanwhile finds it sealed with the old master or with the new one; KEYRING
opens both. Each batch is one act, so a run may end anywhere and the next one goes on from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from images.models import AccessKey, AuditEvent
from images.vault import Vault, VaultError, open_vault

BATCH = 200


@dataclass(frozen=True)
class Step:
    """One batch: how many keys it sealed anew, and which do not open with any master."""

    sealed: int
    unopened: list[UUID]


def waiting() -> int:
    """Return how many keys, disabled ones too, are sealed with another master than the first."""
    return AccessKey.objects.exclude(sealed_with=open_vault().sealing_id).count()


def rotate(*, batch: int = BATCH) -> Iterator[Step]:
    """Seal the keys batch by batch; whoever asks for no further step stops the work.

    A key that does not open is left as it is. One that somebody else changed meanwhile is left
    to the next run. Raises BadKeyring.
    """
    vault = open_vault()
    others = AccessKey.objects.exclude(sealed_with=vault.sealing_id).order_by()
    for master_id in others.values_list("sealed_with", flat=True).distinct():
        rows = AccessKey.objects.filter(sealed_with=master_id).order_by("pk")
        found = list(rows[:batch])
        while found:
            yield _seal(vault, master_id, found)
            found = list(rows.filter(pk__gt=found[-1].pk)[:batch])


def _seal(vault: Vault, master_id: str, keys: list[AccessKey]) -> Step:
    changes: list[tuple[AccessKey, dict[str, str]]] = []
    unopened = []
    for key in keys:
        try:
            changes.append((key, _sealed_anew(vault, key)))
        except VaultError:
            unopened.append(key.pk)
    with AuditEvent.objects.act():
        sealed = sum(_put(key, columns) for key, columns in changes)
        if sealed:
            AuditEvent.objects.append(
                "vault.rotated",
                actor=None,
                facts={"from": master_id, "to": vault.sealing_id, "count": sealed},
            )
    return Step(sealed, unopened)


def _sealed_anew(vault: Vault, key: AccessKey) -> dict[str, str]:
    """Return the columns under the first master. The fingerprint of the records is not one."""
    place = key.place("access_key")
    return {
        "sealed_access_key": vault.reseal(key.sealed_access_key, place),
        "sealed_secret_key": vault.reseal(key.sealed_secret_key, key.place("secret_key")),
        "sealed_with": vault.sealing_id,
        "mark": vault.fingerprint(vault.open(key.sealed_access_key, place)),
    }


def _put(key: AccessKey, columns: dict[str, str]) -> int:
    """Write the columns, unless the row is no longer as it was read; return how many it was."""
    as_read = AccessKey.objects.filter(
        pk=key.pk,
        sealed_access_key=key.sealed_access_key,
        sealed_secret_key=key.sealed_secret_key,
    )
    return as_read.update(**columns)
