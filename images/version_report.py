"""An API version in words: its state, its date, and whether that date has passed today."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from images.scp.errors import Reason
from images.scp.versions import ApiVersion
from images.services.versions import VersionTable
from images.visible import visible


@dataclass(frozen=True)
class VersionReport:
    """One line of a version table."""

    number: str
    sentence: str
    has_passed: bool
    is_choosable: bool


def version_report(version: ApiVersion) -> VersionReport:
    today = timezone.localdate()
    return VersionReport(
        number=version.number,
        sentence=version_sentence(version, today=today),
        has_passed=version.has_passed(today),
        is_choosable=version.is_choosable,
    )


def unlisted_report(number: str) -> VersionReport:
    """Return the line of a version that neither the host nor the built-in table names."""
    sentence = _("The host does not list this version.")
    return VersionReport(number, sentence, has_passed=False, is_choosable=False)


def version_sentence(version: ApiVersion, *, today: date) -> str:
    """Say a version's state and date, and whether that date has passed.

    Source: SCP API reference, section 2: "Not Before" is the end of the guarantee.
    """
    words = {"status": visible(version.status)}
    if version.not_before is None:
        return _("{status}, no end date given.").format(**words)
    words["date"] = version.not_before.isoformat()
    if not version.has_passed(today):
        return _("{status} until {date}.").format(**words)
    if version.status == "DEPRECATED":
        return _("{status} until {date}. That date has passed: SCP may refuse it.").format(**words)
    return _("{status} until {date}. That date has passed.").format(**words)


def retired_sentence(table: VersionTable, *, number: str, reason: str) -> str:
    """Say that SCP refused a list because of its API version, or perhaps because of it.

    `reason` is that of the refusal; "" when it is about something else. The call for a list is
    always the same, so a 400 or 404 to it is no fault of the person who looks at it.
    """
    words = {"number": number}
    if reason == Reason.VERSION:
        return _(
            "SCP does not serve API version {number} any more, or not for the server list. Edit "
            "the access key and choose another version."
        ).format(**words)
    if reason not in (Reason.BAD_REQUEST, Reason.NOT_FOUND, Reason.WRONG_HOST):
        return ""
    if table.has_ended(number, today=timezone.localdate()):
        return _(
            "SCP refused the server list, and by its own table it does not serve API version "
            "{number} any more. Edit the access key and choose another version."
        ).format(**words)
    if reason == Reason.WRONG_HOST:
        return ""
    return _(
        "SCP refused the server list in API version {number}. Perhaps it does not serve this "
        "version any more: edit the access key, choose another version and test it."
    ).format(**words)
