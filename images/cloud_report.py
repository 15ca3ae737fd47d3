"""What SCP says of an image beside what the record says, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from images.models import ImageRequest
from images.scp.errors import Reason
from images.scp.shapes import Image
from images.sentences import Badge, reason_sentence
from images.services.cloud_record import Finding, NoLook, Sight
from images.stamps import stamp_text
from images.vocabulary import State

_BADGES = {
    Finding.MATCHED: ("good", "tick", gettext_lazy("Matched")),
    Finding.NOT_FOUND: ("watch", "frame", gettext_lazy("Not found")),
    Finding.DIFFERS: ("watch", "warning", gettext_lazy("Differs")),
    Finding.NOT_PERMITTED: ("bad", "bar", gettext_lazy("Not permitted")),
    Finding.NOT_REACHED: ("quiet", "question", gettext_lazy("Not reached")),
}
_LABELS = {
    "id": gettext_lazy("Image id"),
    "name": gettext_lazy("Image name"),
    "status": gettext_lazy("Status"),
    "created": gettext_lazy("Created"),
}
# Their sentences speak of a create call or of a server; of a look at an image they say nothing.
_NOT_OF_A_LOOK = frozenset({Reason.BAD_REQUEST, Reason.NOT_FOUND, Reason.CONFLICT})


@dataclass(frozen=True)
class Row:
    """One line of the comparison. `is_same` is None for what only one side knows."""

    label: str
    ours: str
    theirs: str
    is_same: bool | None = None


@dataclass(frozen=True)
class CloudReport:
    """What is shown of a live look."""

    badge: Badge
    sentence: str
    at: datetime
    key_alias: str
    rows: tuple[Row, ...]
    others: tuple[tuple[str, str], ...]
    """What SCP alone knows of the image: label and value."""
    namesakes: tuple[Image, ...]
    request_ids: tuple[str, ...]
    is_other_key: bool
    """Whether the look was made with another key than the request: perhaps another account."""


def cloud_report(asked: ImageRequest, sight: Sight) -> CloudReport:
    tone, icon, label = _BADGES[sight.finding]
    return CloudReport(
        badge=Badge(tone, icon, str(label)),
        sentence=_sentence(asked, sight),
        at=sight.at,
        key_alias=sight.key.alias,
        rows=_rows(asked, sight, sight.image) if sight.image else (),
        others=_others(sight.image) if sight.image else (),
        namesakes=sight.namesakes,
        request_ids=tuple(sight.request_ids.values()),
        is_other_key=sight.key.pk != asked.key_id,
    )


def no_look_sentence(asked: ImageRequest, why: NoLook) -> str:
    """Say why SCP is not asked now."""
    if why is NoLook.NOTHING_THERE:
        return _("SCP has not accepted this request, so there is no image there to compare with.")
    if why is NoLook.NO_KEY:
        return _(
            "You have no usable access key for {environment} / {region}, so SCP cannot be asked "
            "now."
        ).format(environment=asked.environment, region=asked.region)
    return _(
        "SCP is asked with an access key of the person who made the request, and only for that "
        "person; nobody's key is used for anybody else. This is what the console saw last."
    )


def last_seen(asked: ImageRequest) -> list[tuple[str, str]]:
    """Return what the console itself saw last, and when."""
    never = _("Never")
    rows = [
        (_("Status"), asked.scp_status or _("None known")),
        (_("First seen in SCP"), stamp_text(asked.first_seen_at) or never),
        (_("Last seen in SCP"), stamp_text(asked.last_seen_at) or never),
        (_("Last look"), stamp_text(asked.last_look_at) or never),
        (_("Looks so far"), str(asked.looks)),
    ]
    trouble = reason_sentence(asked.look_trouble)
    return [*rows, (_("Trouble at the last look"), trouble)] if trouble else rows


def _sentence(asked: ImageRequest, sight: Sight) -> str:
    match sight.finding:
        case Finding.MATCHED:
            return _matched(sight)
        case Finding.NOT_FOUND:
            return _not_found(asked)
        case Finding.DIFFERS:
            return _differs(asked, sight)
        case Finding.NOT_PERMITTED:
            return reason_sentence(sight.reason) or _("SCP did not permit this look.")
        case Finding.NOT_REACHED:
            return _not_reached(sight)


def _matched(sight: Sight) -> str:
    if sight.image:
        return _("SCP's record of the image is as this console's.")
    return _("There is no such image in SCP, as the record says.")


def _not_found(asked: ImageRequest) -> str:
    if not asked.image_id:
        return _("SCP lists no image of this name now.")
    if asked.is_not_visible_yet or (asked.state == State.ACCEPTED and not asked.looks):
        return _(
            "SCP does not show the image yet, which is normal in the first minutes after it was "
            "accepted."
        )
    return _("SCP does not know an image of this id now.")


def _differs(asked: ImageRequest, sight: Sight) -> str:
    if sight.image is None:
        return ngettext(
            "SCP lists {count} image of this name that no request of this console owns.",
            "SCP lists {count} images of this name that no request of this console owns.",
            len(sight.namesakes),
        ).format(count=len(sight.namesakes))
    if asked.state == State.ACCEPTED and sight.differing == {"status"}:
        return _(
            "SCP's status of the image has changed since the console's last look. The next look "
            "records it."
        )
    names = [str(label) for name, label in _LABELS.items() if name in sight.differing]
    return _("SCP's record differs from this console's in: {fields}.").format(
        fields=", ".join(names)
    )


def _not_reached(sight: Sight) -> str:
    if sight.silent_until:
        return _("SCP asked for silence until {time}, so it was not asked now.").format(
            time=stamp_text(sight.silent_until)
        )
    if not sight.reason:
        return _("Another look of yours is under way. Open this tab again in a few seconds.")
    if sight.reason in _NOT_OF_A_LOOK:
        return _("SCP answered with HTTP {status}, which tells nothing of the image.").format(
            status=sight.status
        )
    return reason_sentence(sight.reason) or _("SCP could not be asked.")


def _rows(asked: ImageRequest, sight: Sight, image: Image) -> tuple[Row, ...]:
    nothing = "–"
    known = {
        "id": (asked.image_id, image.id),
        "name": (asked.image_name, image.name),
        "status": (asked.scp_status, image.status),
        "created": (_sent(asked), stamp_text(image.created_at)),
    }
    compared = [
        Row(
            str(_LABELS[name]),
            ours or nothing,
            theirs or nothing,
            _is_same(sight, name, ours, theirs),
        )
        for name, (ours, theirs) in known.items()
    ]
    server = Row(_("Server"), asked.server_name, _("SCP does not name the server of an image."))
    return (*compared, server)


def _others(image: Image) -> tuple[tuple[str, str], ...]:
    nothing = "–"
    size = ngettext("{count} byte", "{count} bytes", image.size or 0)
    return (
        (_("Changed"), stamp_text(image.updated_at) or nothing),
        (_("Size"), size.format(count=f"{image.size:,}") if image.size else nothing),
        (_("Volumes"), ", ".join(image.volumes) or nothing),
        (_("Visibility"), image.visibility or nothing),
    )


def _is_same(sight: Sight, name: str, ours: str, theirs: str) -> bool | None:
    if name in sight.differing:
        return False
    return True if ours and theirs else None


def _sent(asked: ImageRequest) -> str:
    if asked.sent_at:
        return _("Sent {time}").format(time=stamp_text(asked.sent_at))
    return _("Recorded {time}").format(time=stamp_text(asked.recorded_at))
