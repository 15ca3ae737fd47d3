"""The servers page's table: the whole last good list, filtered, sorted, joined with history."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from images.filters import ServerFilters
from images.models import AccessKey, ImageRequest
from images.scp.shapes import Server
from images.visible import visible
from images.vocabulary import OPEN, SERVER_TONE, State

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SORT_KEYS: dict[str, Callable[[Server], Any]] = {
    "name": lambda server: server.name.casefold(),
    "state": lambda server: server.state.casefold(),
    "type": lambda server: server.type_name.casefold(),
    "created": lambda server: server.created_at or _LONG_AGO,
}


@dataclass(frozen=True)
class Row:
    """One server, with the newest image made here and the request that is open on it."""

    server: Server
    state_tone: str
    last: ImageRequest | None
    open: ImageRequest | None


def state_tone(server: Server) -> str:
    return SERVER_TONE.get(server.state.upper(), "quiet")


def count_states(servers: Iterable[Server]) -> list[tuple[str, int]]:
    """Return SCP's state words as pages show and addresses hold them, most frequent first."""
    return Counter(visible(server.state) for server in servers).most_common()


def select(servers: Iterable[Server], filters: ServerFilters) -> list[Server]:
    """Filter and sort the whole list; equal rows keep the order of their ids."""
    words = filters.q.casefold().strip()
    found = [
        server for server in servers if _is_in(server, filters.state) and _mentions(server, words)
    ]
    found.sort(key=lambda server: server.id)
    column = filters.sort.removeprefix("-")
    found.sort(key=_SORT_KEYS[column], reverse=filters.sort.startswith("-"))
    return found


def _is_in(server: Server, state: str) -> bool:
    return not state or visible(server.state) == state


def rows_of(key: AccessKey, servers: Iterable[Server]) -> list[Row]:
    """Join a page's servers with our records: two queries, however many rows."""
    page = list(servers)
    known = ImageRequest.objects.filter(
        environment=key.environment,
        region=key.region,
        server_id__in=[server.id for server in page],
    )
    ready = _newest_by_server(known.filter(state=State.READY))
    under_way = _newest_by_server(known.filter(state__in=list(OPEN)))
    return [
        Row(server, state_tone(server), ready.get(server.id), under_way.get(server.id))
        for server in page
    ]


def _newest_by_server(found: QuerySet[ImageRequest]) -> dict[str, ImageRequest]:
    return {asked.server_id: asked for asked in found.order_by("recorded_at", "id")}


def _mentions(server: Server, words: str) -> bool:
    texts = (server.name, server.id, *server.addresses)
    return any(words in text.casefold() for text in texts)
