"""The history is verified again and again; what was found stays said until it is good again."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DEFAULT_DB_ALIAS
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from images import guards
from images.models import AccessKey, AuditEvent, User
from images.services.housekeeping import Housekeeper
from images.services.ledger_watch import EVERY, alarm, last_good, watch
from scpconsole.sandbox import Sandbox
from tests.people import Browse, Work
from tests.services.asking import ask_for
from tests.unguarded import check_what_is_deferred, unguarded

pytestmark = pytest.mark.django_db
ALARM = "The history was changed, or is not whole."


@pytest.fixture
def happened(alices_key: AccessKey, scp: Sandbox) -> AuditEvent:
    ask_for(alices_key, scp)
    event = AuditEvent.objects.order_by("sequence").first()
    assert event is not None
    return event


def spoil(event: AuditEvent, **changes: object) -> None:
    with unguarded():
        AuditEvent.objects.filter(pk=event.pk).update(**changes)


class TestTelling:
    def test_an_empty_history_is_not_told(self, db: None) -> None:
        assert watch()
        assert not AuditEvent.objects.exists()

    def test_that_all_is_well_is_told_once_a_day(self, happened: AuditEvent) -> None:
        assert watch()
        good = last_good()
        assert good is not None
        assert good.facts["size"] == good.sequence - 1
        assert watch()
        assert AuditEvent.objects.filter(action="ledger.verified").count() == 1
        with time_machine.travel(timezone.now() + timedelta(days=1)):
            watch()
        assert AuditEvent.objects.filter(action="ledger.verified").count() == 2

    def test_a_change_is_told_once_and_names_the_event(self, happened: AuditEvent) -> None:
        spoil(happened, target="another")
        assert not watch()
        assert not watch()
        [event] = AuditEvent.objects.filter(action="ledger.broken")
        assert event.facts["first_bad"] == happened.sequence
        assert alarm() == event

    def test_a_repair_ends_the_alarm_and_both_are_kept(self, happened: AuditEvent) -> None:
        target = happened.target
        spoil(happened, target="another")
        watch()
        spoil(happened, target=target)
        assert watch()
        assert alarm() is None
        actions = list(AuditEvent.objects.order_by("-sequence").values_list("action", flat=True))
        assert actions[:2] == ["ledger.verified", "ledger.broken"]


class TestPages:
    def test_whoever_relies_on_the_history_is_told(
        self, happened: AuditEvent, bob: User, browse: Browse
    ) -> None:
        spoil(happened, target="another")
        watch()
        browser = browse(bob)
        month = timezone.localdate().strftime("%Y-%m")
        for address in (
            reverse("history"),
            reverse("export-new"),
            reverse("review-detail", args=[month]),
        ):
            assert ALARM in browser.get(address).content.decode(), address

    def test_all_is_well_says_nothing(
        self, happened: AuditEvent, bob: User, browse: Browse
    ) -> None:
        watch()
        text = browse(bob).get(reverse("history")).content.decode()
        assert ALARM not in text
        assert "Verified as a whole to event" in text

    def test_a_health_page_tells_it_too(self, happened: AuditEvent) -> None:
        spoil(happened, target="another")
        watch()
        assert "history" in Browser().get("/readyz").json()["alarms"]


def test_the_worker_watches_at_its_start_and_every_hour(happened: AuditEvent, work: Work) -> None:
    keeper = Housekeeper()
    keeper.tick()
    work()
    first = last_good()
    assert first is not None
    with time_machine.travel(timezone.now() + EVERY):
        spoil(happened, target="another")
        keeper.tick()
        work()
    assert alarm() is not None


class TestGuards:
    def test_guards_that_a_migrate_puts_back_are_told(self, happened: AuditEvent) -> None:
        check_what_is_deferred()
        guards.remove(DEFAULT_DB_ALIAS)
        absent = guards.missing(DEFAULT_DB_ALIAS)
        guards.install(DEFAULT_DB_ALIAS)
        guards.tell_restored(absent)
        event = AuditEvent.objects.get(action="guards.restored")
        assert event.facts["names"] == absent

    def test_nothing_is_told_of_a_first_install(self, db: None) -> None:
        guards.tell_restored(["guard_event_update"])
        assert not AuditEvent.objects.exists()
