"""What events say that are about no request: sign-ins, keys, exports, people, the ledger itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.sentences import reason_sentence
from images.stamps import stamp_text
from images.vocabulary import ExportKind, FactorKind, Role

if TYPE_CHECKING:
    from images.models.audit_event import AuditEvent


def _signed_in(event: "AuditEvent") -> str:
    words = {
        ("password", ""): _("Signed in with the password."),
        ("password", "totp"): _("Signed in with the password and a code of an app."),
        ("password", "webauthn"): _("Signed in with the password and a passkey."),
        ("password", "recovery_codes"): _("Signed in with the password and a recovery code."),
        ("passkey", ""): _("Signed in with a passkey."),
        ("single_sign_on", ""): _("Signed in by single sign-on."),
        ("single_sign_on", "totp"): _("Signed in by single sign-on and a code of an app."),
        ("single_sign_on", "webauthn"): _("Signed in by single sign-on and a passkey."),
        ("single_sign_on", "recovery_codes"): _("Signed in by single sign-on and a recovery code."),
    }
    used = (event.facts.get("method", ""), event.facts.get("second", ""))
    return words.get(used) or _("Signed in.")


def _sign_in_failed(event: "AuditEvent") -> str:
    words = {
        "single_sign_on": _("A single sign-on failed."),
        "not_added": _("A single sign-on was refused: nobody was added with this e-mail address."),
        "disabled": _("A sign-in was refused: the account is disabled."),
    }
    return words.get(event.facts.get("reason", "")) or _("A sign-in was refused.")


def _sessions_ended(event: "AuditEvent") -> str:
    count = int(event.facts.get("count", 0))
    return ngettext(
        "Ended {count} other session of their own.",
        "Ended {count} other sessions of their own.",
        count,
    ).format(count=count)


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


def _person_invited(event: "AuditEvent") -> str:
    return _("Invited a person: the link to set a password works until {time}.").format(
        time=_until(event)
    )


def _reset_started(event: "AuditEvent") -> str:
    return _(
        "Reset the password of a person: it and all sessions ended. The link to set a new one "
        "works until {time}."
    ).format(time=_until(event))


def _until(event: "AuditEvent") -> str:
    return stamp_text(parse_datetime(str(event.facts.get("until", ""))))


def _password_set(event: "AuditEvent") -> str:
    if event.facts.get("by") == "command":
        return _("A password was set for this person on the console's host; all sessions ended.")
    return _("A password was set with the link for this person.")


def _person_signed_out(event: "AuditEvent") -> str:
    count = int(event.facts.get("sessions", 0))
    return ngettext(
        "Ended {count} session of a person.", "Ended {count} sessions of a person.", count
    ).format(count=count)


def _role(value: object) -> str:
    return str(Role(value).label) if value in Role.values else str(value or "")


def _factor_added(event: "AuditEvent") -> str:
    return _("Added a second factor: {kind}.").format(kind=_factor(event))


def _factor_removed(event: "AuditEvent") -> str:
    if event.target == str(event.actor_id):
        return _("Removed a second factor: {kind}.").format(kind=_factor(event))
    return _("Removed the second factor of another person: {kind}.").format(kind=_factor(event))


def _factor(event: "AuditEvent") -> str:
    kind = event.facts.get("kind", "")
    return str(FactorKind(kind).label) if kind in FactorKind.values else str(kind)


def _settings_changed(event: "AuditEvent") -> str:
    names = event.facts.get("what", [])
    return _("The console runs with other settings than before: {names}.").format(
        names=", ".join(names) if isinstance(names, list) else names
    )


def _rotated(event: "AuditEvent") -> str:
    count = int(event.facts.get("count", 0))
    words = {"count": f"{count:,}", "old": event.facts.get("from"), "new": event.facts.get("to")}
    if event.facts.get("what") == "second_factors":
        return ngettext(
            "Sealed {count} secret of a second factor anew with the master key {new}.",
            "Sealed {count} secrets of second factors anew with the master key {new}.",
            count,
        ).format(**words)
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
    "session.signed_in": _signed_in,
    "session.signed_out": lambda event: _("Signed out."),
    "session.ended": _sessions_ended,
    "session.failed": _sign_in_failed,
    "session.limited": lambda event: _(
        "There were too many tries at {path} in a short time; further ones were not looked at."
    ).format(path=event.facts.get("path", "")),
    "session.linked": lambda event: _(
        "Linked the account to the single sign-on, by the e-mail address."
    ),
    "password.changed": lambda event: _("Changed the own password."),
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
    "person.invited": _person_invited,
    "person.reset_started": _reset_started,
    "person.password_set": _password_set,
    "person.disabled": lambda event: _("Disabled the account of a person."),
    "person.enabled": lambda event: _("Enabled the account of a person again."),
    "person.sessions_ended": _person_signed_out,
    "person.name_removed": lambda event: _("Removed a person's name from all records."),
    "factor.added": _factor_added,
    "factor.removed": _factor_removed,
    "factor.recovery_made": lambda event: _("Made new recovery codes."),
    "factor.recovery_used": lambda event: _("Used a recovery code."),
    "vault.rotated": _rotated,
    "settings.noted": lambda event: _("Noted the settings that the console runs with."),
    "settings.changed": _settings_changed,
    "ledger.verified": _verified,
    "ledger.broken": _broken,
    "guards.restored": _guards_restored,
    "ledger.acknowledged": _acknowledged,
}
