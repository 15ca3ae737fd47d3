"""What an audit event says, as a whole sentence in the reader's language."""

from collections.abc import Callable

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from images.models.audit_event import AuditEvent
from images.sentences import reason_sentence
from images.stamps import stamp_text

# SCP said these itself; the rest is our own doing or deduction.
_SAID_BY_SCP = frozenset(
    {"request.accepted", "request.status", "request.ready", "request.failed", "request.gone"}
)


def said_by_scp(event: AuditEvent) -> bool:
    if event.action == "request.refused":
        return event.facts.get("status") is not None
    return event.action in _SAID_BY_SCP


def event_sentence(event: AuditEvent) -> str:
    """Return the sentence for the event; its plain action key for one we do not know."""
    make = _SENTENCES.get(event.action)
    return make(event) if make else event.action


def _sending(event: AuditEvent) -> str:
    return _("Sending began, attempt {attempt}.").format(attempt=event.facts.get("attempt", ""))


def _accepted(event: AuditEvent) -> str:
    return _("Accepted with image id {image_id}.").format(image_id=event.facts.get("image_id", ""))


def _adopted(event: AuditEvent) -> str:
    return _(
        "The image was found by its name and time, with id {image_id}. The original answer was "
        "lost."
    ).format(image_id=event.facts.get("image_id", ""))


def _status(event: AuditEvent) -> str:
    return _("The image is reported as {word}.").format(word=event.facts.get("status", ""))


def _failed(event: AuditEvent) -> str:
    return _("The image failed; SCP's word is {word}.").format(word=event.facts.get("status", ""))


def _refused(event: AuditEvent) -> str:
    return reason_sentence(event.facts.get("reason", "")) or _("The request was refused.")


def _postponed(event: AuditEvent) -> str:
    until = parse_datetime(event.facts.get("until", ""))
    return _("Nothing was made. The next try is at {time}.").format(time=stamp_text(until))


def _unknown(event: AuditEvent) -> str:
    why = reason_sentence(event.facts.get("reason", ""))
    return why or _("The outcome is not known.")


def _settled(event: AuditEvent) -> str:
    words = {"reason": event.facts.get("reason_given", "")}
    image_id = event.facts.get("image_id", "")
    if not image_id:
        return _("Decided that no image was made. Reason: {reason}").format(**words)
    return _("Decided that {image_id} is the image. Reason: {reason}").format(
        image_id=image_id, **words
    )


_SENTENCES: dict[str, Callable[[AuditEvent], str]] = {
    "request.recorded": lambda event: _("Recorded the request."),
    "request.sending": _sending,
    "request.accepted": _accepted,
    "request.adopted": _adopted,
    "request.status": _status,
    "request.ready": lambda event: _("The image is ready."),
    "request.failed": _failed,
    "request.gone": lambda event: _("The image is no longer found."),
    "request.refused": _refused,
    "request.postponed": _postponed,
    "request.unknown": _unknown,
    "request.ambiguous": lambda event: _("Several images fit; a person has to choose."),
    "request.overdue": lambda event: _("The search time is over; a person has to look."),
    "request.settled": _settled,
    "request.look_wished": lambda event: _("Asked to look again at once."),
    "request.not_made": lambda event: _("No image was found; the search is over."),
    "request.cancelled": lambda event: _("Withdrew the request. No image was made."),
    "request.answered_late": lambda event: _("An answer came after the request was given up."),
}
