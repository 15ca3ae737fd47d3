"""Whether people have the roles that the events gave them. Their names prove nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from images.models import AuditEvent, User
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.replay import Told
from images.vocabulary import Role

_GIVES = {"person.added": "role", "person.role_changed": "to"}
_ACTIONS = (*_GIVES, "person.name_removed")


@dataclass(frozen=True)
class _Given:
    role: str
    sequence: int


def faults() -> Iterator[Finding]:
    """Yield whose role is another; what looks wrong is read again while no act can come between.

    Somebody whom no event tells of, from before there were such events, is nobody's fault.
    """
    suspects = [pk for pk, _finding in _faults_now()]
    if suspects:
        with AuditEvent.objects.act():
            found = [finding for pk, finding in _faults_now() if pk in suspects]
        yield from found


def _faults_now() -> Iterator[tuple[UUID, Finding]]:
    people = list(User.objects.values_list("pk", "role"))
    given = _given()
    for pk, role in people:
        told = given.get(str(pk))
        if told and told.role != role:
            words = f"The person {pk} has the role “{role}”; event {told.sequence} says otherwise."
            yield pk, Finding(Kind.PERSON, By.DATA, words, told.sequence, told.sequence)


def _given() -> dict[str, _Given]:
    """Return each person's last role by the events that are left."""
    found = {}
    events = AuditEvent.objects.filter(action__in=_ACTIONS, content__isnull=False)
    for event in events.order_by("sequence"):
        role = Told.of(event).facts.get(_GIVES.get(event.action, ""), Role.NONE.value)
        found[event.target] = _Given(role, event.sequence)
    return found
