"""Whole sentences for what happened and what can be done now. No part is ever glued together.

Branches on our states and on the reasons of `images.scp.errors`, never on SCP's own texts.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.scp.errors import Reason
from images.stamps import stamp_text
from images.visible import visible
from images.vocabulary import ICON, TONE, OwnReason, State

if TYPE_CHECKING:
    from images.models.image_request import ImageRequest


@dataclass(frozen=True)
class Badge:
    """Icon, word and colour together; colour alone never tells."""

    tone: str
    icon: str
    label: str


@dataclass(frozen=True)
class Evidence:
    """What stands behind an outcome: our sentence, and SCP's own words and ids."""

    sentence: str
    code: str
    detail: str
    request_ids: list[str]
    is_about_key: bool


_ABOUT_KEY = frozenset(
    {
        Reason.SIGNATURE,
        Reason.CLOCK,
        Reason.CATALOG,
        Reason.FORBIDDEN,
        Reason.VERSION,
        OwnReason.KEY_DISABLED,
        OwnReason.KEY_EXPIRED,
        OwnReason.KEY_UNREADABLE,
        OwnReason.PLACE_UNKNOWN,
    }
)
_REASONS: dict[str, Promise] = {
    Reason.BAD_REQUEST: gettext_lazy(
        "SCP found the request invalid. Its own words stand below; change the request and ask "
        "again."
    ),
    Reason.SIGNATURE: gettext_lazy(
        "SCP did not accept the signature. Possible causes: a wrong or disabled access key, a "
        "clock that is off, an IP restriction, or a product that is missing from the account's "
        "catalogue."
    ),
    Reason.CLOCK: gettext_lazy(
        "SCP did not accept the signature, and this console's clock differs from SCP's. Have "
        "the clock set right, then check the access key."
    ),
    Reason.CATALOG: gettext_lazy(
        "The account of this access key has no Virtual Server in its catalogue for this region. "
        "Check the region of the key, or have the product enabled in SCP."
    ),
    Reason.FORBIDDEN: gettext_lazy(
        "This access key lacks the right for this call. Ask your SCP administrator for the "
        "virtualserver actions that the access key page lists."
    ),
    Reason.NOT_FOUND: gettext_lazy(
        "SCP does not know this server. It may have been deleted; refresh the server list."
    ),
    Reason.WRONG_HOST: gettext_lazy(
        "The address did not answer as Virtual Server's API does. Check the environment and "
        "region of the access key."
    ),
    Reason.VERSION: gettext_lazy(
        "SCP does not serve this call in the API version of the access key. Choose another "
        "version for the key."
    ),
    Reason.CONFLICT: gettext_lazy(
        "SCP says that the server's state does not allow this now. Perhaps another image of it "
        "is being made, or the server is changing; look at the server first."
    ),
    Reason.EDGE: gettext_lazy(
        "SCP's edge turned the call away because of too many calls. Nothing was done."
    ),
    Reason.RATE: gettext_lazy("SCP asked for fewer calls. Nothing was done."),
    Reason.DNS: gettext_lazy(
        "The name of SCP's host could not be resolved, so nothing was sent. Check the network "
        "and the key's environment and region."
    ),
    Reason.CONNECT: gettext_lazy("SCP could not be reached, so nothing was sent."),
    Reason.TLS: gettext_lazy(
        "The certificate of SCP's host could not be trusted, so nothing was sent. Ask your "
        "administrator to check the host and the certificate bundle."
    ),
    Reason.TIMEOUT: gettext_lazy("SCP did not answer within the time limit."),
    Reason.BROKEN_OFF: gettext_lazy("The connection to SCP broke off before the answer was whole."),
    Reason.SERVER_ERROR: gettext_lazy("SCP reported a fault of its own."),
    Reason.REDIRECT: gettext_lazy(
        "SCP's host answered with a redirect. The console never follows one."
    ),
    Reason.NOT_JSON: gettext_lazy("SCP's answer was not the JSON that its documents promise."),
    Reason.NO_IMAGE_ID: gettext_lazy("SCP accepted the request but gave no image id."),
    Reason.BAD_IMAGE_ID: gettext_lazy(
        "SCP accepted the request but gave an image id that is not one."
    ),
    Reason.TOO_LARGE: gettext_lazy("SCP's answer was larger than the console accepts."),
    Reason.UNEXPECTED_STATUS: gettext_lazy("SCP answered in a way that its documents do not name."),
    Reason.BAD_URL: gettext_lazy("The id is not one that SCP could know, so nothing was sent."),
    OwnReason.KEY_DISABLED: gettext_lazy(
        "The access key was disabled before the request was sent."
    ),
    OwnReason.KEY_EXPIRED: gettext_lazy(
        "The access key reached its expiry date before the request was sent."
    ),
    OwnReason.KEY_UNREADABLE: gettext_lazy(
        "The stored access key could not be decrypted, so nothing was sent."
    ),
    OwnReason.ROLE_LOST: gettext_lazy(
        "The person no longer had the role for this when it was time to send."
    ),
    OwnReason.ACCOUNT_DISABLED: gettext_lazy(
        "The account of the person was disabled before the request was sent, so nothing was sent."
    ),
    OwnReason.PLACE_UNKNOWN: gettext_lazy(
        "The settings no longer name this key's environment and region, so nothing was sent."
    ),
    OwnReason.WORKER_DIED: gettext_lazy(
        "The worker stopped while the call was under way, so its answer is not known."
    ),
    OwnReason.OVERSLEPT: gettext_lazy(
        "The worker was stopped for too long before it could send, so nothing was sent."
    ),
    OwnReason.SEVERAL_FIT: gettext_lazy(
        "More than one image in SCP could be the one of this request."
    ),
    OwnReason.LATE_IMAGE: gettext_lazy(
        "SCP's answer came after the search was over: an image was made after all. It is not "
        "watched, because a newer request of this server or name is open."
    ),
    OwnReason.NO_LOOK: gettext_lazy(
        "The search time is over, and SCP could not be asked often enough to be sure."
    ),
    OwnReason.IMAGE_OF_ANOTHER: gettext_lazy(
        "SCP answered with an image id that belongs to another request of this console."
    ),
}


