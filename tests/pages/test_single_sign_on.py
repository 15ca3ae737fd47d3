"""Single sign-on against a service over real HTTP: who was added comes in, nobody else."""

import http.client
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser as Chromium
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from images.models import AuditEvent, User
from images.services import single_sign_on
from images.services.people import remove_name
from images.services.refusal import NotAllowed
from images.vocabulary import Role
from tests.authenticator_app import code_of, start_of_a_step
from tests.factors import APP_SECRET, give_app
from tests.oidc_double import CLIENT_ID, CLIENT_SECRET, OidcDouble
from tests.pages.reading import Answer, links, words
from tests.people import Browse, make_person

pytestmark = pytest.mark.django_db

BEGIN, RETURN = reverse("single-sign-on"), reverse("single-sign-on-return")
LOGIN, HOME = reverse("account_login"), reverse("home")
FAILED = "The sign-in at Example ID did not come about. Ask an administrator."
NOBODY = "Nobody was added here with the e-mail address of your account."


@pytest.fixture
def service(settings: Settings) -> Iterator[OidcDouble]:
    with OidcDouble() as running:
        settings.OIDC_ISSUER, settings.OIDC_NAME = running.url, "Example ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        yield running


@pytest.fixture
def alice(alice: User) -> User:
    User.objects.filter(pk=alice.pk).update(email="Alice@Example.com")
    alice.refresh_from_db()
    return alice


def way_back(address: str) -> str:
    """Go to the service as a browser does, and return where it leads."""
    parts = urlsplit(address)
    wire = http.client.HTTPConnection(parts.netloc, timeout=10)
    wire.request("GET", f"{parts.path}?{parts.query}")
    answer = wire.getresponse()
    wire.close()
    assert answer.status == 302
    return str(answer.getheader("Location")).removeprefix("http://testserver")


def sign_in(browser: Client, *, next_url: str = "") -> Answer:
    there = browser.get(BEGIN, {"next": next_url} if next_url else {})["Location"]
    return browser.get(way_back(there))


def is_signed_in(browser: Client) -> bool:
    return browser.get(reverse("account")).status_code == 200


def events(*actions: str) -> list[tuple[str, str, dict[str, Any]]]:
    found = AuditEvent.objects.filter(action__in=actions).order_by("sequence")
    return [(each.action, each.target, each.facts) for each in found]


