"""The secrets of second factors at rest: sealed by the vault for one person and one kind.

django-allauth seals and opens them by a hook that is told only the text; whose it is, the caller
says around it. A hook outside `belonging_to` fails, so no secret is ever stored in the clear.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from images.vault import Place, VaultError, open_vault
from images.vocabulary import FactorKind

_ROW = "second-factor"
_here: ContextVar[Place | None] = ContextVar("second-factor", default=None)


def place(person_id: UUID, kind: FactorKind) -> Place:
    """Return what the vault binds a secret to: a person has one of a kind."""
    return Place(owner_id=str(person_id), row_id=_ROW, field=kind.value)


@contextmanager
def belonging_to(person_id: UUID, kind: FactorKind) -> Iterator[None]:
    """Say whose the secrets are that `seal_here` and `open_here` get."""
    token = _here.set(place(person_id, kind))
    try:
        yield
    finally:
        _here.reset(token)


def seal_here(text: str) -> str:
    """Return the text sealed for the person and kind around. Raises VaultError without them."""
    return open_vault().seal(text, _place_here())


def open_here(sealed: str) -> str:
    """Return what was sealed. Raises VaultError, also when it is another person's."""
    return open_vault().open(sealed, _place_here())


def _place_here() -> Place:
    found = _here.get()
    if found is None:
        raise VaultError("Nobody said whose second factor this is.")
    return found
