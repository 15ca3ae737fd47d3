"""Make an export: a fresh checkpoint, the choice of events under it, and the event that tells."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import Error as AnyDatabaseError
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from images.filters import Filters
from images.ledger.heads import BadMemory
from images.ledger_key import BadLedgerKey, signing_key
from images.models import AuditEvent, Checkpoint, Export, User
from images.services.checkpoints import RolledBack, publish
from images.services.exports.selection import Selection
from images.services.history import events_for
from images.services.refusal import NotAllowed
from images.vocabulary import ExportKind

_LOOKED_AT_ONCE = 20_000


class NotRecorded(Exception):
    """The export or its download cannot be recorded, so there is none. `sentence` is translated."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Made:
    """The export of a form token; `is_first` is False when an earlier submit made it."""

    export: Export
    is_first: bool


def count_events(person: User, filters: Filters) -> int:
    """Return how many events an export would hold at this moment."""
    return events_for(person, filters).order_by().count()


def make(
    *,
    actor: User,
    filters: Filters,
    query: str,
    kind: ExportKind,
    language: str,
    token: UUID,
) -> Made:
    """Make an export of the events that `actor` may read and `filters` (as an address: `query`)
    let pass, and record it. The file is written when it is downloaded.

    One export per token: a second call returns the first. Raises NotRecorded when the head cannot
    be signed or the event not be written: then nothing is exported; NotAllowed for a token that
    is another person's.
    """
    first = _of_token(actor, token)
    if first:
        return Made(first, is_first=False)
    try:
        checkpoint = publish()
        wanted = _fixed(actor, filters, checkpoint)
        wanted.form_token, wanted.filter = token, query
        wanted.kind, wanted.language = kind, language
        _record(actor, wanted)
    except IntegrityError:
        first = _of_token(actor, token)  # somebody else's commit came first
        if first is None:
            raise
        return Made(first, is_first=False)
    except (RolledBack, BadMemory, BadLedgerKey, OSError, KeyError, AnyDatabaseError) as error:
        raise NotRecorded(
            _("The export could not be recorded, so nothing was exported. Tell an administrator.")
        ) from error
    return Made(wanted, is_first=True)


def _of_token(actor: User, token: UUID) -> Export | None:
    found = Export.objects.filter(form_token=token).first()
    if found and found.maker_id != actor.pk:
        raise NotAllowed(_("This form belongs to another person. Open it afresh."))
    return found


def _fixed(actor: User, filters: Filters, checkpoint: Checkpoint) -> Export:
    """Return an export of the events that pass now, of those that the checkpoint covers."""
    export = Export(
        maker=actor,
        covers_all_people=actor.reads_all,
        time_zone=timezone.get_current_timezone_name(),
        size=checkpoint.size,
        root=bytes(checkpoint.root),
        checkpoint=checkpoint.note,
        verifier_key=str(signing_key().verifier),
    )
    if actor.reads_all and filters.is_everything:
        # Only of an expired event the action is empty, and for actions there is an index.
        expired = AuditEvent.objects.filter(action="", sequence__lte=export.size).count()
        export.count, export.expired = export.size - expired, expired
        return export
    chosen, export.expired, export.count = Selection(export.size), 0, 0
    for sequence, action in _passing(actor, filters, export.size):
        chosen.add(sequence)
        export.count += action != ""
        export.expired += action == ""
    export.selection = zlib.compress(bytes(chosen))
    return export


def _passing(actor: User, filters: Filters, size: int) -> Iterator[tuple[int, str]]:
    rows = events_for(actor, filters).filter(sequence__lte=size).order_by("sequence")
    last = 0
    while found := list(
        rows.filter(sequence__gt=last).values_list("sequence", "action")[:_LOOKED_AT_ONCE]
    ):
        yield from found
        last = found[-1][0]


def _record(actor: User, export: Export) -> None:
    with AuditEvent.objects.act():
        export.made_at = timezone.now()
        export.save(force_insert=True)
        AuditEvent.objects.append(
            "export.made",
            actor=actor,
            target=export.file_name,
            facts={
                "export": str(export.pk),
                "kind": export.kind,
                "filter": export.filter,
                "count": export.count,
                "size": export.size,
                "root": bytes(export.root).hex(),
            },
        )
