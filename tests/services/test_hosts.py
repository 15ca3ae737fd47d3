"""A host that turned one call away gets silence from everybody."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.models import AccessKey, ApiHost, ImageRequest
from images.scp.endpoints import BadEndpoint
from images.services import hosts
from images.services.following import follow
from images.services.reconciling import reconcile
from images.services.sending import send
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.people import make_request
from tests.services.asking import (
    ask_for,
    calls,
    end_silence,
    fresh,
    make_due,
    posts,
    seconds_until_due,
)

HERE = {"environment": "e", "region": "kr-west1"}


def silent_seconds() -> float:
    until = hosts.silent_until(**HERE)
    return (until - timezone.now()).total_seconds() if until else 0


class TestSilence:
    def test_at_first_there_is_none(self, scp: Sandbox, db: None) -> None:
        assert hosts.silent_until(**HERE) is None

    def test_it_lasts_as_long_as_was_asked(self, scp: Sandbox, db: None) -> None:
        hosts.silence(**HERE, wait=timedelta(seconds=90))
        assert 88 < silent_seconds() <= 90

    def test_the_longer_one_of_two_stands(self, scp: Sandbox, db: None) -> None:
        hosts.silence(**HERE, wait=timedelta(seconds=90))
        hosts.silence(**HERE, wait=timedelta(seconds=30))
        assert 88 < silent_seconds() <= 90
        hosts.silence(**HERE, wait=timedelta(seconds=120))
        assert 118 < silent_seconds() <= 120

    def test_once_it_is_over_there_is_none(self, scp: Sandbox, db: None) -> None:
        hosts.silence(**HERE, wait=timedelta(seconds=-1))
        assert hosts.silent_until(**HERE) is None
        hosts.silence(**HERE, wait=timedelta(seconds=30))
        assert 28 < silent_seconds() <= 30

    def test_another_host_is_not_meant(self, settings: Settings, db: None) -> None:
        settings.SCP_URL_TEMPLATE = "https://virtualserver.{region}.{environment}.example.com"
        hosts.silence(**HERE, wait=timedelta(seconds=30))
        assert hosts.silent_until(environment="e", region="kr-east1") is None
        assert ApiHost.objects.get().url == "https://virtualserver.kr-west1.e.example.com"

    def test_what_it_said_of_its_versions_stays(self, scp: Sandbox, db: None) -> None:
        ApiHost.objects.create(url=scp.url, versions=["1.3"], read_at=timezone.now())
        hosts.silence(**HERE, wait=timedelta(seconds=30))
        assert ApiHost.objects.get().versions == ["1.3"]

    def test_a_place_that_cannot_be_called_is_not_silent(self, db: None) -> None:
        assert hosts.silent_until(environment="NO", region="kr-west1") is None
        with pytest.raises(BadEndpoint):
            hosts.host_url("NO", "kr-west1")


class TestWhoWaits:
    @pytest.mark.parametrize("status", [417, 429])
    def test_after_one_was_turned_away_the_next_is_not_sent(
        self, alices_key: AccessKey, scp: Sandbox, status: int
    ) -> None:
        first = ask_for(alices_key, scp)
        second = ask_for(alices_key, scp, position=1, image_name="another")
        scp.faults.add("status", status=status, headers={"Retry-After": "90"}, kind="create_image")
        send(request_id=first.pk)
        send(request_id=second.pk)
        waiting = fresh(second)
        assert (waiting.state, waiting.attempt, waiting.waits_for_its_time) == (
            State.RECORDED,
            0,
            True,
        )
        assert 88 < seconds_until_due(second) <= 90
        assert posts(scp) == 1
        end_silence()
        send(request_id=second.pk)
        assert (fresh(second).state, posts(scp)) == (State.ACCEPTED, 2)

    def test_a_call_that_never_left_quiets_nobody(
        self, alices_key: AccessKey, scp: Sandbox, settings: Settings
    ) -> None:
        asked = ask_for(alices_key, scp)
        settings.SCP_URL_TEMPLATE = "https://virtualserver.invalid"
        send(request_id=asked.pk)
        assert hosts.silent_until(**HERE) is None

    @pytest.mark.parametrize(("status", "header", "seconds"), [(417, "", 60), (429, "300", 300)])
    def test_a_look_that_is_turned_away_quiets_everybody(
        self, alices_key: AccessKey, scp: Sandbox, status: int, header: str, seconds: int
    ) -> None:
        lost = make_request(alices_key, state=State.UNKNOWN)
        asked = ask_for(alices_key, scp)
        headers = {"Retry-After": header} if header else {}
        scp.faults.add("status", status=status, headers=headers, kind="list_images", times=None)
        reconcile(request_id=lost.pk)
        assert seconds - 2 < silent_seconds() <= seconds
        send(request_id=asked.pk)
        assert (fresh(asked).state, posts(scp)) == (State.RECORDED, 0)

    @pytest.mark.parametrize("state", [State.ACCEPTED, State.UNKNOWN])
    @pytest.mark.parametrize(("silence", "pushed"), [(60, 60), (3600, 300)])
    def test_a_look_waits_but_comes_back_soon(
        self, alices_key: AccessKey, scp: Sandbox, state: State, silence: int, pushed: int
    ) -> None:
        asked = make_request(alices_key, state=state, image_id="")
        hosts.silence(**HERE, wait=timedelta(seconds=silence))
        (follow if state == State.ACCEPTED else reconcile)(request_id=asked.pk)
        assert pushed - 2 < seconds_until_due(asked) <= pushed
        assert (fresh(asked).looks, scp.journal) == (0, [])
        make_due(asked)
        (follow if state == State.ACCEPTED else reconcile)(request_id=asked.pk)
        assert fresh(asked).looks == 1

    def test_a_look_that_fails_otherwise_quiets_nobody(
        self, alices_key: AccessKey, scp: Sandbox
    ) -> None:
        lost = make_request(alices_key, state=State.UNKNOWN)
        scp.faults.add("status", status=500, kind="list_images", times=None)
        reconcile(request_id=lost.pk)
        assert hosts.silent_until(**HERE) is None
        assert calls(scp, "list_images") >= 1

    def test_a_withdrawn_request_is_not_put_off(self, alices_key: AccessKey, scp: Sandbox) -> None:
        asked = make_request(alices_key, state=State.CANCELLED, due_at=None)
        hosts.silence(**HERE, wait=timedelta(seconds=60))
        send(request_id=asked.pk)
        assert fresh(asked).due_at is None
        assert ImageRequest.objects.filter(state=State.RECORDED).count() == 0
