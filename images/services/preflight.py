"""What can be checked before an image is asked for, and what cannot be known.

SCP has no dry run, and we do not pretend to one. Nothing here calls SCP.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from images.image_names import name_fault
from images.models import AccessKey, ImageRequest
from images.scp.shapes import Server
from images.sentences import open_sentence
from images.services.versions import known_versions
from images.stamps import stamp_text
from images.version_report import unlisted_report, version_report
from images.visible import visible
from images.vocabulary import SERVER_BROKEN, SERVER_FIT


@dataclass(frozen=True)
class Check:
    """One line before the button: how it looks, and how it is known.

    `known` is "now", "earlier" (the sentence says when), or "" for what cannot be known.
    """

    tone: str
    sentence: str
    known: str = "now"
    href: str = ""
    link: str = ""
    """Where one finds out, and in which words it is offered."""


def taken_sentence(*, key: AccessKey, image_name: str) -> str:
    """Say that an image of ours in the key's place has this legal name, or may still get it."""
    if name_fault(image_name):
        return ""
    same_name = ImageRequest.objects.named(key.environment, key.region, image_name)
    return _("An image with this name already exists.") if same_name.exists() else ""


def is_broken(server: Server) -> bool:
    """Whether SCP reports an error on the server, so that going on needs a confirmation.

    Source: SCP API reference, section 13, question 7.
    """
    return server.state.upper() in SERVER_BROKEN


def checks(*, key: AccessKey, server: Server, image_name: str) -> list[Check]:
    """Return the checks of one wish, most telling first."""
    found = [
        _key_check(key),
        _open_check(key, server),
        *_name_checks(key, image_name),
        _state_check(key, server),
        _version_check(key),
    ]
    if server.locked:
        found.append(
            Check("watch", _("The server is locked. SCP may refuse an image of it."), known="")
        )
    return found


def _key_check(key: AccessKey) -> Check:
    if key.is_disabled:
        return Check("bad", _("The access key is disabled."))
    if key.is_expired:
        return Check("bad", _("The access key has reached its expiry date."))
    if key.last_test is None or key.last_tested_at is None:
        if key.listing.read_at and not key.listing.failed_at:
            worked = _("The access key worked when the server list was read at {time}.")
            return Check("good", worked.format(time=stamp_text(key.listing.read_at)), "earlier")
        untested = _("The access key has not been tested yet.")
        return Check(
            "watch", untested, known="", href=key.get_absolute_url(), link=_("Test this key")
        )
    words = {"time": stamp_text(key.last_tested_at)}
    if key.last_test["works"]:
        worked = _("The access key worked when it was tested at {time}.").format(**words)
        return Check("good", worked, "earlier")
    return Check("watch", _("The access key failed its test at {time}.").format(**words), "earlier")


def open_request(*, key: AccessKey, server: Server) -> ImageRequest | None:
    """Return the request that is open on this server, whoever made it."""
    same = ImageRequest.objects.of_server(key.environment, key.region, server.id)
    return same.open().first()


def _open_check(key: AccessKey, server: Server) -> Check:
    same = open_request(key=key, server=server)
    if same:
        return Check("bad", open_sentence(same))
    return Check("good", _("No other request is open on this server."))


def _name_checks(key: AccessKey, image_name: str) -> list[Check]:
    """What our own records tell of the name. Others make images, too."""
    if fault := name_fault(image_name) or taken_sentence(key=key, image_name=image_name):
        return [Check("bad", fault)]
    free = _("The name is legal, and no other image of this console in {place} has it.")
    elsewhere = _("An image that was made without this console may have this name, too.")
    place = f"{key.environment} / {key.region}"
    return [Check("good", free.format(place=place)), Check("quiet", elsewhere, known="")]


def _state_check(key: AccessKey, server: Server) -> Check:
    as_of = stamp_text(key.listing.read_at)
    words = {"state": visible(server.state), "time": as_of}
    reported = _("SCP reported the server as {state} at {time}.").format(**words)
    if is_broken(server):
        return Check("bad", reported, "earlier")
    if key.listing.has_failed:
        stale = _("{reported} No newer list could be read from SCP since.")
        return Check("watch", stale.format(reported=reported), "earlier")
    if server.state.upper() in SERVER_FIT:
        return Check("good", reported, "earlier")
    doubtful = _("SCP reported the server as {state} at {time}. It may refuse an image now.")
    return Check("watch", doubtful.format(**words), "earlier")


def _version_check(key: AccessKey) -> Check:
    table = known_versions(environment=key.environment, region=key.region)
    version = table.find(key.api_version)
    report = version_report(version) if version else unlisted_report(key.api_version)
    is_doubtful = version is None or report.has_passed
    words = {"number": report.number, "sentence": report.sentence}
    sentence = _("API version {number}: {sentence}").format(**words)
    return Check("watch" if is_doubtful else "good", sentence, "earlier")
