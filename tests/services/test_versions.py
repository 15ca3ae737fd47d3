"""API versions: what the host said last over the built-in table."""

from datetime import date

import pytest
from django.utils import timezone

from images.models import AccessKey, ApiHost
from images.scp.versions import DEFAULT, SEED
from images.services import keys
from images.services.refusal import NotAllowed
from images.services.versions import known_versions, refresh, require_offered
from scpconsole.sandbox import Sandbox
from tests.services.asking import calls

PLACE = {"environment": "e", "region": "kr-west1"}


def numbers() -> list[str]:
    return [each.number for each in known_versions(**PLACE).versions]


class TestKnownVersions:
    def test_before_anybody_was_asked_the_built_in_table_stands(self, db: None) -> None:
        table = known_versions(**PLACE)
        assert (table.versions, table.read_at, table.default) == (SEED, None, DEFAULT)
        assert table.find("1.3") == SEED[0]
        assert table.find("1.9") is None

    def test_what_the_host_said_stands_over_it(self, alices_key: AccessKey, scp: Sandbox) -> None:
        scp.options.version_table = "2026-09"
        assert refresh(keys.open_key(alices_key), **PLACE)
        assert numbers() == ["1.5", "1.4", "1.3", "1.2", "1.1", "1.0"]
        table = known_versions(**PLACE)
        newest, older = table.find("1.5"), table.find("1.2")
        assert newest is not None
        assert older is not None
        assert (newest.status, newest.not_before) == ("CURRENT", None)
        assert (older.status, older.not_before) == ("DEPRECATED", date(2026, 8, 31))
        assert table.read_at is not None
        assert table.read_at <= timezone.now()

    def test_a_place_that_no_host_can_have_has_the_built_in_table(self, db: None) -> None:
        assert known_versions(environment="E!", region="kr-west1").read_at is None

    @pytest.mark.parametrize("trouble", [404, 503, "html"])
    def test_a_host_without_a_list_keeps_what_was_known(
        self, alices_key: AccessKey, scp: Sandbox, trouble: int | str
    ) -> None:
        client = keys.open_key(alices_key)
        scp.options.version_table = "2026-09"
        assert refresh(client, **PLACE)
        before = ApiHost.objects.values().get()
        scp.options.versions_fail = trouble
        assert not refresh(client, **PLACE)
        assert ApiHost.objects.values().get() == before

    def test_a_newer_list_takes_the_older_ones_place(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        client = keys.open_key(alices_key)
        refresh(client, **PLACE)
        scp.options.version_table = "2026-09"
        refresh(client, **PLACE)
        assert ApiHost.objects.count() == 1
        assert numbers()[0] == "1.5"

    def test_the_list_is_asked_for_without_a_signature(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        refresh(keys.open_key(alices_key), **PLACE)
        assert scp.journal[-1].access_key == ""


class TestRequireOffered:
    @pytest.mark.parametrize("number", [each.number for each in SEED])
    def test_a_built_in_version_asks_nobody(self, db: None, scp: Sandbox, number: str) -> None:
        require_offered(**PLACE, number=number)
        assert scp.journal == []

    def test_an_unknown_one_makes_us_ask_the_host(self, db: None, scp: Sandbox) -> None:
        scp.options.version_table = "2026-09"
        require_offered(**PLACE, number="1.5")
        require_offered(**PLACE, number="1.5")
        assert calls(scp, "versions") == 1

    def test_one_that_the_host_does_not_list_is_refused(self, db: None, scp: Sandbox) -> None:
        with pytest.raises(NotAllowed) as refusal:
            require_offered(**PLACE, number="1.7")
        assert refusal.value.field == "other_version"

    def test_one_that_is_only_planned_is_refused(self, db: None, scp: Sandbox) -> None:
        scp.options.planned_version = "1.6"
        with pytest.raises(NotAllowed):
            require_offered(**PLACE, number="1.6")

    def test_a_host_that_fails_offers_nothing_new(self, db: None, scp: Sandbox) -> None:
        scp.options.version_table, scp.options.versions_fail = "2026-09", 404
        with pytest.raises(NotAllowed):
            require_offered(**PLACE, number="1.5")

    def test_a_place_that_is_not_configured_calls_nobody(self, db: None, scp: Sandbox) -> None:
        with pytest.raises(NotAllowed) as refusal:
            require_offered(environment="e", region="kr-north9", number="1.7")
        assert refusal.value.field == "place"
        assert scp.journal == []
