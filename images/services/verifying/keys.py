"""Whether access keys are out of use, and marked, as the events say. Secrets prove nothing here."""

from collections.abc import Iterator
from uuid import UUID

from images.models import AccessKey, AuditEvent
from images.services.verifying.confirming import confirmed
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.replay import Told

_ACTIONS = ("key.added", "key.production_set", "key.disabled")


def faults() -> Iterator[Finding]:
    """Yield the keys in use again, out of use or marked otherwise than an event says."""
    return confirmed(_faults_now)


def _faults_now() -> Iterator[tuple[UUID, Finding]]:
    rows = list(AccessKey.objects.values_list("pk", "disabled_at", "is_production"))
    told = _told()
    for pk, disabled_at, is_production in rows:
        is_state = {"disabled": disabled_at is not None, "production": is_production}
        for what, (value, sequence) in told.get(pk, {}).items():
            if is_state[what] != value:
                yield pk, _finding(pk, what, sequence, is_now=is_state[what])


def _finding(pk: UUID, what: str, sequence: int, *, is_now: bool) -> Finding:
    words = {
        ("disabled", True): "is disabled",
        ("disabled", False): "is not disabled",
        ("production", True): "is marked as one of a production account",
        ("production", False): "is not marked as one of a production account",
    }[what, is_now]
    text = f"The access key {pk} {words}; event {sequence} says otherwise."
    return Finding(Kind.KEY, By.DATA, text, sequence, sequence)


def _told() -> dict[UUID, dict[str, tuple[bool, int]]]:
    """Return what the events that are left say last of each key, and which one says it."""
    found: dict[UUID, dict[str, tuple[bool, int]]] = {}
    events = AuditEvent.objects.filter(action__in=_ACTIONS, content__isnull=False)
    for event in events.order_by("sequence"):
        if event.key_id is None:
            continue  # a row that was tampered with, which is a finding of its own
        said = found.setdefault(event.key_id, {})
        if event.action in {"key.added", "key.disabled"}:
            said["disabled"] = (event.action == "key.disabled", event.sequence)
        if event.action in {"key.added", "key.production_set"}:
            is_production = Told.of(event).facts.get("production")
            if isinstance(is_production, bool):  # an earlier version did not tell
                said["production"] = (is_production, event.sequence)
    return found
