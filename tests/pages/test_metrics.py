"""GET /metrics, read with the parser of Prometheus's own library."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from images import guards
from images.models import AccessKey, AuditEvent, WorkerPulse
from images.services.checkpoints import publish
from images.services.waking import EMPTY, wake_due
from images.vocabulary import State
from tests.pages.reading import Answer
from tests.people import make_call, make_request

pytestmark = pytest.mark.django_db
TOKEN = "made-up-token-0123456789-abcdefghij"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def ask(authorization: str | None = f"Bearer {TOKEN}", *, secure: bool = False) -> Answer:
    headers = {"Authorization": authorization} if authorization is not None else {}
    return Browser().get("/metrics", headers=headers, secure=secure)


def samples() -> Samples:
    answer = ask()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    return dict(_read(answer.content.decode()))


def _read(text: str) -> Iterator[tuple[tuple[str, tuple[tuple[str, str], ...]], float]]:
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        assert family.type != "unknown", family.name
        for sample in family.samples:
            yield (sample.name, tuple(sorted(sample.labels.items()))), sample.value


def labelled(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return f"scp_console_{name}", tuple(sorted(labels.items()))


class TestWhoMeasures:
    def test_without_a_token_in_the_settings_there_is_no_such_page(self) -> None:
        for authorization in (None, "Bearer ", f"Bearer {TOKEN}"):
            assert ask(authorization).status_code == 404

    @pytest.mark.parametrize("authorization", [
        None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN} {TOKEN}", "Bearer ü",
    ])  # fmt: skip
    def test_another_token_is_refused(self, token: None, authorization: str | None) -> None:
        answer = ask(authorization)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="metrics"'
        assert b"scp_console" not in answer.content
        assert TOKEN.encode() not in answer.content

    def test_the_right_one_needs_no_session_and_starts_none(self, token: None) -> None:
        answer = ask()
        assert answer.status_code == 200
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"

    def test_a_signed_in_person_needs_it_too(self, token: None, client: Browser) -> None:
        assert client.get("/metrics").status_code == 401

    def test_a_right_token_in_the_clear_is_refused_on_https(
        self, token: None, settings: Settings
    ) -> None:
        settings.SECURE_SSL_REDIRECT = True
        assert ask().status_code == 403
        assert ask(secure=True).status_code == 200

    def test_nothing_is_changed_by_it(self, token: None) -> None:
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert Browser().generic(method, "/metrics").status_code == 405


class TestFigures:
    def test_of_an_empty_console(self, token: None) -> None:
        found = samples()
        for state in State:
            assert found[labelled("requests", state=state.value)] == 0
        assert found[labelled("queue_jobs")] == found[labelled("due_requests")] == 0
        assert found[labelled("ledger_events")] == 0
        assert labelled("worker_heartbeat_age_seconds") not in found
        assert labelled("checkpoint_age_seconds") not in found
        assert found[labelled("trouble", part="worker")] == 1
        assert found[labelled("trouble", part="guards")] == 0

    def test_of_requests_and_their_ends(self, token: None, alices_key: AccessKey) -> None:
        for _time in range(2):
            make_request(alices_key, state=State.READY, due_at=None)
        make_request(alices_key, state=State.REFUSED, outcome_reason="no_quota", due_at=None)
        make_request(alices_key, state=State.UNKNOWN, due_at=timezone.now() - timedelta(seconds=90))
        found = samples()
        assert found[labelled("requests", state="ready")] == 2
        assert found[labelled("requests", state="unknown")] == 1
        assert found[labelled("outcomes", state="ready", reason="")] == 2
        assert found[labelled("outcomes", state="refused", reason="no_quota")] == 1
        assert found[labelled("due_requests")] == 1
        assert 90 <= found[labelled("due_oldest_seconds")] < 120

    def test_of_calls(self, token: None, alices_key: AccessKey) -> None:
        asked = make_request(alices_key)
        durations = [(202, 100), (202, 101), (202, 70_000), (503, 20_000), (None, 30_001)]
        for attempt, (status, milliseconds) in enumerate(durations, 1):
            make_call(asked, attempt=attempt, status=status, duration_ms=milliseconds)
        make_call(asked, attempt=9, duration_ms=None, is_finished=False)
        found = samples()
        name = "create_call_duration_seconds"

        def up_to(bound: str, status: str) -> float:
            return found[labelled(f"{name}_bucket", le=bound, status=status)]

        assert (up_to("0.1", "2xx"), up_to("0.25", "2xx"), up_to("60.0", "2xx")) == (1, 2, 2)
        assert up_to("+Inf", "2xx") == found[labelled(f"{name}_count", status="2xx")] == 3
        assert found[labelled(f"{name}_sum", status="2xx")] == 70.201
        assert (up_to("10.0", "5xx"), up_to("20.0", "5xx")) == (0, 1)
        assert (up_to("30.0", "none"), up_to("60.0", "none")) == (0, 1)

    def test_of_the_queue_the_worker_and_the_ledger(
        self, token: None, alices_key: AccessKey
    ) -> None:
        WorkerPulse.objects.create(worker="w", seen_at=timezone.now() - timedelta(seconds=5))
        publish()
        with AuditEvent.objects.act():
            AuditEvent.objects.append("session.failed", actor=None)
        found = samples()
        size = AuditEvent.objects.size()
        assert found[labelled("ledger_events")] == size
        assert found[labelled("checkpoint_events")] == size - 1
        assert 0 <= found[labelled("checkpoint_age_seconds")] < 30
        assert 5 <= found[labelled("worker_heartbeat_age_seconds")] < 35
        assert found[labelled("sign_ins_total", outcome="failed")] == 1
        assert found[labelled("sign_ins_total", outcome="signed_in")] == 0
        assert found[labelled("trouble", part="worker")] == 0

    def test_of_a_job_that_waits(self, token: None, alices_key: AccessKey) -> None:
        make_request(alices_key, due_at=timezone.now() - timedelta(seconds=9))
        wake_due(timezone.now(), EMPTY)
        found = samples()
        assert found[labelled("queue_jobs")] == 1
        assert 0 <= found[labelled("queue_oldest_seconds")] < 30

    def test_of_guards_that_are_off(self, token: None) -> None:
        guards.remove(DEFAULT_DB_ALIAS)
        assert samples()[labelled("trouble", part="guards")] == 1

    def test_they_name_nobody(self, token: None, alices_key: AccessKey) -> None:
        asked = make_request(alices_key)
        make_call(asked)
        text = ask().content.decode()
        owner = alices_key.owner
        for told in (
            *(owner.username, str(owner.pk), alices_key.alias, str(alices_key.pk)),
            *(asked.server_name, asked.server_id, asked.image_name, str(asked.pk), "127.0.0.1"),
            *(alices_key.fingerprint, TOKEN),
        ):
            assert told not in text

    def test_they_cost_as_many_queries_for_many_requests(
        self, token: None, alices_key: AccessKey
    ) -> None:
        make_call(make_request(alices_key))
        few = _queries()
        for _time in range(20):
            make_call(make_request(alices_key))
        assert _queries() == few
        assert few <= 20


def _queries() -> int:
    with CaptureQueriesContext(connection) as queries:
        samples()
    return len(queries)


def test_a_database_that_cannot_be_asked_is_said(token: None) -> None:
    def away(*arguments: Any) -> NoReturn:
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        answer = ask()
    assert answer.status_code == 503
    assert answer.content == b"The database cannot be asked.\n"
