"""What the test of an access key showed, in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from images.scp.errors import Reason
from images.sentences import clock_sentence, reason_sentence


@dataclass(frozen=True)
class TrialReport:
    tone: str
    sentence: str
    rows: list[tuple[str, str]]


def trial_report(result: dict[str, Any] | None) -> TrialReport | None:
    """Return the report of `AccessKey.last_test`; None when there was no test."""
    if result is None:
        return None
    skew = result.get("skew_seconds")
    rows = []
    if result.get("works") or result.get("status"):
        rows.append((_("API version sent"), str(result.get("api_version", ""))))
    if skew is not None:
        rows.append((_("Clock difference"), _("{seconds} s").format(seconds=f"{skew:+.1f}")))
    if result.get("works"):
        rows.append((_("Rights seen"), "virtualserver:ListVirtualServers"))
        rows.append(
            (
                _("Rights that only use will show"),
                "virtualserver: CreateVirtualServerImage, ShowImage, ListImages, ShowVirtualServer",
            )
        )
        return TrialReport("good", _working_sentence(skew), rows)
    if result.get("status"):
        rows.append((_("HTTP status"), str(result["status"])))
    if result.get("code"):
        rows.append((_("SCP's code"), str(result["code"])))
    rows += [(name, str(value)) for name, value in (result.get("request_ids") or {}).items()]
    reason = result.get("reason", "")
    sentence = clock_sentence(skew) if reason == Reason.CLOCK else reason_sentence(reason)
    return TrialReport("bad", sentence or _("The test failed."), rows)


def _working_sentence(skew: float | None) -> str:
    if skew is None:
        return _("The key works. SCP's answer did not show its clock.")
    return _("The key works. Clock difference: {seconds} s.").format(seconds=f"{skew:.0f}")