def reason_sentence(reason: str) -> str:
    """Return the sentence for a reason, or "" for none and for one we do not know."""
    return str(_REASONS.get(reason, ""))


def evidence(asked: "ImageRequest") -> Evidence | None:
    """Return why a request was refused, put off or lost sight of; None for all others."""
    is_late = asked.outcome_reason == OwnReason.LATE_IMAGE
    if not is_late and asked.state not in (State.REFUSED, State.RECORDED, State.UNKNOWN):
        return None
    sentence = reason_sentence(asked.outcome_reason)
    if not sentence:
        return None
    if asked.outcome_reason == Reason.CLOCK:
        sentence = clock_sentence(asked.clock_skew_seconds)
    ids = list(asked.outcome_request_ids.values())
    return Evidence(
        sentence=sentence,
        code=asked.outcome_code,
        detail=asked.outcome_detail,
        request_ids=ids,
        is_about_key=asked.outcome_reason in _ABOUT_KEY,
    )


def clock_sentence(skew_seconds: float | None) -> str:
    """Say that SCP did not accept the signature because the clocks differ, and by how much."""
    return _(
        "SCP did not accept the signature, and this console's clock differs from SCP's by "
        "{seconds} s. Have the clock set right, then check the access key."
    ).format(seconds=f"{skew_seconds or 0:+.0f}")


def open_sentence(asked: "ImageRequest") -> str:
    """Say why no new request may be made for a server that has this open one."""
    if asked.state == State.UNKNOWN:
        return _("An earlier request of this server is not settled yet.")
    return _("An image of this server is already being made.")


