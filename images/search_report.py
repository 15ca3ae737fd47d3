"""What a person should know about a request whose outcome is not known, in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from images.models import ImageRequest
from images.sentences import reason_sentence
from images.services.reconciling import ends_at
from images.stamps import stamp_text
from images.vocabulary import State


@dataclass(frozen=True)
class SearchReport:
    """The lines of the evidence box: what was looked for, what it showed, what would settle it."""

    rows: list[tuple[str, str]]
    is_still_looking: bool


def search_report(asked: ImageRequest) -> SearchReport | None:
    """Return the report of a request that is unknown; None for all others."""
    if asked.state != State.UNKNOWN:
        return None
    lost_at = asked.lost_at or asked.recorded_at
    rows = [
        (_("Sent"), stamp_text(asked.sent_at) or _("The time was lost with the answer.")),
        (_("Unknown since"), stamp_text(lost_at)),
        (_("Looked for"), _("An image named exactly {name}.").format(name=asked.image_name)),
        (_("Looks so far"), _looks(asked)),
        (_("Next look"), stamp_text(asked.due_at) or _("None: a person decides.")),
        (_("What settles it"), _what_settles(asked)),
    ]
    return SearchReport(rows=rows, is_still_looking=asked.due_at is not None)


def _looks(asked: ImageRequest) -> str:
    if not asked.last_look_at:
        return _("None yet.")
    words = {"count": asked.looks, "time": stamp_text(asked.last_look_at)}
    trouble = reason_sentence(asked.look_trouble)
    if trouble:
        return _("{count}, the last at {time}. {trouble}").format(trouble=trouble, **words)
    return _("{count}, the last at {time}.").format(**words)


def _what_settles(asked: ImageRequest) -> str:
    if asked.needs_person and asked.candidates:
        return _("A person says which of the images shown is the one, or that none is.")
    if asked.needs_person:
        return _("An image that is found, or a person who has looked in SCP.")
    return _(
        "One image of this name: it is the one. Several: a person chooses. None in three whole "
        "lists in a row, the last one after {time}: no image was made."
    ).format(time=stamp_text(ends_at(asked)))
