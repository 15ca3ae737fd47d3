"""A request in every state that a person can meet, each with the events that led there."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from images.models import AccessKey, ImageRequest
from images.models.image_request import OVERDUE_AFTER
from images.scp.errors import Reason
from images.vocabulary import OwnReason, State
from tests.events import make_event
from tests.gallery.names import LONG_SERVER
from tests.people import make_request

Step = tuple[str, dict[str, Any]]
IMAGE_ID = "c1b0a7de-1111-4222-8333-4444555566"  # two digits are added
_NOT = timedelta()
_SENDING: Step = ("request.sending", {"attempt": 1})


def states_of(key: AccessKey) -> dict[str, ImageRequest]:
    """Make one request per state for the owner of `key`, oldest first; each has its own server."""
    now = timezone.now()
    return {
        name: _make(key, now - _age(number), name, number) for number, name in enumerate(_STATES)
    }


def _age(number: int) -> timedelta:
    """The newest are young enough to be in progress for as long as pictures of them are taken."""
    is_overdue = number <= list(_STATES).index("overdue")
    return timedelta(minutes=3 * (len(_STATES) - number)) + (OVERDUE_AFTER if is_overdue else _NOT)


def _make(key: AccessKey, at: datetime, name: str, number: int) -> ImageRequest:
    changes, steps = _STATES[name]
    server = LONG_SERVER if name == "long names" else f"app-prod-{number:02d}"
    is_numbered = changes.get("scp_status") or name in _NAMED
    asked = make_request(
        key,
        **{
            "server_name": server,
            "image_name": f"{server}-20261123-1650-k7f3{number:02d}",
            "reason": "Before the kernel update of November",
            "ticket": f"CHG-{1000 + number}",
            "recorded_at": at,
            "due_at": None,
            "image_id": f"{IMAGE_ID}{number:02d}" if is_numbered else "",
            **_times(at, changes),
            **changes,
        },
    )
    for second, (action, facts) in enumerate(steps):
        actor = key.owner if action in _BY_PERSON else None
        moment = at + timedelta(seconds=20 * second)
        about: dict[str, Any] = {"image_id": asked.image_id} if action in _WITH_IMAGE else {}
        make_event(
            action, actor=actor, request=asked, target=asked.image_name, at=moment, **facts, **about
        )
    return asked


def _times(at: datetime, changes: dict[str, Any]) -> dict[str, Any]:
    """Fill in when things happened, as the state implies."""
    state = changes["state"]
    times: dict[str, Any] = {}
    if state not in (State.RECORDED, State.CANCELLED) and not changes.pop("never_sent", False):
        times["sent_at"] = at + timedelta(seconds=20)
    if state in (State.ACCEPTED, State.READY, State.FAILED, State.GONE):
        times["answered_at"] = at + timedelta(seconds=21)
    if state is State.UNKNOWN:
        times["lost_at"] = at + timedelta(seconds=50)
    if changes.get("looks"):
        times["last_look_at"] = at + timedelta(minutes=3)
    if changes.get("scp_status"):
        times["first_seen_at"] = at + timedelta(seconds=40)
        times["last_seen_at"] = at + timedelta(minutes=3)
    if state not in (State.RECORDED, State.SENDING, State.ACCEPTED, State.UNKNOWN):
        times["settled_at"] = at + timedelta(minutes=3, seconds=12)
    return times


def _later(**distance: int) -> datetime:
    return timezone.now() + timedelta(**distance)


_BY_PERSON = frozenset({"request.recorded", "request.cancelled"})
_WITH_IMAGE = frozenset({"request.accepted", "request.adopted", "request.answered_late"})
_NAMED = frozenset({"accepted", "not visible yet", "gone"})
_RECORDED: Step = ("request.recorded", {})
_ACCEPTED: list[Step] = [_RECORDED, _SENDING, ("request.accepted", {})]
_LOST: list[Step] = [_RECORDED, _SENDING, ("request.unknown", {"reason": Reason.TIMEOUT.value})]
_FITTING = [
    {
        "id": str(uuid.uuid4()),
        "name": "app-prod-09",
        "status": "active",
        "created_at": "2026-11-23T07:00:00+00:00",
    }
    for _ in range(2)
]


def _seen(word: str) -> Step:
    return ("request.status", {"status": word})


_STATES: dict[str, tuple[dict[str, Any], list[Step]]] = {
    "ready": (
        {"state": State.READY, "scp_status": "active", "looks": 9},
        [*_ACCEPTED, _seen("queued"), _seen("importing"), ("request.ready", {})],
    ),
    "long names": (
        {
            "state": State.READY,
            "scp_status": "active",
            "reason": "안전재해복구훈련을위한사전백업" * 3
            + " "
            + "a-reason-without-any-space_" * 5,
            "ticket": "CHANGE-MANAGEMENT-SYSTEM-OF-THE-HEAD-OFFICE-2026-11-000012345",
        },
        [*_ACCEPTED, ("request.ready", {})],
    ),
    "refused": (
        {
            "state": State.REFUSED,
            "outcome_reason": Reason.CONFLICT.value,
            "outcome_code": "VirtualServer.CreateImage.Conflict",
            "outcome_detail": "The server is being snapshotted by another task.",
            "outcome_request_ids": {"request_id": "req-0f5b1e0c-53cb-4a0e-9a0b-1fc0a5e0c7d4"},
        },
        [
            _RECORDED,
            _SENDING,
            ("request.refused", {"status": 409, "scp_words": "The server is being snapshotted."}),
        ],
    ),
    "not sent": (
        {
            "state": State.REFUSED,
            "never_sent": True,
            "outcome_reason": OwnReason.KEY_DISABLED.value,
        },
        [_RECORDED, ("request.refused", {"reason": OwnReason.KEY_DISABLED.value})],
    ),
    "failed": (
        {"state": State.FAILED, "scp_status": "killed"},
        [*_ACCEPTED, _seen("queued"), ("request.failed", {"status": "killed"})],
    ),
    "not made": (
        {"state": State.NOT_MADE, "looks": 12},
        [*_LOST, ("request.not_made", {"looks": 12})],
    ),
    "made after all": (
        {"state": State.NOT_MADE, "looks": 12, "outcome_reason": OwnReason.LATE_IMAGE.value},
        [*_LOST, ("request.not_made", {"looks": 12})],
    ),
    "gone": (
        {"state": State.GONE, "scp_status": "deleted"},
        [*_ACCEPTED, ("request.ready", {}), ("request.gone", {})],
    ),
    "cancelled": ({"state": State.CANCELLED}, [_RECORDED, ("request.cancelled", {})]),
    "several fit": (
        {
            "state": State.UNKNOWN,
            "needs_person": True,
            "candidates": _FITTING,
            "outcome_reason": OwnReason.SEVERAL_FIT.value,
            "looks": 5,
        },
        [*_LOST, ("request.ambiguous", {"image_ids": [each["id"] for each in _FITTING]})],
    ),
    "unknown": (
        {
            "state": State.UNKNOWN,
            "outcome_reason": Reason.TIMEOUT.value,
            "looks": 3,
            "look_trouble": Reason.SERVER_ERROR.value,
            "due_at": _later(days=1),
        },
        _LOST,
    ),
    "overdue": (
        {
            "state": State.ACCEPTED,
            "scp_status": "importing",
            "looks": 41,
            "due_at": _later(days=1),
        },
        [*_ACCEPTED, _seen("importing")],
    ),
    "unknown word": (
        {"state": State.ACCEPTED, "scp_status": "defrosting", "due_at": _later(days=1)},
        [*_ACCEPTED, _seen("defrosting")],
    ),
    "in progress": (
        {"state": State.ACCEPTED, "scp_status": "Queued", "looks": 4, "due_at": _later(days=1)},
        [*_ACCEPTED, _seen("Queued")],
    ),
    "not visible yet": (
        {"state": State.ACCEPTED, "looks": 2, "due_at": _later(days=1)},
        _ACCEPTED,
    ),
    "accepted": ({"state": State.ACCEPTED, "due_at": _later(days=1)}, _ACCEPTED),
    "sending": ({"state": State.SENDING, "attempt": 1}, [_RECORDED, _SENDING]),
    "waits until": (
        {
            "state": State.RECORDED,
            "attempt": 1,
            "outcome_reason": Reason.EDGE.value,
            "due_at": _later(days=1),
        },
        [
            _RECORDED,
            _SENDING,
            ("request.postponed", {"until": _later(days=1).isoformat(timespec="seconds")}),
        ],
    ),
    "recorded": ({"state": State.RECORDED}, [_RECORDED]),
}
