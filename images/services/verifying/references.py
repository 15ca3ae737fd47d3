"""Whether those are there whom the events name: people, access keys, the rows of requests."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import Model

from images.models import AccessKey, ImageRequest, User
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.rows import Row


class References:
    """Remembers whom it has seen: people and keys are few. Requests are looked for in chunks."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def faults(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Yield whom these rows name who is not there."""
        people = {row.actor: row.sequence for row in reversed(rows) if row.actor}
        keys = {row.access_key: row.sequence for row in reversed(rows) if row.access_key}
        recorded = [row for row in reversed(rows) if row.action == "request.recorded"]
        asked = {row.image_request: row.sequence for row in recorded if row.image_request}
        yield from _missing(User, "The person", self._fresh(people))
        yield from _missing(AccessKey, "The access key", self._fresh(keys))
        yield from _missing(ImageRequest, "The request", asked)

    def _fresh(self, named: dict[str, int]) -> dict[str, int]:
        fresh = {pk: sequence for pk, sequence in named.items() if pk not in self._seen}
        self._seen.update(fresh)
        return fresh


def _missing(model: type[Model], what: str, named: dict[str, int]) -> Iterator[Finding]:
    ids = {pk: number for pk in named if (number := _uuid(pk))}
    if not ids:
        return
    there = set(_there(model, ids.values()))
    for pk, number in ids.items():
        if number not in there:
            sequence = named[pk]
            words = f"{what} {pk}, which event {sequence} names, is not there any more."
            yield Finding(Kind.REFERENCE, By.DATA, words, sequence, sequence)


def _there(model: type[Model], ids: Iterable[UUID]) -> Iterator[UUID]:
    yield from model._default_manager.filter(pk__in=list(ids)).values_list("pk", flat=True)


def _uuid(text: str) -> UUID | None:
    """A column that is no id is a fault of the event itself."""
    try:
        return UUID(text)
    except ValueError:
        return None
