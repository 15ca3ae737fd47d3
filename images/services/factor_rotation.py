"""Seal the secrets of second factors anew with the first master, while people go on signing in.

Beside `rotation`, which does the same for access keys, and in the same way: each batch is one act,
and a run may end anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from images.models import AuditEvent
from images.services.factor_secrets import place
from images.vault import Vault, VaultError, master_of, open_vault
from images.vocabulary import FACTOR_KINDS

BATCH = 200
# Where the sealed text stands in the data of each type that has one; a passkey has no secret here.
_FIELDS = {
    Authenticator.Type.TOTP.value: "secret",
    Authenticator.Type.RECOVERY_CODES.value: "seed",
}


@dataclass(frozen=True)
class Step:
    """One batch: how many secrets it sealed anew, and the rows whose secret does not open."""

    sealed: int
    unopened: list[int]


def waiting() -> int:
    """Return how many secrets are sealed with another master than the first."""
    vault = open_vault()
    return sum(_needs(vault, factor) for factor in _rows().iterator())


def missing_masters() -> set[str]:
    """Return the ids of masters that secrets are sealed with and KEYRING does not hold."""
    vault = open_vault()
    named = {_master(factor) for factor in _rows().iterator()}
    return {master_id for master_id in named if not vault.knows(master_id)}


def rotate(*, batch: int = BATCH) -> Iterator[Step]:
    """Seal the secrets batch by batch; whoever asks for no further step stops the work.

    One that does not open is left as it is. Raises BadKeyring.
    """
    vault = open_vault()
    every = [factor.pk for factor in _rows().iterator() if _needs(vault, factor)]
    for first in range(0, len(every), batch):
        yield _seal(vault, every[first : first + batch])


def _seal(vault: Vault, keys: list[int]) -> Step:
    """Read and write under a lock: a recovery code that is used meanwhile is written there, too."""
    sealed, unopened = 0, []
    with AuditEvent.objects.act():
        for factor in _rows().filter(pk__in=keys).select_for_update():
            if not _needs(vault, factor):
                continue
            field = _FIELDS[factor.type]
            where = place(factor.user_id, FACTOR_KINDS[factor.type])
            try:
                factor.data[field] = vault.reseal(factor.data[field], where)
            except VaultError:
                unopened.append(factor.pk)
                continue
            factor.save(update_fields=["data"])
            sealed += 1
        if sealed:
            facts = {"to": vault.sealing_id, "count": sealed, "what": "second_factors"}
            AuditEvent.objects.append("vault.rotated", actor=None, facts=facts)
    return Step(sealed, unopened)


def _rows() -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(type__in=_FIELDS)
    return found.order_by("pk")


def _needs(vault: Vault, factor: Authenticator) -> bool:
    return _master(factor) != vault.sealing_id


def _master(factor: Authenticator) -> str:
    return master_of(factor.data[_FIELDS[factor.type]])
