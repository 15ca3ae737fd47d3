"""How near a key is to its end, and how long it lay idle, on the pages where keys are met."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from images.key_age import idle_sentence, reminder
from images.models import AccessKey, AuditEvent, User
from scpconsole.sandbox import Sandbox
from tests.pages.reading import links, words
from tests.people import Browse, make_key

LIST = reverse("key-list")
LAST_DAY = date(2026, 11, 30)


def edit(key: AccessKey, **changes: Any) -> dict[str, Any]:
    return {"alias": key.alias, "api_version": key.api_version, "other_version": "", **changes}


def days_before(days: int) -> datetime:
    """Return a moment of that day; the zone of the tests is Asia/Seoul."""
    return datetime(2026, 11, 30, 3, tzinfo=UTC) - timedelta(days=days)


class TestReminder:
    @pytest.mark.parametrize(
        ("days", "tone", "label"),
        [
            (91, None, ""),
            (90, "quiet", "Expires in 90 days"),
            (31, "quiet", "Expires in 31 days"),
            (30, "watch", "Expires in 30 days"),
            (8, "watch", "Expires in 8 days"),
            (7, "bad", "Expires in 7 days"),
            (1, "bad", "Expires in 1 day"),
            (0, "bad", "Expires today"),
            (-1, None, ""),
        ],
    )
    def test_it_grows_louder(self, alice: User, days: int, tone: str | None, label: str) -> None:
        key = make_key(alice, expires_on=LAST_DAY)
        with time_machine.travel(days_before(days), tick=False):
            said = reminder(key)
            assert key.is_usable is (days >= 0)
        assert (said.tone if said else None) == tone
        assert (said.label if said else "") == label

    @pytest.mark.parametrize(
        ("moment", "label"),
        [
            (datetime(2026, 11, 29, 14, 59, 59, tzinfo=UTC), "Expires in 1 day"),
            (datetime(2026, 11, 29, 15, 0, 0, tzinfo=UTC), "Expires today"),
            (datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC), "Expires today"),
            (datetime(2026, 11, 30, 15, 0, 0, tzinfo=UTC), None),
        ],
    )
    def test_a_day_is_one_of_the_consoles_zone(
        self, alice: User, moment: datetime, label: str | None
    ) -> None:
        """Midnight in Seoul is 15:00 UTC."""
        key = make_key(alice, expires_on=LAST_DAY)
        with time_machine.travel(moment, tick=False):
            said = reminder(key)
            assert (said.label if said else None) == label

    def test_a_key_without_an_end_or_out_of_use_is_not_spoken_of(self, alice: User) -> None:
        tomorrow = timezone.localdate() + timedelta(days=1)
        assert reminder(make_key(alice)) is None
        assert reminder(make_key(alice, expires_on=tomorrow, disabled_at=timezone.now())) is None


class TestPages:
    @pytest.fixture
    def ending(self, alices_key: AccessKey) -> AccessKey:
        alices_key.expires_on = timezone.localdate() + timedelta(days=5)
        alices_key.save()
        return alices_key

    def test_the_keys_page_and_the_keys_own(
        self, alice: User, ending: AccessKey, browse: Browse
    ) -> None:
        for page in (LIST, ending.get_absolute_url()):
            said = words(browse(alice).get(page))
            assert "Expires in 5 days" in said
            assert f"can be used until {ending.expires_on}, 5 more days." in said

    def test_the_servers_page_and_its_part(
        self, alice: User, ending: AccessKey, browse: Browse
    ) -> None:
        page = reverse("server-list")
        for headers in ({}, {"HX-Request": "true"}):
            answer = browse(alice).get(page, headers=headers)
            assert "The access key “alice's key” can be used until" in words(answer)
            assert ending.get_absolute_url() in links(answer)

    def test_another_key_in_use_has_no_reminder(
        self, alice: User, ending: AccessKey, scp: Sandbox, browse: Browse
    ) -> None:
        other = make_key(alice)
        said = words(browse(alice).get(reverse("server-list"), {"key": str(other.pk)}))
        assert "can be used until" not in said


class TestIdle:
    @pytest.mark.parametrize(("days", "is_said"), [(89, False), (90, True), (400, True)])
    @pytest.mark.parametrize("was_used", [False, True])
    def test_from_90_days_on(
        self, alice: User, browse: Browse, days: int, *, is_said: bool, was_used: bool
    ) -> None:
        key = make_key(alice, alias="lonely")
        since = timezone.now() - timedelta(days=days)
        AccessKey.objects.update(**{"last_used_at" if was_used else "created_at": since})
        for page in (LIST, key.get_absolute_url()):
            said = words(browse(alice).get(page))
            assert (f"Not used for {days} days." in said) is is_said

    def test_a_use_ends_it(self, alice: User, alices_key: AccessKey, browse: Browse) -> None:
        long_ago = timezone.now() - timedelta(days=200)
        AccessKey.objects.update(created_at=long_ago, last_used_at=long_ago)
        browse(alice).get(reverse("server-list"))  # reads the list with the key
        alices_key.refresh_from_db()
        assert idle_sentence(alices_key) == ""

    def test_a_key_that_nobody_may_use_is_left_alone(self, alice: User) -> None:
        key = make_key(alice)
        key.created_at = timezone.now() - timedelta(days=200)
        assert idle_sentence(key)
        key.disabled_at = timezone.now()
        assert idle_sentence(key) == ""


class TestSettingTheDate:
    def test_it_is_set_changed_and_taken_away(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        day = timezone.localdate() + timedelta(days=300)
        url, browser = reverse("key-edit", args=[alices_key.pk]), browse(alice)
        for given, kept in ((day.isoformat(), day), (day.isoformat(), day), ("", None)):
            assert browser.post(url, edit(alices_key, expires_on=given)).status_code == 302
            alices_key.refresh_from_db()
            assert alices_key.expires_on == kept
        told = [event.facts for event in AuditEvent.objects.filter(action="key.expiry_set")]
        assert [(each["before"], each["after"]) for each in told] == [
            (None, day.isoformat()),
            (day.isoformat(), None),
        ]

    def test_a_date_that_has_passed_is_refused_but_where_it_stands(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        passed = timezone.localdate() - timedelta(days=3)
        AccessKey.objects.update(expires_on=passed)
        url, browser = reverse("key-edit", args=[alices_key.pk]), browse(alice)
        kept = browser.post(url, edit(alices_key, alias="new", expires_on=passed.isoformat()))
        assert kept.status_code == 302
        other = passed - timedelta(days=1)
        refused = browser.post(url, edit(alices_key, expires_on=other.isoformat()))
        assert refused.status_code == 422
        assert "This date has passed." in words(refused)

    def test_a_disabled_key_keeps_its_date(
        self, alice: User, alices_key: AccessKey, browse: Browse
    ) -> None:
        AccessKey.objects.update(disabled_at=timezone.now())
        url = reverse("key-edit", args=[alices_key.pk])
        browse(alice).post(url, edit(alices_key, expires_on="2030-01-01"))
        alices_key.refresh_from_db()
        assert alices_key.expires_on is None