class TestComingIn:
    def test_the_first_time_by_the_verified_address(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        assert sign_in(client)["Location"] == HOME
        assert is_signed_in(client)
        assert events("session.linked", "session.signed_in") == [
            ("session.linked", str(alice.pk), {}),
            ("session.signed_in", "", {"method": "single_sign_on"}),
        ]

    def test_ever_after_by_issuer_and_subject(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        sign_in(Client())
        service.person["email"] = "new@example.com"
        assert sign_in(client)["Location"] == HOME
        assert len(events("session.linked")) == 1

    def test_nothing_of_the_person_is_kept_but_the_account(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        service.person["name"] = "Alice Example"
        sign_in(client)
        account = SocialAccount.objects.get()
        assert account.extra_data == {"iss": service.url, "sub": "248289761001"}
        assert alice.password == User.objects.get().password

    def test_the_session_id_changes_and_it_leads_back(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        there = client.get(BEGIN, {"next": "/history/?q=1"})["Location"]
        before = client.session.session_key
        assert client.get(way_back(there))["Location"] == "/history/?q=1"
        assert client.session.session_key != before

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
    def test_it_leads_nowhere_else(
        self, alice: User, service: OidcDouble, client: Client, elsewhere: str
    ) -> None:
        assert sign_in(client, next_url=elsewhere)["Location"] == HOME

    def test_the_address_may_come_from_userinfo(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        service.token_changes = {"email": None, "email_verified": None}
        assert sign_in(client)["Location"] == HOME

    def test_pkce_and_state_are_asked_for(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        sign_in(client)
        (asked,) = service.asked
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 16
        assert asked["redirect_uri"] == f"http://testserver{RETURN}"
        assert set(asked["scope"].split()) == {"openid", "profile", "email"}

    def test_a_browser_cannot_ask_for_more(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        query = {"scope": "admin", "auth_params": "acr_values=0", "process": "connect"}
        way_back(client.get(BEGIN, query)["Location"])
        assert "admin" not in service.asked[0]["scope"]
        assert "acr_values" not in service.asked[0]


class TestNotComingIn:
    @pytest.mark.parametrize(
        "person",
        [
            {"email": "stranger@example.com"},
            {"email_verified": False},
            {"email_verified": "true"},
            {"email_verified": None},
            {"email": None},
            {"email": 7},
            {"email": ""},
        ],
    )
    def test_who_was_not_added_is_told_so(
        self, alice: User, service: OidcDouble, client: Client, person: dict[str, Any]
    ) -> None:
        service.person.update(person)
        answer = sign_in(client)
        assert answer.status_code == 403
        assert NOBODY in words(answer)
        assert LOGIN in links(answer)
        assert not is_signed_in(client)
        assert User.objects.count() == 1
        assert events("session.failed") == [("session.failed", "", {"reason": "not_added"})]

    def test_an_address_of_two_people_is_nobodys(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        User.objects.create_user("alice2", email="alice@example.com", role=Role.OPERATOR)
        assert NOBODY in words(sign_in(client))

    def test_another_account_with_the_same_address_is_nobodys(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        sign_in(Client())
        service.person["sub"] = "another"
        assert NOBODY in words(sign_in(client))

    def test_the_same_subject_of_another_issuer_is_somebody_else(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        sign_in(Client())
        SocialAccount.objects.update(uid="0" * 64, extra_data={"iss": "https://old.example"})
        sign_in(client)
        assert SocialAccount.objects.count() == 2

    def test_a_disabled_account_is_told_so(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        sign_in(Client())
        User.objects.update(is_active=False)
        assert "This account is disabled." in words(sign_in(client))
        assert not is_signed_in(client)
        assert events("session.failed") == [
            ("session.failed", str(alice.pk), {"reason": "disabled"})
        ]

    def test_a_person_whose_name_was_removed_is_not_linked_any_more(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        sign_in(Client())
        remove_name(name="alice")
        assert not SocialAccount.objects.exists()
        assert NOBODY in words(sign_in(client))


class TestTheProtocol:
    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://evil.example"},
            {"aud": "another-client"},
            {"exp": 1},
            {"exp": None},
            {"sub": None},
            {"azp": "another-client"},
        ],
    )
    def test_a_token_for_others_is_refused(
        self, alice: User, service: OidcDouble, client: Client, changes: dict[str, Any]
    ) -> None:
        service.token_changes = changes
        assert FAILED in words(sign_in(client))
        assert not is_signed_in(client)
        assert events("session.failed") == [("session.failed", "", {"reason": "single_sign_on"})]

    @pytest.mark.parametrize(
        "fault",
        [
            {"signs_with_strangers_key": True},
            {"key_id": "unknown"},
            {"algorithm": "HS256"},
            {"algorithm": "none"},
            {"refuses": "access_denied"},
            {"refuses": "server_error"},
            {"config_changes": {"issuer": "https://evil.example"}},
            {"config_changes": {"jwks_uri": "https://evil.example/keys"}},
        ],
    )
    def test_what_is_wrong_lets_nobody_in(
        self, alice: User, service: OidcDouble, client: Client, fault: dict[str, Any]
    ) -> None:
        there = client.get(BEGIN)["Location"]
        for name, value in fault.items():
            setattr(service, name, value)
        answer = client.get(way_back(there))
        assert answer.status_code == 403
        assert FAILED in words(answer)
        assert not is_signed_in(client)

    @pytest.mark.parametrize(
        "changes",
        [
            {"issuer": "https://evil.example"},
            {"authorization_endpoint": "https://evil.example/authorize"},
            {"token_endpoint": "http://127.0.0.1:9/token"},
            {"jwks_uri": None},
        ],
    )
    def test_a_description_that_leads_elsewhere_is_not_followed(
        self, service: OidcDouble, client: Client, db: None, changes: dict[str, Any]
    ) -> None:
        service.config_changes = changes
        assert FAILED in words(client.get(BEGIN))
        assert service.calls == ["/.well-known/openid-configuration"]

    def test_userinfo_of_somebody_else_is_refused(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        service.token_changes = {"email": None}
        service.told = {"sub": "another"}
        assert FAILED in words(sign_in(client))

    def test_userinfo_elsewhere_is_not_asked(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        service.token_changes = {"email": None}
        service.config_changes = {"userinfo_endpoint": "http://127.0.0.1:9/userinfo"}
        assert FAILED in words(sign_in(client))

    def test_a_redirect_is_not_followed(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        there = client.get(BEGIN)["Location"]
        back = way_back(there)
        service.config_changes = {"jwks_uri": f"{service.url}/authorize?state=1&redirect_uri=/keys"}
        assert FAILED in words(client.get(back))
        assert "/keys" not in service.calls

    def test_an_answer_that_is_no_object_is_refused(
        self, service: OidcDouble, client: Client, db: None, settings: Settings
    ) -> None:
        service._config = list  # type: ignore[method-assign,assignment]  # a JSON list
        assert FAILED in words(client.get(BEGIN))

    def test_a_service_that_is_away_is_said(
        self, client: Client, db: None, service: OidcDouble, settings: Settings
    ) -> None:
        settings.OIDC_ISSUER = "http://127.0.0.1:9"
        assert FAILED in words(client.get(BEGIN))

    def test_a_state_is_good_once_and_in_its_own_browser(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        back = way_back(client.get(BEGIN)["Location"])
        assert FAILED in words(Client().get(back))
        assert client.get(back)["Location"] == HOME
        assert FAILED in words(Client().get(back))

    def test_a_flood_of_made_up_answers_is_one_event(
        self, service: OidcDouble, client: Client, db: None
    ) -> None:
        for number in range(5):
            assert client.get(RETURN, {"state": str(number), "code": "x"}).status_code == 403
        assert len(events("session.failed")) == 1
        assert service.calls == []

    def test_an_address_begins_thirty_times_a_minute(
        self, service: OidcDouble, client: Client, db: None
    ) -> None:
        met = [client.get(BEGIN).status_code for _ in range(32)]
        assert met == [302] * 30 + [429] * 2
        assert [path for _action, _target, path in events("session.limited")] == [{"path": BEGIN}]


class TestThePages:
    def test_the_button_leads_there_and_back(
        self, service: OidcDouble, client: Client, db: None
    ) -> None:
        page = client.get(LOGIN, {"next": "/history/?q=1"})
        assert "Sign in with Example ID" in words(page)
        assert f"{BEGIN}?next=%2Fhistory%2F%3Fq%3D1" in links(page)

    def test_without_a_service_there_is_none(self, client: Client, db: None) -> None:
        assert BEGIN not in links(client.get(LOGIN))
        SocialApp.objects.create(provider="openid_connect", name="of the database", client_id="x")
        assert client.get(BEGIN).status_code == 404

    def test_who_has_no_password_proves_it_there(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        sign_in(client)
        User.objects.update(password="!")
        sign_in(client)
        new_key = reverse("key-new")
        with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
            proof = client.get(client.get(new_key)["Location"])["Location"]
            assert proof == f"{BEGIN}?next=%2Fkeys%2Fnew%2F"
            there = client.get(proof)["Location"]
            asked = dict(parse_qsl(urlsplit(there).query))
            assert (asked["prompt"], asked["max_age"]) == ("login", "0")
            assert client.get(way_back(there))["Location"] == new_key
            assert client.get(new_key).status_code == 200

    def test_an_old_sign_in_there_is_no_fresh_proof_here(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        service.signed_in_at = int(time.time()) - 7200
        sign_in(client)
        User.objects.update(password="!")
        sign_in(client)
        new_key = reverse("key-new")
        assert client.get(new_key).status_code == 302
        there = client.get(client.get(client.get(new_key)["Location"])["Location"])["Location"]
        client.get(way_back(there.replace("prompt=login", "prompt=none")))
        assert client.get(new_key).status_code == 302  # whoever sits there took the question out
        there = client.get(client.get(client.get(new_key)["Location"])["Location"])["Location"]
        client.get(way_back(there))
        assert client.get(new_key).status_code == 200

    @pytest.mark.parametrize("told", [None, "lately", True])
    def test_a_service_that_does_not_say_when_proves_nothing(
        self, alice: User, service: OidcDouble, client: Client, told: object
    ) -> None:
        service.token_changes = {"auth_time": told}
        sign_in(client)
        assert is_signed_in(client)
        assert client.get(reverse("key-new")).status_code == 302

    def test_who_has_one_may_choose(
        self, alice: User, service: OidcDouble, client: Client, browse: Browse
    ) -> None:
        sign_in(client)
        page = client.get(reverse("account_reauthenticate"), {"next": "/keys/new/"})
        assert f"{BEGIN}?next=%2Fkeys%2Fnew%2F" in links(page)
        other = browse(make_person("erin", Role.OPERATOR))
        assert BEGIN not in words(other.get(reverse("account_reauthenticate")))


@pytest.mark.browser
def test_a_real_browser_goes_there_and_back(
    chromium: Chromium, live_server: LiveServer, settings: Settings, service: OidcDouble
) -> None:
    settings.CONSOLE_URL = live_server.url
    erin = make_person("erin", Role.OPERATOR)
    User.objects.filter(pk=erin.pk).update(email="alice@example.com")
    page = chromium.new_page(base_url=live_server.url, locale="en-US")
    page.goto(f"{LOGIN}?next=/history/")
    page.get_by_role("link", name="Sign in with Example ID").click()
    page.wait_for_url("**/history/")
    assert page.get_by_role("link", name="erin").is_visible()
    page.close()


@pytest.mark.parametrize("email", ["al\u0131ce@example.com", "alice@example\u017f.com"])
def test_an_address_that_only_looks_alike_is_another(alice: User, email: str) -> None:
    """PostgreSQL finds Alice by it."""
    own = email.replace("\u0131", "i").replace("\u017f", "s")
    User.objects.filter(pk=alice.pk).update(email=own)
    account = SocialAccount(uid="1", extra_data={"iss": "https://id.example", "sub": "1"})
    with pytest.raises(NotAllowed):
        single_sign_on.link(account=account, emails=[email])


class TestTheSecondFactor:
    def test_whoever_has_one_is_asked_for_it(
        self, alice: User, service: OidcDouble, client: Client
    ) -> None:
        give_app(alice)
        with time_machine.travel(start_of_a_step()):
            step = reverse("mfa_authenticate")
            assert sign_in(client, next_url="/history/")["Location"] == step
            assert not is_signed_in(client)
            assert client.post(step, {"code": code_of(APP_SECRET)})["Location"] == "/history/"
            assert is_signed_in(client)
        facts = [facts for _action, _target, facts in events("session.signed_in")]
        assert facts == [{"method": "single_sign_on", "second": "totp"}]
