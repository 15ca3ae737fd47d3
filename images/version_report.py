"""An API version in words: its state, its date, and whether that date has passed today."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from images.scp.versions import ApiVersion


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
    words = {"status": version.status}
    if version.not_before is None:
        return _("{status}, no end date given.").format(**words)
    words["date"] = version.not_before.isoformat()
    if not version.has_passed(today):
        return _("{status} until {date}.").format(**words)
    if version.status == "DEPRECATED":
        return _("{status} until {date}. That date has passed: SCP may refuse it.").format(**words)
    return _("{status} until {date}. That date has passed.").format(**words)
