"""Access keys: add, change, disable, try; what our rules forbid."""

from typing import Any

import pytest
from pytest_django import Settings

from images.models import AccessKey, ApiHost, AuditEvent, User
from images.scp.endpoints import BadEndpoint
from images.scp.errors import Reason
from images.services import keys
from images.services.key_trial import try_key
from images.services.refusal import NotAllowed
from images.trial_report import trial_report
from images.vault import VaultError
from images.vocabulary import OwnReason
from scpconsole.sandbox import Sandbox
from tests.people import ACCESS_KEY, SECRET_KEY, make_key
from tests.services.asking import calls, closed_port
from tests.services.test_sending_never import OTHER_KEYRING


def add(actor: User, **changes: Any) -> AccessKey:
    values: dict[str, Any] = {
        "alias": "another",
        "environment": "e",
        "region": "kr-west1",
        "access_key": "ANOTHERACCESSKEY",
        "secret_key": "another-secret",
        "api_version": "1.3",
    }
    return keys.add(actor=actor, **{**values, **changes})


def events(key: AccessKey) -> list[str]:
    return list(
        AuditEvent.objects.filter(key=key).order_by("sequence").values_list("action", flat=True)
    )


class TestAdding:
    def test_both_halves_are_sealed_and_the_act_is_recorded(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        stored = AccessKey.objects.values().get(pk=alices_key.pk)
        assert ACCESS_KEY not in str(stored)
        assert SECRET_KEY not in str(stored)
        assert (stored["last4"], alices_key.hint) == (ACCESS_KEY[-4:], f"…{ACCESS_KEY[-4:]}")
        event = AuditEvent.objects.get(action="key.added")
        assert (event.actor_id, event.target) == (alices_key.owner_id, "alice's key")
        assert event.facts == {
            "fingerprint": alices_key.short_fingerprint,
            "environment": "e",
            "region": "kr-west1",
            "production": False,
        }
        assert scp.journal == []

    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            (
                {"alias": "alice's key"},
                "alias",
                "You already have an access key with this alias.",
            ),
            (
                {"access_key": ACCESS_KEY},
                "access_key",
                "You already have this access key for this region, as “alice's key”. "
                "If its secret is wrong there, disable that one first.",
            ),
            (
                {"api_version": "1.9"},
                "other_version",
                "SCP's host does not list API version 1.9. Choose one of the versions shown.",
            ),
            (
                {"api_version": "1.9", "region": "kr-north9"},
                "place",
                "The settings do not name this environment and region.",
            ),
        ],
    )
    def test_what_our_rules_forbid(
        self,
        alice: User,
        alices_key: AccessKey,
        changes: dict[str, str],
        field: str,
        sentence: str,
    ) -> None:
        with pytest.raises(NotAllowed) as refusal:
            add(alice, **changes)
        assert (refusal.value.field, refusal.value.sentence) == (field, sentence)
        assert AccessKey.objects.count() == AuditEvent.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"access_key": ACCESS_KEY, "region": "kr-east1"},
            {"access_key": ACCESS_KEY.lower()},
            {"alias": "Alice's key"},
        ],
    )
    def test_what_only_looks_the_same_is_allowed(
        self, alice: User, alices_key: AccessKey, changes: dict[str, str]
    ) -> None:
        assert add(alice, **changes).pk != alices_key.pk

    def test_another_person_may_hold_the_same_key_under_the_same_alias(
        self, dora: User, alices_key: AccessKey
    ) -> None:
        assert add(dora, alias="alice's key", access_key=ACCESS_KEY).owner == dora

    def test_a_disabled_key_may_be_added_again(self, alice: User, alices_key: AccessKey) -> None:
        keys.disable(actor=alice, key=alices_key)
        assert add(alice, access_key=ACCESS_KEY).fingerprint == alices_key.fingerprint

    def test_a_version_that_only_the_host_knows_is_asked_for_once(
        self, alice: User, scp: Sandbox
    ) -> None:
        scp.options.version_table = "2026-09"
        assert add(alice, api_version="1.5").api_version == "1.5"
        add(alice, alias="third", access_key="THIRD", api_version="1.4")
        assert calls(scp, "versions") == 1


