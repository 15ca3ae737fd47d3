"""Whether people have the rights that the events gave them. Their names prove nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from images.models import AuditEvent, User
from images.services.verifying.confirming import confirmed
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.replay import Told
from images.vocabulary import Role

_GIVES = {"person.added": "role", "person.role_changed": "to"}
_IS_ACTIVE = {
    "person.added": True,
    "person.enabled": True,
    "person.disabled": False,
    "person.name_removed": False,
}
_ACTIONS = {*_GIVES, *_IS_ACTIVE}


@dataclass(frozen=True)
class _Said:
    """What an event said last; what no event tells of, from before there were such events, is
    nobody's fault."""

    value: object
    sequence: int


@dataclass
class _Given:
    role: _Said | None = None
    is_active: _Said | None = None


def faults() -> Iterator[Finding]:
    """Yield who has another role, or an account that is open or shut, against the events."""
    return confirmed(_faults_now)


def _faults_now() -> Iterator[tuple[UUID, Finding]]:
    people = list(User.objects.values_list("pk", "role", "is_active"))
    given = _given()
    for pk, role, is_active in people:
        told = given.get(str(pk), _Given())
        if told.role and told.role.value != role:
            yield pk, _finding(told.role, f"The person {pk} has the role “{role}”")
        if told.is_active and told.is_active.value != is_active:
            state = "enabled" if is_active else "disabled"
            yield pk, _finding(told.is_active, f"The account of the person {pk} is {state}")


def _finding(said: _Said, words: str) -> Finding:
    words = f"{words}; event {said.sequence} says otherwise."
    return Finding(Kind.PERSON, By.DATA, words, said.sequence, said.sequence)


def _given() -> dict[str, _Given]:
    """Return what each person was given last, by the events that are left."""
    found: dict[str, _Given] = {}
    events = AuditEvent.objects.filter(action__in=_ACTIONS, content__isnull=False)
    for event in events.order_by("sequence"):
        given = found.setdefault(event.target, _Given())
        if event.action in _GIVES:
            role = Told.of(event).facts.get(_GIVES[event.action], Role.NONE.value)
            given.role = _Said(role, event.sequence)
        if event.action == "person.name_removed":
            given.role = _Said(Role.NONE.value, event.sequence)
        if event.action in _IS_ACTIVE:
            given.is_active = _Said(_IS_ACTIVE[event.action], event.sequence)
    return found
