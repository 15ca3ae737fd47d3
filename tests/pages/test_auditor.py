"""The auditor reads and exports everything but keys, and changes nothing: on every address."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.utils import timezone

from images.models import AccessKey, AuditEvent, ServerListing, User
from images.months import Month
from images.vocabulary import State
from tests.pages.reading import actions, links, text
from tests.people import Browse, make_call, make_key, make_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deaf_scp")]

SERVER_ID = "2b0c7a1e-9d3f-4c55-8a53-6a1f2f0e9b10"
# What an auditor may send: the own session, second factors and settings, an export, a review.
MAY_POST = {
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_codes_kept",
    "mfa_creation",
    "mfa_leave",
    "mfa_login_webauthn",
    "mfa_new_codes",
    "mfa_question",
    "mfa_reauthenticate",
    "account-theme",
    "password-link",  # for whoever holds a link, and here is none
    "account-shortcuts",
    "set_language",
    "session-end-others",
    "session-stay",
    "review-detail",
    "export-list",
    "export-create",
    "export-new",
}
ABSENT = 10**9
REFUSED = {403, 404, 405}
FORM = {
    "alias": "a new alias",
    "place": "e/kr-west1",
    "access_key": "ANOTHERKEY",
    "secret_key": "another-secret",
    "api_version": "1.2",
    "image_name": "web01-plausible",
    "reason": "because",
    "image_id": "none",
    "comment": "because",
}


class Alices:
    """A key of Alice's and a request that waits for a person, with all that belongs to them."""

    def __init__(self, alice: User) -> None:
        self.key = make_key(alice, alias="the key of alice", last_tested_at=timezone.now())
        row = {"id": SERVER_ID, "name": "web01", "state": "ACTIVE"}
        ServerListing.objects.create(key=self.key, servers=[row], read_at=timezone.now())
        self.asked = make_request(
            self.key, state=State.UNKNOWN, needs_person=True, server_id=SERVER_ID
        )
        self.recorded = make_request(self.key)
        make_call(self.asked)
        with AuditEvent.objects.act():
            self.event = AuditEvent.objects.append("key.added", actor=alice, key=self.key)


@pytest.fixture
def alices(alice: User) -> Alices:
    return Alices(alice)


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern)
        elif isinstance(pattern, URLPattern):
            yield pattern


PATTERNS = {pattern.name or "": pattern for pattern in patterns(get_resolver())}


def addresses(name: str, alices: Alices) -> list[str]:
    """Return the pattern's addresses with ids of what there is to find."""
    route = PATTERNS[name].pattern
    found = []
    for asked in (alices.asked, alices.recorded):
        arguments: dict[str, object] = {}
        for argument, converter in route.converters.items():
            if isinstance(converter, IntConverter):
                arguments[argument] = alices.event.sequence if argument == "sequence" else ABSENT
            elif isinstance(converter, UUIDConverter):
                is_of_key = name.startswith("key-") or argument == "key_pk"
                own = alices.key.pk if is_of_key else asked.pk
                arguments[argument] = SERVER_ID if argument == "server_id" else own
            else:
                month = str(Month.of(timezone.now()))
                arguments[argument] = month if argument == "month" else "request"
        found.append(reverse(name, kwargs=arguments))
    return found


def test_every_address_is_tried() -> None:
    assert len(PATTERNS) > 25
    assert "" not in PATTERNS


@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - MAY_POST))
def test_every_other_post_is_refused_and_changes_nothing(
    bob: User, alices: Alices, browse: Browse, name: str
) -> None:
    browser = browse(bob)
    before = everything()
    for address in addresses(name, alices):
        for form in ({}, {**FORM, "key": alices.key.pk, "form_token": uuid.uuid4()}):
            assert browser.post(address, form).status_code in REFUSED, address
            htmx = browser.post(address, form, headers={"HX-Request": "true"})
            assert htmx.status_code in REFUSED, address
        for method in ("put", "patch", "delete"):
            assert getattr(browser, method)(address).status_code in REFUSED, address
    assert everything() == before


@pytest.mark.parametrize("name", sorted(name for name in PATTERNS if name.startswith("key-")))
def test_the_addresses_of_keys_show_the_auditor_nothing(
    bob: User, alices: Alices, browse: Browse, name: str
) -> None:
    for address in addresses(name, alices):
        answer = browse(bob).get(address)
        assert answer.status_code in REFUSED
        assert "the key of alice" not in text(answer)


@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - {"account_logout", "export-file"}))
def test_no_page_of_the_auditors_leads_to_a_key_or_offers_another_act(
    bob: User, alices: Alices, browse: Browse, name: str
) -> None:
    browser = browse(bob)
    allowed = {reverse(each) for each in MAY_POST - {"review-detail"}}
    allowed |= {
        *addresses("review-detail", alices),
        "",
        reverse("history"),
        reverse("request-list"),
    }
    for address in addresses(name, alices):
        answer = browser.get(address)
        if not answer["Content-Type"].startswith("text/html"):
            continue
        assert not [link for link in links(answer) if re.match(r"/(keys|servers)/", link)]
        assert {action.partition("?")[0] for action in actions(answer)} <= allowed
        assert_no_key(text(answer), alices.key)


def assert_no_key(page: str, key: AccessKey) -> None:
    for hidden in (key.sealed_access_key, key.sealed_secret_key, key.fingerprint, key.hint):
        assert hidden not in page


def everything() -> dict[str, list[dict[str, Any]]]:
    """All records but those that tell of a refusal: that somebody tried is recorded."""
    found = {}
    for model in apps.get_app_config("images").get_models():
        rows = model._default_manager.order_by("pk")
        if model is AuditEvent:
            rows = rows.exclude(action="access.refused")
        found[model.__name__] = list(rows.values())
    return found