class TestChanging:
    def test_alias_and_version_change_and_are_recorded(
        self, alice: User, alices_key: AccessKey
    ) -> None:
        keys.change(actor=alice, key=alices_key, alias="new", api_version="1.2")
        alices_key.refresh_from_db()
        assert (alices_key.alias, alices_key.api_version) == ("new", "1.2")
        event = AuditEvent.objects.get(action="key.changed")
        assert event.facts["before"] == {"alias": "alice's key", "api_version": "1.3"}
        assert event.facts["after"] == {"alias": "new", "api_version": "1.2"}

    def test_the_production_mark_is_set_and_taken_for_the_record(
        self, alice: User, alices_key: AccessKey
    ) -> None:
        for wanted in (True, True, False):
            keys.set_production(actor=alice, key=alices_key, is_production=wanted)
            alices_key.refresh_from_db()
            assert alices_key.is_production is wanted
        events = AuditEvent.objects.filter(action="key.production_set").order_by("sequence")
        assert [event.facts["production"] for event in events] == [True, False]

    def test_a_disabled_keys_mark_stays(self, alice: User, alices_key: AccessKey) -> None:
        keys.disable(actor=alice, key=alices_key)
        with pytest.raises(NotAllowed, match="A disabled key is not changed any more"):
            keys.set_production(actor=alice, key=alices_key, is_production=True)

    def test_nothing_new_is_no_event(self, alice: User, alices_key: AccessKey) -> None:
        keys.change(actor=alice, key=alices_key, alias="alice's key", api_version="1.3")
        assert events(alices_key) == ["key.added"]

    @pytest.mark.parametrize(
        ("alias", "version", "field"), [("taken", "1.3", "alias"), ("new", "1.9", "other_version")]
    )
    def test_what_our_rules_forbid(
        self, alice: User, alices_key: AccessKey, alias: str, version: str, field: str
    ) -> None:
        make_key(alice, alias="taken")
        with pytest.raises(NotAllowed) as refusal:
            keys.change(actor=alice, key=alices_key, alias=alias, api_version=version)
        assert refusal.value.field == field
        alices_key.refresh_from_db()
        assert (alices_key.alias, events(alices_key)) == ("alice's key", ["key.added"])

    def test_a_disabled_key_is_not_changed(self, alice: User, alices_key: AccessKey) -> None:
        keys.disable(actor=alice, key=alices_key)
        with pytest.raises(NotAllowed):
            keys.change(actor=alice, key=alices_key, alias="new", api_version="1.3")
        assert events(alices_key) == ["key.added", "key.disabled"]


class TestDisabling:
    def test_a_second_time_changes_nothing(self, alice: User, alices_key: AccessKey) -> None:
        keys.disable(actor=alice, key=alices_key)
        since = alices_key.disabled_at
        keys.disable(actor=alice, key=alices_key)
        assert alices_key.disabled_at == since
        assert events(alices_key) == ["key.added", "key.disabled"]


class TestOpening:
    def test_the_client_signs_with_the_key(self, alices_key: AccessKey, scp: Sandbox) -> None:
        assert keys.open_key(alices_key).list_servers(most_pages=1).rows
        assert scp.journal[0].access_key == ACCESS_KEY

    def test_a_lost_master(self, alices_key: AccessKey, settings: Settings) -> None:
        settings.KEYRING = OTHER_KEYRING
        with pytest.raises(VaultError):
            keys.open_key(alices_key)

    def test_a_place_that_is_not_configured(
        self, alices_key: AccessKey, settings: Settings
    ) -> None:
        settings.SCP_ENVIRONMENTS = {"e": ("kr-east1",)}
        with pytest.raises(BadEndpoint):
            keys.open_key(alices_key)
        assert not alices_key.is_configured


class TestTrying:
    def test_a_key_that_works(self, alice: User, alices_key: AccessKey, scp: Sandbox) -> None:
        assert try_key(actor=alice, key=alices_key, language="en-US")
        alices_key.refresh_from_db()
        assert alices_key.last_test is not None
        assert alices_key.last_test["works"] is True
        assert abs(alices_key.last_test["skew_seconds"]) < 5
        assert ApiHost.objects.get().url == str(ApiHost.objects.get()) == scp.url
        assert events(alices_key)[-1] == "key.tested"

    def test_a_host_without_a_version_list_is_no_failure_of_the_key(
        self, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.options.versions_fail = 404
        assert try_key(actor=alice, key=alices_key, language="en-US")
        assert not ApiHost.objects.exists()

    def test_scps_refusal_is_kept_with_its_ids(
        self, alice: User, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        scp.faults.add("status", status=403, kind="list_servers")
        assert not try_key(actor=alice, key=alices_key, language="en-US")
        kept = alices_key.last_test
        assert kept is not None
        assert (kept["reason"], kept["status"], kept["code"]) == ("forbidden", 403, "Forbidden")
        assert set(kept["request_ids"]) == {"request_id", "global_request_id"}
        report = trial_report(kept)
        assert report is not None
        assert report.tone == "bad"

    def test_a_host_that_cannot_be_reached(
        self, alice: User, alices_key: AccessKey, settings: Settings
    ) -> None:
        settings.SCP_URL_TEMPLATE = f"http://127.0.0.1:{closed_port()}"
        assert not try_key(actor=alice, key=alices_key, language="en-US")
        assert alices_key.last_test is not None
        assert alices_key.last_test["reason"] == Reason.CONNECT

    @pytest.mark.parametrize(
        ("setting", "value", "reason"),
        [
            ("KEYRING", OTHER_KEYRING, OwnReason.KEY_UNREADABLE),
            ("SCP_ENVIRONMENTS", {"g": ("kr-south1",)}, OwnReason.PLACE_UNKNOWN),
        ],
    )
    def test_our_own_trouble_calls_nobody(
        self,
        alice: User,
        alices_key: AccessKey,
        scp: Sandbox,
        settings: Settings,
        setting: str,
        value: object,
        reason: OwnReason,
    ) -> None:
        setattr(settings, setting, value)
        assert not try_key(actor=alice, key=alices_key, language="en-US")
        assert alices_key.last_test is not None
        assert alices_key.last_test["reason"] == reason
        assert scp.journal == []
