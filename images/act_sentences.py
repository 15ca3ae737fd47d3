"""What events say that are about no request: sign-ins, keys, exports, people, the ledger itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.sentences import reason_sentence
from images.vocabulary import ExportKind, Role

if TYPE_CHECKING:
    from images.models.audit_event import AuditEvent


def _key_added(event: "AuditEvent") -> str:
    return _("Added the access key “{alias}” for {place}.").format(
        alias=event.target, place=_place(event)
    )


def _place(event: "AuditEvent") -> str:
    return f"{event.facts.get('environment', '')} / {event.facts.get('region', '')}"


def _key_changed(event: "AuditEvent") -> str:
    before, after = event.facts.get("before", {}), event.facts.get("after", {})
    words = {
        "alias": before.get("alias", event.target),
        "new": after.get("alias", ""),
        "version": after.get("api_version", ""),
    }
    if before.get("alias") == after.get("alias"):
        return _("Chose API version {version} for the access key “{alias}”.").format(**words)
    if before.get("api_version") == after.get("api_version"):
        return _("Renamed the access key “{alias}” to “{new}”.").format(**words)
    return _(
        "Renamed the access key “{alias}” to “{new}” and chose API version {version} for it."
    ).format(**words)


def _key_expiry_set(event: "AuditEvent") -> str:
    day = event.facts.get("after")
    if not day:
        return _("Took the expiry date from the access key “{alias}”.").format(alias=event.target)
    return _("Set the expiry date of the access key “{alias}” to {day}.").format(
        alias=event.target, day=day
    )


def _key_production_set(event: "AuditEvent") -> str:
    if event.facts.get("production"):
        return _("Marked the access key “{alias}” as production.").format(alias=event.target)
    return _("Took the production mark from the access key “{alias}”.").format(alias=event.target)


def _key_tested(event: "AuditEvent") -> str:
    if event.facts.get("works"):
        return _("Tested the access key “{alias}”: it works.").format(alias=event.target)
    why = reason_sentence(event.facts.get("reason", ""))
    if not why:
        return _("Tested the access key “{alias}”: it does not work.").format(alias=event.target)
    return _("Tested the access key “{alias}”: it does not work. {why}").format(
        alias=event.target, why=why
    )


def _access_refused(event: "AuditEvent") -> str:
    return _("The role did not allow {method} {path}.").format(
        method=event.facts.get("method", ""), path=event.facts.get("path", "")
    )


def _export_made(event: "AuditEvent") -> str:
    count = int(event.facts.get("count", 0))
    words = {"count": f"{count:,}", "kind": _kind(event.facts.get("kind", ""))}
    return ngettext(
        "Exported {count} event as “{kind}”.", "Exported {count} events as “{kind}”.", count
    ).format(**words)


def _kind(kind: str) -> str:
    return str(ExportKind(kind).label) if kind in ExportKind.values else kind


def _review_signed(event: "AuditEvent") -> str:
    return _("Signed off the month {month}. The comment: “{comment}”.").format(
        month=event.facts.get("month", event.target), comment=event.facts.get("comment", "")
    )


def _retention_applied(event: "AuditEvent") -> str:
    count = int(event.facts.get("events", 0))
    return ngettext(
        "The keeping rule removed the details of {count} event, up to number {through}.",
        "The keeping rule removed the details of {count} events, up to number {through}.",
        count,
    ).format(count=f"{count:,}", through=event.facts.get("through", ""))


def _person_added(event: "AuditEvent") -> str:
    return _("Added a person with the role “{role}”.").format(role=_role(event.facts.get("role")))


def _role_changed(event: "AuditEvent") -> str:
    return _("Changed the role of a person from “{before}” to “{after}”.").format(
        before=_role(event.facts.get("from")), after=_role(event.facts.get("to"))
    )


def _role(value: object) -> str:
    return str(Role(value).label) if value in Role.values else str(value or "")


def _settings_changed(event: "AuditEvent") -> str:
    names = event.facts.get("what", [])
    return _("The console runs with other settings than before: {names}.").format(
        names=", ".join(names) if isinstance(names, list) else names
    )


def _rotated(event: "AuditEvent") -> str:
    count = int(event.facts.get("count", 0))
    words = {"count": f"{count:,}", "old": event.facts.get("from"), "new": event.facts.get("to")}
    return ngettext(
        "Sealed {count} access key anew: with the master key {new} instead of {old}.",
        "Sealed {count} access keys anew: with the master key {new} instead of {old}.",
        count,
    ).format(**words)


def _acknowledged(event: "AuditEvent") -> str:
    return _(
        "Accepted data that are not the ones that were signed. The reason given: “{reason}”."
    ).format(reason=event.facts.get("reason", ""))


def _verified(event: "AuditEvent") -> str:
    return _("Verified the whole history to event {size}: nothing was changed.").format(
        size=event.facts.get("size", "")
    )


def _broken(event: "AuditEvent") -> str:
    what = event.facts.get("what")
    words = " ".join(map(str, what)) if isinstance(what, list) else ""
    return _("Verified the history and found that it was changed: “{what}”.").format(what=words)


def _guards_restored(event: "AuditEvent") -> str:
    names = event.facts.get("names")
    return _(
        "Put back guards of the database that were not in place: {names}. A migration of SQLite "
        "takes them off; if there was none, somebody did."
    ).format(names=", ".join(map(str, names)) if isinstance(names, list) else "")


ACT_SENTENCES: dict[str, Callable[["AuditEvent"], str]] = {
    "session.signed_in": lambda event: _("Signed in."),
    "session.signed_out": lambda event: _("Signed out."),
    "session.failed": lambda event: _("A sign-in was refused."),
    "access.refused": _access_refused,
    "key.added": _key_added,
    "key.changed": _key_changed,
    "key.expiry_set": _key_expiry_set,
    "key.production_set": _key_production_set,
    "key.tested": _key_tested,
    "key.disabled": lambda event: _("Disabled the access key “{alias}”.").format(
        alias=event.target
    ),
    "export.made": _export_made,
    "export.downloaded": lambda event: _("Downloaded an export."),
    "review.signed": _review_signed,
    "retention.applied": _retention_applied,
    "person.added": _person_added,
    "person.role_changed": _role_changed,
    "person.name_removed": lambda event: _("Removed a person's name from all records."),
    "vault.rotated": _rotated,
    "settings.noted": lambda event: _("Noted the settings that the console runs with."),
    "settings.changed": _settings_changed,
    "ledger.verified": _verified,
    "ledger.broken": _broken,
    "guards.restored": _guards_restored,
    "ledger.acknowledged": _acknowledged,
}
