"""One page of the history: fifty rows, how to go on, and what the record rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from images.event_sentences import event_sentence, event_who
from images.filters import Filters
from images.models import AccessKey, AuditEvent, Checkpoint, ImageRequest, User
from images.services import ledger_watch
from images.services.history import events_for

PAGE_ROWS = 50
COUNTED_AT_MOST = 1_000
NEWER_AT_MOST = 99
_ABOUT_A_PERSON = ("person.", "session.", "password.", "factor.")


@dataclass(frozen=True)
class Row:
    """One event, in words for people. `subject` is the person or thing that it is about when
    neither a request nor a key says so."""

    event: AuditEvent
    who: str
    sentence: str
    subject: str

    @property
    def asked(self) -> ImageRequest | None:
        return self.event.request

    @property
    def alias(self) -> str:
        """The key's alias as it was at the request; as it is now for what is about a key alone."""
        if self.asked:
            return self.asked.key_alias
        return self.event.key.alias if self.event.key else ""

    @property
    def place(self) -> ImageRequest | AccessKey | None:
        """What tells the environment and region."""
        return self.asked or self.event.key


@dataclass(frozen=True)
class HistoryPage:
    """The rows, newest first; `newer` and `older` are the sequences to go on from, if any.

    `count` stops at one above COUNTED_AT_MOST, which means "more than that".
    """

    rows: list[Row]
    newer: int | None
    older: int | None
    count: int

    @property
    def has_more_than_counted(self) -> bool:
        return self.count > COUNTED_AT_MOST

    @property
    def counted(self) -> int:
        return min(self.count, COUNTED_AT_MOST)

    @property
    def newest(self) -> int | None:
        """The sequence above which events are newer than the newest page; None for any other."""
        if self.newer is not None:
            return None
        return self.rows[0].event.sequence if self.rows else 0


@dataclass(frozen=True)
class Keeping:
    """How long events are kept, the newest signed checkpoint, the last good verification."""

    years: int
    checkpoint: Checkpoint | None
    verified: AuditEvent | None


def page_of(
    person: User, filters: Filters, *, before: int | None = None, after: int | None = None
) -> HistoryPage:
    """Return the page of events below `before`, or of those just above `after`, or the newest.

    Pages are told by sequence, so that rows do not slip when new events come. Where there is
    nothing (more), it is the newest page.
    """
    found = events_for(person, filters)
    part = _below(found, before) or _above(found, after) or _newest(found)
    events = part.events
    is_whole = not (part.has_newer or part.has_older)
    return HistoryPage(
        rows=_rows(events),
        newer=events[0].sequence if part.has_newer else None,
        older=events[-1].sequence if part.has_older else None,
        count=len(events) if is_whole else found.order_by()[: COUNTED_AT_MOST + 1].count(),
    )


def count_newer(person: User, filters: Filters, *, after: int) -> int:
    """Return how many events above `after` the filters let through; one above NEWER_AT_MOST means
    "more than that"."""
    found = events_for(person, filters).filter(sequence__gt=after)
    return found.order_by()[: NEWER_AT_MOST + 1].count()


def keeping() -> Keeping:
    newest = Checkpoint.objects.order_by("-id").first()
    return Keeping(settings.RETENTION_YEARS, newest, ledger_watch.last_good())


@dataclass(frozen=True)
class _Part:
    """The events of one page, newest first, and whether there are others beside them."""

    events: list[AuditEvent]
    has_newer: bool
    has_older: bool


def _below(found: QuerySet[AuditEvent], before: int | None) -> _Part | None:
    if before is None:
        return None
    events = list(found.filter(sequence__lt=before)[: PAGE_ROWS + 1])
    if not events:
        return None
    has_newer = found.filter(sequence__gte=before).exists()
    return _Part(events[:PAGE_ROWS], has_newer=has_newer, has_older=len(events) > PAGE_ROWS)


def _above(found: QuerySet[AuditEvent], after: int | None) -> _Part | None:
    """Return a whole page just above `after`; None when there is not a whole one, for then the
    newest page holds it."""
    if after is None:
        return None
    events = list(found.filter(sequence__gt=after).order_by("sequence")[: PAGE_ROWS + 1])
    if len(events) < PAGE_ROWS:
        return None
    has_older = found.filter(sequence__lte=after).exists()
    return _Part(events[:PAGE_ROWS][::-1], has_newer=len(events) > PAGE_ROWS, has_older=has_older)


def _newest(found: QuerySet[AuditEvent]) -> _Part:
    events = list(found[: PAGE_ROWS + 1])
    return _Part(events[:PAGE_ROWS], has_newer=False, has_older=len(events) > PAGE_ROWS)


def _rows(events: Iterable[AuditEvent]) -> list[Row]:
    names = _names(events)
    return [
        Row(event, event_who(event), event_sentence(event), _subject(event, names))
        for event in events
    ]


def _names(events: Iterable[AuditEvent]) -> dict[str, str]:
    """Return the names of the people whom events are about, by pseudonym: one query for all."""
    wanted = {event.target for event in events if is_about_person(event)}
    people = User.objects.in_bulk([pk for pk in map(_uuid, wanted) if pk])
    return {str(pk): person.display_name for pk, person in people.items()}


def _subject(event: AuditEvent, names: dict[str, str]) -> str:
    if is_about_person(event):
        return "" if _is_own_act(event) else names.get(event.target, event.target)
    return "" if event.request_id or event.key_id else event.target


def is_about_person(event: AuditEvent) -> bool:
    """Whether the event's target is a person's pseudonym, if it has one."""
    return event.action.startswith(_ABOUT_A_PERSON)


def _is_own_act(event: AuditEvent) -> bool:
    """Whether "who" tells the person already. Sentences of `person.` speak of "a person": they
    name whom, whoever it is."""
    is_of_another = event.action.startswith("person.")
    return not is_of_another and event.target == str(event.actor_id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
