"""Every address, for everybody: one table of who meets what, checked against the URLconf."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from images.ledger.merkle import EMPTY_ROOT
from images.models import AccessKey, AuditEvent, Checkpoint, ImageRequest, ServerListing, User
from images.months import Month
from images.vocabulary import Role
from tests.pages.reading import Answer
from tests.people import (
    Browse,
    make_call,
    make_export,
    make_key,
    make_person,
    make_request,
    make_session,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deaf_scp")]

SERVER_ID = "2b0c7a1e-9d3f-4c55-8a53-6a1f2f0e9b10"
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST")
OBJECTS = ("own", "another's", "absent")
PEOPLE = {
    "no role": Role.NONE,
    "auditor": Role.AUDITOR,
    "operator": Role.OPERATOR,
    "administrator": Role.ADMINISTRATOR,
}
By = tuple[int, int, int]


def any_of(status: int) -> By:
    """The same answer for one's own object, another's and an absent one."""
    return (status, status, status)


# Who meets what: own object, another's, an absent one.
UNKNOWN, FORBIDDEN, FOUND, MOVED = any_of(404), any_of(403), any_of(200), any_of(302)
NOT_READY = any_of(503)  # no worker runs
OWN_PAGE, OWN_REFUSED, OWN_DONE = (200, 404, 404), (422, 404, 404), (302, 404, 404)
READABLE = (200, 200, 404)


@dataclass(frozen=True)
class Row:
    """The statuses of one address and method. What is not in the table is 405, or 302."""

    no_role: By
    auditor: By
    operator: By
    administrator: By
    anonymous: int = 302  # to the sign-in page

    def of(self, who: str) -> By:
        found: By = getattr(self, who.replace(" ", "_"))
        return found


KEY_READ = Row(UNKNOWN, FORBIDDEN, OWN_PAGE, OWN_PAGE)
KEY_TYPED = Row(UNKNOWN, FORBIDDEN, OWN_REFUSED, OWN_REFUSED)  # an empty form comes back
KEY_ACT = Row(UNKNOWN, FORBIDDEN, OWN_DONE, OWN_DONE)
REQUEST_READ = Row(UNKNOWN, READABLE, OWN_PAGE, READABLE)
FOR_ALL = Row(MOVED, MOVED, MOVED, MOVED)
SIGN_IN = Row(MOVED, MOVED, MOVED, MOVED, anonymous=200)

FOR_ROLES = Row(UNKNOWN, FOUND, FOUND, FOUND)
FOR_NOBODY = Row(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)

NO_SERVICE = Row(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, anonymous=404)
SETTLING = Row(UNKNOWN, FORBIDDEN, OWN_DONE, (302, 302, 404))


def read(row: Row) -> dict[str, Row]:
    """A page answers HEAD as it answers GET."""
    return {"GET": row, "HEAD": row}


ADMINISTRATORS = Row(UNKNOWN, FORBIDDEN, FORBIDDEN, FOUND)
PERSON_ACT = Row(UNKNOWN, FORBIDDEN, FORBIDDEN, (302, 302, 404))
OWN_EXPORT = Row(UNKNOWN, OWN_PAGE, OWN_PAGE, OWN_PAGE)
EXPORTS = {
    **read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "POST": Row(UNKNOWN, any_of(422), any_of(422), any_of(422)),
}
TABLE: dict[str, dict[str, Row]] = {
    "home": read(Row(FOUND, MOVED, MOVED, MOVED)),
    "healthz": read(Row(FOUND, FOUND, FOUND, FOUND, anonymous=200)),
    "readyz": read(Row(NOT_READY, NOT_READY, NOT_READY, NOT_READY, anonymous=503)),
    "metrics": read(Row(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, anonymous=404)),  # it is off
    "account_login": {**read(SIGN_IN), "POST": SIGN_IN},
    # Without OIDC_ISSUER there is none.
    "single-sign-on": {"GET": NO_SERVICE},
    "single-sign-on-return": {"GET": NO_SERVICE},
    "account_logout": {"POST": FOR_ALL},
    "account": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "account_reauthenticate": {
        **read(Row(FOUND, FOUND, FOUND, FOUND)),
        "POST": Row(FOUND, FOUND, FOUND, FOUND),  # an empty form comes back
    },
    "account_change_password": {
        **read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
        "POST": Row(UNKNOWN, any_of(422), any_of(422), any_of(422)),
    },
    "mfa_index": read(FOR_ROLES),
    "mfa_activate_totp": {
        **read(FOR_ROLES),
        "POST": Row(UNKNOWN, any_of(422), any_of(422), any_of(422)),
    },
    "mfa_totp_picture": read(FOR_NOBODY),  # there is one only while an app is set up
    "mfa_add_webauthn": read(FOR_NOBODY) | {"POST": FOR_NOBODY},  # not on plain http
    "mfa_creation": {"POST": FOR_ROLES},
    "mfa_codes": read(Row(UNKNOWN, MOVED, MOVED, MOVED)),
    "mfa_codes_file": read(FOR_NOBODY),  # for who has just made them
    "mfa_codes_kept": {"POST": Row(UNKNOWN, MOVED, MOVED, MOVED)},
    "mfa_new_codes": {**read(FOR_ROLES), "POST": Row(UNKNOWN, MOVED, MOVED, MOVED)},
    "mfa_remove": {
        **read(Row(UNKNOWN, OWN_PAGE, OWN_PAGE, OWN_PAGE)),
        "POST": Row(UNKNOWN, OWN_DONE, OWN_DONE, OWN_DONE),
    },
    "mfa_reauthenticate": {
        **read(Row(FOUND, FOUND, FOUND, FOUND)),
        "POST": Row(any_of(422), any_of(422), any_of(422), any_of(422)),
    },
    "mfa_authenticate": {**read(FOR_ALL), "POST": FOR_ALL},
    "mfa_leave": {"POST": FOR_ALL},
    "mfa_login_webauthn": {"POST": FOR_ALL},
    "mfa_question": {"POST": Row(FOUND, FOUND, FOUND, FOUND, anonymous=200)},
    "account-theme": {"POST": FOR_ALL},
    "account-shortcuts": {
        **read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
        "POST": Row(UNKNOWN, MOVED, MOVED, MOVED),
    },
    "set_language": {"POST": FOR_ALL},
    # Here is no link, so it works as little as a dead one.
    "password-link": {
        **read(Row(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, anonymous=404)),
        "POST": Row(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, anonymous=404),
    },
    "settings": read(Row(UNKNOWN, MOVED, MOVED, MOVED)),  # to the tab that everybody has
    "console-settings": read(ADMINISTRATORS),
    "person-list": read(ADMINISTRATORS),
    "person-new": {
        **read(ADMINISTRATORS),
        "POST": Row(UNKNOWN, FORBIDDEN, FORBIDDEN, any_of(422)),
    },
    "person-detail": read(Row(UNKNOWN, FORBIDDEN, FORBIDDEN, READABLE)),
    "person-role": {"POST": Row(UNKNOWN, FORBIDDEN, FORBIDDEN, (422, 422, 404))},
    "person-disable": {"POST": PERSON_ACT},
    "person-enable": {"POST": PERSON_ACT},
    "person-factors": {"POST": PERSON_ACT},
    "person-reset": {"POST": Row(UNKNOWN, FORBIDDEN, FORBIDDEN, (302, 200, 404))},
    "person-sessions": {"POST": PERSON_ACT},
    "session-list": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "session-end": {"POST": Row(UNKNOWN, OWN_DONE, OWN_DONE, OWN_DONE)},
    "session-end-others": {"POST": Row(UNKNOWN, MOVED, MOVED, MOVED)},
    "session-state": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "session-stay": {"POST": Row(UNKNOWN, FOUND, FOUND, FOUND)},
    "key-list": read(Row(UNKNOWN, FORBIDDEN, FOUND, FOUND)),
    "key-new": {
        **read(Row(UNKNOWN, FORBIDDEN, FOUND, FOUND)),
        "POST": Row(UNKNOWN, FORBIDDEN, any_of(422), any_of(422)),
    },
    "key-detail": read(KEY_READ),
    "key-edit": {**read(KEY_READ), "POST": KEY_TYPED},
    "key-test": {"POST": KEY_ACT},
    "key-disable": {"POST": KEY_ACT},
    "server-list": read(KEY_READ),
    "server-refresh": {"POST": KEY_ACT},
    "request-new": {**read(KEY_READ), "POST": KEY_TYPED},
    # A part of the form; as a page it leads to the form.
    "request-checks": read(Row(UNKNOWN, FORBIDDEN, OWN_DONE, OWN_DONE)),
    "draft-keep": {"POST": Row(UNKNOWN, FORBIDDEN, (400, 404, 404), (400, 404, 404))},
    "draft-start-over": {"POST": KEY_ACT},
    "request-list": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    # Parts of pages; as pages they lead to the list of requests.
    "activity": read(Row(UNKNOWN, MOVED, MOVED, MOVED)),
    "activity-list": read(Row(UNKNOWN, MOVED, MOVED, MOVED)),
    "request-detail": read(REQUEST_READ),
    "request-progress": read(REQUEST_READ),
    "request-sent": read(REQUEST_READ),
    "request-received": read(REQUEST_READ),
    "request-cloud": read(REQUEST_READ),
    "request-integrity": read(REQUEST_READ),
    "request-body": {"GET": REQUEST_READ},  # to open a body is an act of its own
    "request-withdraw": {"POST": Row(UNKNOWN, FORBIDDEN, OWN_DONE, (302, 403, 404))},
    # Nothing to settle here, so both lead back to the request.
    "request-look": {"POST": SETTLING},
    "request-settle": {**read(SETTLING), "POST": SETTLING},
    "history": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "history-newer": read(Row(UNKNOWN, MOVED, MOVED, MOVED)),  # a part of the history
    "checkpoint-list": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "checkpoint-note": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "event-detail": read(REQUEST_READ),
    # No checkpoint covers it yet, so it leads back to the event.
    "event-proof": read(Row(UNKNOWN, (302, 302, 404), OWN_DONE, (302, 302, 404))),
    "export-list": EXPORTS,
    "export-create": EXPORTS,  # the same address
    "export-new": read(Row(UNKNOWN, FOUND, FOUND, FOUND)),
    "export-detail": read(OWN_EXPORT),
    "export-progress": read(OWN_EXPORT),
    "export-file": {"GET": OWN_EXPORT},  # to download is an act of its own
    "review-list": read(Row(UNKNOWN, FOUND, FORBIDDEN, FOUND)),
    "review-detail": {
        **read(Row(UNKNOWN, FOUND, FORBIDDEN, FOUND)),
        "POST": Row(UNKNOWN, any_of(422), FORBIDDEN, FORBIDDEN),
    },
}
# All that answers somebody who is not signed in, whatever the method.
OPEN_TO_ALL = {
    "single-sign-on",
    "single-sign-on-return",
    "healthz",
    "metrics",
    "account_login",
    "account_logout",
    "password-link",
    "readyz",
    "account-theme",
    "set_language",
    "mfa_authenticate",
    "mfa_leave",
    "mfa_login_webauthn",
    "mfa_question",
}
# Addresses where the object matters; on the others every column means the same.
OBJECT_NAMES = (
    *("key-", "request-", "server-", "event-", "export-detail", "export-progress", "export-file"),
    *("mfa_remove", "person-", "session-end", "draft-"),
)
WITH_OBJECT = [name for name in TABLE if name.startswith(OBJECT_NAMES)]


@dataclass(frozen=True)
class Things:
    """Ids to put into an address."""

    key: uuid.UUID
    asked: uuid.UUID
    event: int
    export: uuid.UUID
    factor: int
    person: uuid.UUID
    session: int


ABSENT = Things(
    uuid.UUID(int=1), uuid.UUID(int=2), 10**9, uuid.UUID(int=3), 10**9, uuid.UUID(int=4), 10**9
)


def things_of(person: User) -> Things:
    key = make_key(person)
    row = {"id": SERVER_ID, "name": "web01", "state": "ACTIVE"}
    ServerListing.objects.create(key=key, servers=[row], read_at=timezone.now())
    asked = make_request(key)
    make_call(asked)
    # It covers no event, as far as proofs go.
    Checkpoint.objects.create(size=0, root=EMPTY_ROOT, note="a note", signed_at=timezone.now())
    with AuditEvent.objects.act():
        event = AuditEvent.objects.append("key.added", actor=person, key=key, target=key.alias)
    factor = Authenticator.objects.create(user=person, type="totp", data={"secret": "sealed"})
    export, session = make_export(person), make_session(person)
    return Things(key.pk, asked.pk, event.sequence, export.pk, factor.pk, person.pk, session.pk)


def address(name: str, things: Things) -> str:
    match name:
        case "key-list" | "key-new" | "request-list" | "person-list" | "person-new":
            return reverse(name)
        case "request-new" | "request-checks" | "draft-keep" | "draft-start-over":
            return reverse(name, args=[things.key, SERVER_ID])
        case "server-list":
            return f"{reverse(name)}?key={things.key}"
        case "checkpoint-note":
            return reverse(name, args=[Checkpoint.objects.order_by("pk")[0].pk])
        case "request-body":
            return reverse(name, args=[things.asked, 1, "request"])
        case "export-list" | "export-create" | "export-new":
            return reverse(name)
        case "mfa_remove":
            return reverse(name, args=[things.factor])
        case "session-end":
            return reverse(name, args=[things.session])
        case "review-detail":
            return reverse(name, args=[str(Month.of(timezone.now()))])
    if name.startswith("key-"):
        return reverse(name, args=[things.key])
    if name.startswith("person-"):
        return reverse(name, args=[things.person])
    if name.startswith("export-"):
        return reverse(name, args=[things.export])
    if name.startswith("event-"):
        return reverse(name, args=[things.event])
    return reverse(name, args=[things.asked] if name.startswith("request-") else [])


def call(browser: Client, method: str, name: str, things: Things) -> Answer:
    data = {"key": things.key} if name == "server-refresh" and method == "POST" else None
    if data:
        return browser.post(address(name, things), data)
    return browser.generic(method, address(name, things))


class Cast:
    """One person of each role, somebody else, and what belongs to each."""

    def __init__(self, who: str) -> None:
        self.person = make_person("person", PEOPLE[who])
        another = make_person("another", Role.OPERATOR)
        things = (things_of(self.person), things_of(another), ABSENT)
        self.things = dict(zip(OBJECTS, things, strict=True))


def named_addresses(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named_addresses(pattern)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name, so the table cannot hold it"
            yield pattern.name


def test_the_table_holds_every_address() -> None:
    assert sorted(named_addresses(get_resolver())) == sorted(TABLE)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", TABLE)
def test_everybody_meets_what_the_table_says(browse: Browse, name: str, who: str) -> None:
    cast = Cast(who)
    browser = browse(cast.person)
    wanted, met = {}, {}
    for method in METHODS:
        row = TABLE[name].get(method)
        statuses = row.of(who) if row else any_of(405)
        for kind, status in zip(OBJECTS, statuses, strict=True):
            if name == "account_logout":  # it ends the session of the next call
                browser = browse(cast.person)
            wanted[method, kind] = status
            met[method, kind] = call(browser, method, name, cast.things[kind]).status_code
    assert met == wanted


@pytest.mark.parametrize("name", TABLE)
def test_strangers_meet_the_sign_in_page(client: Client, name: str) -> None:
    things = things_of(make_person("another", Role.OPERATOR))
    for method in METHODS:
        answer = call(client, method, name, things)
        row = TABLE[name].get(method)
        if name in OPEN_TO_ALL:
            assert answer.status_code == (row.anonymous if row else 405), method
        else:
            assert answer.status_code == 302, method
            assert answer["Location"].startswith(f"{reverse('account_login')}?next="), method


@pytest.mark.parametrize("who", ["operator", "administrator", "no role", "auditor"])
@pytest.mark.parametrize("name", WITH_OBJECT)
def test_anothers_object_answers_as_an_absent_one(browse: Browse, name: str, who: str) -> None:
    cast = Cast(who)
    browser = browse(cast.person)
    for method, row in TABLE[name].items():
        _own, foreign, absent = row.of(who)
        if foreign == absent:
            first = call(browser, method, name, cast.things["another's"])
            second = call(browser, method, name, cast.things["absent"])
            assert told(first) == told(second), method


@pytest.mark.parametrize("who", ["anonymous", "no role", "auditor"])
def test_who_may_not_ask_changes_nothing(browse: Browse, client: Client, who: str) -> None:
    cast = Cast("operator" if who == "anonymous" else who)
    browser = client if who == "anonymous" else browse(cast.person)
    before = everything()
    for name in TABLE:
        for kind in OBJECTS:
            # one's own to end or to change
            is_own = who == "auditor" and name.startswith(("mfa_", "session-end"))
            if name != "account_logout" and not is_own:
                browser.post(address(name, cast.things[kind]), plausible(cast.things[kind]))
    assert everything() == before


def test_one_persons_post_leaves_anothers_things_alone(browse: Browse) -> None:
    cast = Cast("operator")
    browser = browse(cast.person)
    theirs = cast.things["another's"]
    before = rows_of(theirs)
    for name in WITH_OBJECT:
        browser.post(address(name, theirs), plausible(theirs))
    assert rows_of(theirs) == before


def plausible(things: Things) -> dict[str, Any]:
    """What any of our forms would send: valid wherever it is let in."""
    return {
        "key": things.key,
        "alias": "a new alias",
        "place": "e/kr-west1",
        "access_key": "ANOTHERKEY",
        "secret_key": "another-secret",
        "api_version": "1.2",
        "image_name": "web01-plausible",
        "reason": "because",
        "form_token": uuid.uuid4(),
        "role": "auditor",
        "name": "somebody",
        "theme": "dark",
        "language": "ko",
    }


def everything() -> dict[str, list[dict[str, Any]]]:
    """All records but those that tell of a refusal: that somebody tried is recorded."""
    found = {}
    for model in apps.get_app_config("images").get_models():
        rows = model._default_manager.order_by("pk")
        if model is AuditEvent:
            rows = rows.exclude(action="access.refused")
        found[model.__name__] = list(rows.values())
    return found


def rows_of(things: Things) -> tuple[list[Any], ...]:
    return (
        list(AccessKey.objects.filter(pk=things.key).values()),
        list(ServerListing.objects.filter(key=things.key).values()),
        list(ImageRequest.objects.filter(key=things.key).values()),
        list(Authenticator.objects.filter(pk=things.factor).values()),
        list(User.objects.filter(pk=things.person).values()),
    )


def told(answer: Answer) -> tuple[int, list[str], str]:
    """Status, header names and body, without what differs from answer to answer."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    body = re.sub(r'data-at="\d+"', "", body)  # when what is under way was read
    body = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", body)
    return answer.status_code, sorted(answer.headers), body
