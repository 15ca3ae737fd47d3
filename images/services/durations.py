"""How long images usually take, from the console's own records."""

from dataclasses import dataclass

from django.db.models import QuerySet

from images.models import ImageRequest
from images.vocabulary import State

# Fewer would make a rule of a chance; older ones tell of an SCP that has changed since.
KNOWN_AT_LEAST = 3
_OF_ONE_SERVER = 20
_OF_ALL = 60


@dataclass(frozen=True)
class Usual:
    """Between which whole minutes, from the record to ready, most images were: the middle three
    fifths of them, at least 1. `is_of_server` is False when the server itself has too few."""

    low: int
    high: int
    is_of_server: bool


def usual_of(asked: ImageRequest) -> Usual | None:
    """Return what is usual for this server, else for its region; None where too few are known."""
    place = ImageRequest.objects.filter(environment=asked.environment, region=asked.region)
    own = _seconds(place.filter(server_id=asked.server_id), _OF_ONE_SERVER)
    if len(own) >= KNOWN_AT_LEAST:
        return _usual(own, is_of_server=True)
    others = _seconds(place, _OF_ALL)
    return _usual(others, is_of_server=False) if len(others) >= KNOWN_AT_LEAST else None


def middle_of(seconds: list[float]) -> tuple[float, float]:
    """Return the bounds of the middle three fifths, as two of the values. The list is sorted."""
    last = len(seconds) - 1
    return seconds[round(last * 0.2)], seconds[round(last * 0.8)]


def _seconds(found: QuerySet[ImageRequest], newest: int) -> list[float]:
    """Return how long the newest ready ones took, shortest first."""
    ready = found.filter(state=State.READY, settled_at__isnull=False).order_by("-recorded_at")
    times = ready.values_list("recorded_at", "settled_at")[:newest]
    return sorted((end - start).total_seconds() for start, end in times if end)


def _usual(seconds: list[float], *, is_of_server: bool) -> Usual:
    low, high = middle_of(seconds)
    return Usual(max(1, int(low // 60)), int(-(-high // 60)), is_of_server)