def badge(asked: "ImageRequest") -> Badge:
    """Return how the request's state looks now."""
    state = State(asked.state)
    if state is State.RECORDED and asked.waits_for_its_time:
        text = _("Recorded · waits until {time}").format(time=stamp_text(asked.due_at))
        return Badge("quiet", "clock", text)
    if state is State.ACCEPTED and asked.is_overdue:
        return Badge("watch", "clock", _("Taking longer than usual · still watching"))
    if state is State.ACCEPTED and asked.scp_status:
        text = _("In progress ({word})").format(word=visible(asked.scp_status))
        return Badge("work", "turning", text)
    if state is State.FAILED and asked.scp_status:
        text = _("Failed ({word})").format(word=visible(asked.scp_status))
        return Badge("bad", "cross", text)
    if state is State.CANCELLED and asked.attempt:
        return Badge("quiet", "ring", _("Withdrawn · no image was made"))
    if state is State.REFUSED:
        label = _("Not sent") if asked.sent_at is None else _("SCP refused the request")
        return Badge("bad", "bar", label)
    if state is State.NOT_MADE and asked.outcome_reason == OwnReason.LATE_IMAGE:
        return Badge("watch", "frame", _("Made after all · not watched"))
    if state is State.UNKNOWN and asked.needs_person:
        return Badge("watch", "question", _("Outcome not known · waits for a person"))
    return Badge(TONE[state], ICON[state], str(state.label))


def state_sentence(asked: "ImageRequest") -> str:
    """Say what is known about the request and what the person can do now."""
    state = State(asked.state)
    if state is State.RECORDED and asked.waits_for_its_time:
        return _(
            "The last try did not reach SCP or was turned away at its edge, so nothing was made. "
            "The next try is at {time}; until then the request can be withdrawn."
        ).format(time=stamp_text(asked.due_at))
    if state is State.NOT_MADE and asked.outcome_reason == OwnReason.LATE_IMAGE:
        return _("The answer came late: SCP made an image after all. Look for it in SCP.")
    if state is State.REFUSED and asked.sent_at is None:
        return _("The request was not sent. Certainly no image was made.")
    if state is State.ACCEPTED and asked.outcome_reason and not asked.is_not_visible_yet:
        return _("The image was found in SCP. This page will show when it is ready.")
    if asked.is_not_visible_yet:
        return _(
            "SCP accepted the request. The image is not visible in SCP yet, which is normal in "
            "the first minutes."
        )
    if state is State.ACCEPTED and asked.is_overdue:
        return _(
            "SCP accepted the request, and the image is taking longer than usual. The console "
            "keeps watching; there is nothing you need to do."
        )
    if state is State.UNKNOWN and asked.needs_person:
        return _(
            "The console cannot settle this request alone. A person has to look in SCP and say "
            "what became of it; nothing is sent by itself."
        )
    return str(_STATES[state])


_STATES: dict[State, Promise] = {
    State.RECORDED: gettext_lazy("The request is recorded and will be sent. This page follows it."),
    State.SENDING: gettext_lazy(
        "The request is being sent. It can no longer be withdrawn; this page follows it."
    ),
    State.ACCEPTED: gettext_lazy(
        "SCP accepted the request. This page will show when the image is ready."
    ),
    State.UNKNOWN: gettext_lazy(
        "The request was sent but no clear answer arrived. We are looking for the image. Do not "
        "request it again."
    ),
    State.READY: gettext_lazy("The image is ready in SCP."),
    State.FAILED: gettext_lazy(
        "SCP accepted the request but could not complete the image. You can ask for a new one."
    ),
    State.GONE: gettext_lazy("SCP accepted the request, but the image is no longer found there."),
    State.REFUSED: gettext_lazy("SCP refused the request. Certainly no image was made."),
    State.NOT_MADE: gettext_lazy(
        "No image was found in SCP after looking long enough. You can ask for a new one."
    ),
    State.CANCELLED: gettext_lazy("The request was withdrawn. No image was made."),
}
