"""What events say that are about no request, word for word."""

from typing import Any

import pytest

from images.act_sentences import ACT_SENTENCES
from images.event_sentences import event_sentence
from images.ledger.canonical import canonical
from images.models import AuditEvent
from images.scp.errors import Reason

SAYS: list[tuple[str, str, dict[str, Any], str]] = [
    ("session.signed_in", "", {}, "Signed in."),
    ("session.signed_in", "", {"method": "password"}, "Signed in with the password."),
    (
        "session.signed_in",
        "",
        {"method": "password", "second": "totp"},
        "Signed in with the password and a code of an app.",
    ),
    ("session.signed_in", "", {"method": "passkey"}, "Signed in with a passkey."),
    ("session.signed_in", "", {"method": "single_sign_on"}, "Signed in by single sign-on."),
    ("session.signed_in", "", {"method": "other", "second": "totp"}, "Signed in."),
    ("session.signed_out", "", {}, "Signed out."),
    ("session.ended", "", {"count": 1}, "Ended 1 other session of their own."),
    ("session.ended", "", {"count": 3}, "Ended 3 other sessions of their own."),
    ("session.failed", "", {"reason": "refused"}, "A sign-in was refused."),
    ("session.failed", "", {"reason": "single_sign_on"}, "A single sign-on failed."),
    (
        "session.failed",
        "",
        {"reason": "not_added"},
        "A single sign-on was refused: nobody was added with this e-mail address.",
    ),
    (
        "session.failed",
        "",
        {"reason": "disabled"},
        "A sign-in was refused: the account is disabled.",
    ),
    (
        "session.limited",
        "",
        {"path": "/login/"},
        "There were too many tries at /login/ in a short time; further ones were not looked at.",
    ),
    (
        "session.linked",
        "",
        {},
        "Linked the account to the single sign-on, by the e-mail address.",
    ),
    ("password.changed", "", {}, "Changed the own password."),
    (
        "access.refused",
        "",
        {"method": "POST", "path": "/keys/new/"},
        "The role did not allow POST /keys/new/.",
    ),
    (
        "key.added",
        "blue",
        {"environment": "e", "region": "kr-west1"},
        "Added the access key “blue” for e / kr-west1.",
    ),
    (
        "key.changed",
        "red",
        {
            "before": {"alias": "blue", "api_version": "1.2"},
            "after": {"alias": "red", "api_version": "1.2"},
        },
        "Renamed the access key “blue” to “red”.",
    ),
    (
        "key.changed",
        "blue",
        {
            "before": {"alias": "blue", "api_version": "1.2"},
            "after": {"alias": "blue", "api_version": "1.3"},
        },
        "Chose API version 1.3 for the access key “blue”.",
    ),
    (
        "key.changed",
        "red",
        {
            "before": {"alias": "blue", "api_version": "1.2"},
            "after": {"alias": "red", "api_version": "1.3"},
        },
        "Renamed the access key “blue” to “red” and chose API version 1.3 for it.",
    ),
    (
        "key.expiry_set",
        "blue",
        {"before": None, "after": "2027-06-30"},
        "Set the expiry date of the access key “blue” to 2027-06-30.",
    ),
    (
        "key.expiry_set",
        "blue",
        {"before": "2027-06-30", "after": None},
        "Took the expiry date from the access key “blue”.",
    ),
    (
        "key.production_set",
        "blue",
        {"production": True},
        "Marked the access key “blue” as production.",
    ),
    (
        "key.production_set",
        "blue",
        {"production": False},
        "Took the production mark from the access key “blue”.",
    ),
    (
        "vault.rotated",
        "",
        {"from": "0a1b2c3d", "to": "4e5f6071", "count": 1},
        "Sealed 1 access key anew: with the master key 4e5f6071 instead of 0a1b2c3d.",
    ),
    (
        "vault.rotated",
        "",
        {"from": "0a1b2c3d", "to": "4e5f6071", "count": 200},
        "Sealed 200 access keys anew: with the master key 4e5f6071 instead of 0a1b2c3d.",
    ),
    (
        "vault.rotated",
        "",
        {"to": "4e5f6071", "count": 2, "what": "second_factors"},
        "Sealed 2 secrets of second factors anew with the master key 4e5f6071.",
    ),
    (
        "key.tested",
        "blue",
        {"works": True, "reason": ""},
        "Tested the access key “blue”: it works.",
    ),
    (
        "key.tested",
        "blue",
        {"works": False, "reason": Reason.CONNECT.value},
        "Tested the access key “blue”: it does not work. SCP could not be reached, so nothing was "
        "sent.",
    ),
    (
        "key.tested",
        "blue",
        {"works": False, "reason": "a new one"},
        "Tested the access key “blue”: it does not work.",
    ),
    ("key.disabled", "blue", {}, "Disabled the access key “blue”."),
    ("export.made", "", {"kind": "csv", "count": 1}, "Exported 1 event as “CSV for spreadsheets”."),
    (
        "export.made",
        "",
        {"kind": "pack", "count": 12345},
        "Exported 12,345 events as “Evidence pack”.",
    ),
    ("export.made", "", {"kind": "odd", "count": 0}, "Exported 0 events as “odd”."),
    ("export.downloaded", "", {"export": "x"}, "Downloaded an export."),
    (
        "review.signed",
        "2026-11",
        {"month": "2026-11", "comment": "All is well"},
        "Signed off the month 2026-11. The comment: “All is well”.",
    ),
    (
        "retention.applied",
        "",
        {"through": 20482, "events": 2000, "calls": 12},
        "The keeping rule removed the details of 2,000 events, up to number 20482.",
    ),
    (
        "person.added",
        "a pseudonym",
        {"role": "operator"},
        "Added a person with the role “Operator”.",
    ),
    (
        "person.role_changed",
        "a pseudonym",
        {"from": "", "to": "auditor"},
        "Changed the role of a person from “No role” to “Auditor”.",
    ),
    (
        "person.role_changed",
        "a pseudonym",
        {"from": "a role of then", "to": "administrator"},
        "Changed the role of a person from “a role of then” to “Administrator”.",
    ),
    (
        "person.invited",
        "a pseudonym",
        {"until": "2026-11-26T07:50:12.000000Z"},
        "Invited a person: the link to set a password works until 2026-11-26 16:50:12 KST.",
    ),
    (
        "person.reset_started",
        "a pseudonym",
        {"until": "2026-11-26T07:50:12.000000Z"},
        "Reset the password of a person: it and all sessions ended. The link to set a new one "
        "works until 2026-11-26 16:50:12 KST.",
    ),
    ("person.password_set", "x", {}, "A password was set with the link for this person."),
    (
        "person.password_set",
        "x",
        {"by": "command"},
        "A password was set for this person on the console's host; all sessions ended.",
    ),
    ("person.disabled", "a pseudonym", {}, "Disabled the account of a person."),
    ("person.enabled", "a pseudonym", {}, "Enabled the account of a person again."),
    ("person.sessions_ended", "x", {"sessions": 1}, "Ended 1 session of a person."),
    ("person.sessions_ended", "x", {"sessions": 2}, "Ended 2 sessions of a person."),
    ("person.name_removed", "a pseudonym", {}, "Removed a person's name from all records."),
    (
        "factor.added",
        "a pseudonym",
        {"kind": "totp", "factor": 1},
        "Added a second factor: Authenticator app.",
    ),
    (
        "factor.removed",
        "a pseudonym",
        {"kind": "passkey", "factor": 1},
        "Removed the second factor of another person: Passkey.",
    ),
    (
        "factor.removed",
        "None",  # as the actor: one's own
        {"kind": "a kind of then", "factor": 1},
        "Removed a second factor: a kind of then.",
    ),
    ("factor.recovery_made", "a pseudonym", {"kind": "recovery_codes"}, "Made new recovery codes."),
    ("factor.recovery_used", "a pseudonym", {"kind": "recovery_codes"}, "Used a recovery code."),
    ("settings.noted", "", {"to": {}}, "Noted the settings that the console runs with."),
    (
        "ledger.verified",
        "",
        {"size": 17},
        "Verified the whole history to event 17: nothing was changed.",
    ),
    (
        "ledger.broken",
        "",
        {"first_bad": 6, "found": 1, "what": ["Event 6 is another.", "So is 7."]},
        "Verified the history and found that it was changed: “Event 6 is another. So is 7.”.",
    ),
    (
        "guards.restored",
        "",
        {"names": ["guard_event_update"]},
        "Put back guards of the database that were not in place: guard_event_update. A migration "
        "of SQLite takes them off; if there was none, somebody did.",
    ),
    (
        "settings.changed",
        "",
        {"what": ["TIME_ZONE", "RETENTION_YEARS"], "to": {}},
        "The console runs with other settings than before: TIME_ZONE, RETENTION_YEARS.",
    ),
    (
        "ledger.acknowledged",
        "",
        {"reason": "restored after the fire"},
        "Accepted data that are not the ones that were signed. The reason given: “restored after "
        "the fire”.",
    ),
    (
        "request.turned_away",
        "web01",
        {"reason": "An image of this server is already being made.", "field": ""},
        "A wish was turned away before it was recorded: “An image of this server is already "
        "being made.”.",
    ),
    (
        "body.read",
        "",
        {"what": "request", "attempt": 2},
        "Opened the body that was sent, attempt 2.",
    ),
    (
        "body.read",
        "",
        {"what": "response", "attempt": 1},
        "Opened the body that came back, attempt 1.",
    ),
]


@pytest.mark.parametrize(("action", "target", "facts", "sentence"), SAYS)
def test_it_says(action: str, target: str, facts: dict[str, Any], sentence: str) -> None:
    content = canonical({"facts": facts})
    event = AuditEvent(action=action, target=target, content=content)
    assert event_sentence(event) == sentence


def test_each_is_said_here() -> None:
    assert set(ACT_SENTENCES) <= {action for action, _target, _facts, _sentence in SAYS}
