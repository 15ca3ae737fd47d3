"""What an audit event says, as a whole sentence in the reader's language."""

from collections.abc import Callable

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.act_sentences import ACT_SENTENCES
from images.models.audit_event import AuditEvent
from images.quoting import ended_once
from images.sentences import reason_sentence
from images.stamps import stamp_text
from images.visible import visible

# SCP said these itself; the rest is our own doing or deduction.
_SAID_BY_SCP = frozenset(
    {"request.accepted", "request.status", "request.ready", "request.failed", "request.gone"}
)


def said_by_scp(event: AuditEvent) -> bool:
    if event.action == "request.refused":
        return event.facts.get("status") is not None
    return event.action in _SAID_BY_SCP


def event_who(event: AuditEvent) -> str:
    """Return who did it, in words: a person, SCP, the console, or somebody not signed in."""
    if event.is_expired:
        return ""
    if event.actor_id:
        return event.actor_name
    if event.http_request_id:
        return _("Not signed in")
    return "SCP" if said_by_scp(event) else _("Console")


def event_sentence(event: AuditEvent) -> str:
    """Return the sentence for the event; its plain action key for one we do not know.

    Words of SCP and of people are in it: what would hide or turn round is made visible.
    """
    if event.is_expired:
        return _("Removed under the keeping rule; its proof is kept.")
    make = _SENTENCES.get(event.action)
    return ended_once(visible(make(event), keep="\n\t")) if make else event.action


def _sending(event: AuditEvent) -> str:
    return _("Sending began, attempt {attempt}.").format(attempt=event.facts.get("attempt", ""))


def _accepted(event: AuditEvent) -> str:
    return _("Accepted with image id {image_id}.").format(image_id=event.facts.get("image_id", ""))


def _adopted(event: AuditEvent) -> str:
    looks = int(event.facts.get("looks", 1))
    return ngettext(
        "One look found the image by its name and time: {image_id}. The original answer was lost.",
        "After {looks} looks the image was found by its name and time: {image_id}. The original "
        "answer was lost.",
        looks,
    ).format(looks=looks, image_id=event.facts.get("image_id", ""))


def _ambiguous(event: AuditEvent) -> str:
    ids = ", ".join(event.facts.get("image_ids", []))
    return _("A person has to choose. Images that could be the one: {ids}.").format(ids=ids)


def _not_made(event: AuditEvent) -> str:
    looks = int(event.facts.get("looks", 1))
    return ngettext(
        "No image was found in one look; the search is over.",
        "No image was found in {looks} looks; the search is over.",
        looks,
    ).format(looks=looks)


def _status(event: AuditEvent) -> str:
    return _("The image is reported as {word}.").format(word=event.facts.get("status", ""))


def _failed(event: AuditEvent) -> str:
    return _("The image failed; SCP's word is {word}.").format(word=event.facts.get("status", ""))


def _refused(event: AuditEvent) -> str:
    status = event.facts.get("status")
    if status is None:
        reason = event.facts.get("reason", "")
        return reason_sentence(reason) or _("The request was refused.")
    words = event.facts.get("scp_words", "")
    if words:
        return _("Refused the request with HTTP {status}: “{words}”").format(
            status=status, words=words
        )
    return _("Refused the request with HTTP {status}.").format(status=status)


def _postponed(event: AuditEvent) -> str:
    until = parse_datetime(event.facts.get("until", ""))
    return _("Nothing was made. The next try is at {time}.").format(time=stamp_text(until))


def _unknown(event: AuditEvent) -> str:
    why = reason_sentence(event.facts.get("reason", ""))
    return why or _("The outcome is not known.")


def _answered_late(event: AuditEvent) -> str:
    image_id = event.facts.get("image_id", "")
    if not image_id:
        return _("An answer came after the request was given up.")
    return _("An answer came after the request was given up. It names image id {image_id}.").format(
        image_id=image_id
    )


def _settled(event: AuditEvent) -> str:
    words = {"reason": event.facts.get("reason_given", "")}
    image_id = event.facts.get("image_id", "")
    if not image_id:
        return _("Decided that no image was made. The reason given: “{reason}”.").format(**words)
    return _("Decided that {image_id} is the image. The reason given: “{reason}”.").format(
        image_id=image_id, **words
    )


def _turned_away(event: AuditEvent) -> str:
    why = event.facts.get("reason", "")
    if why and event.request_id:
        return _("A wish about this request was turned away: “{why}”.").format(why=why)
    if not why:
        return _("A wish was turned away before it was recorded.")
    return _("A wish was turned away before it was recorded: “{why}”.").format(why=why)


def _body_read(event: AuditEvent) -> str:
    words = {"attempt": event.facts.get("attempt", "")}
    if event.facts.get("what") == "request":
        return _("Opened the body that was sent, attempt {attempt}.").format(**words)
    return _("Opened the body that came back, attempt {attempt}.").format(**words)


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
    "request.ambiguous": _ambiguous,
    "request.overdue": lambda event: _("The search time is over; a person has to look."),
    "request.settled": _settled,
    "request.look_wished": lambda event: _("Asked to look again at once."),
    "request.not_made": _not_made,
    "request.cancelled": lambda event: _("Withdrew the request. No image was made."),
    "request.answered_late": _answered_late,
    "request.turned_away": _turned_away,
    "body.read": _body_read,
    **ACT_SENTENCES,
}
