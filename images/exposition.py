"""The figures as Prometheus reads them. Needs requirements-metrics.txt; docs/metrics.md."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from images.services.figures import BOUNDS_MS, Figures

PARTS = ("worker", "guards", "checkpoint", "ledger", "history")


def exposition(figures: Figures) -> tuple[bytes, str]:
    """Return the text and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(figures))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Figures(Collector):
    """Tells what was read; nothing is counted here."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        yield self._calls()
        yield from self._work()
        yield from self._ledger()
        yield self._sign_ins()
        yield self._troubles()

    def _requests(self) -> Iterator[Metric]:
        requests = GaugeMetricFamily(
            "scp_console_requests", "Image requests by their state now.", labels=["state"]
        )
        for state, number in sorted(self._figures.requests.items()):
            requests.add_metric([state], number)
        yield requests
        outcomes = GaugeMetricFamily(
            "scp_console_outcomes",
            "Settled image requests by state, and by the reason where it was not as wished.",
            labels=["state", "reason"],
        )
        for labels, number in sorted(self._figures.outcomes.items()):
            outcomes.add_metric(list(labels), number)
        yield outcomes

    def _calls(self) -> Metric:
        family = HistogramMetricFamily(
            "scp_console_create_call_duration_seconds",
            "How long calls to SCP that ask for an image took, by class of the answer's status.",
            labels=["status"],
        )
        bounds = [*(str(each / 1000) for each in BOUNDS_MS), "+Inf"]
        for name, durations in sorted(self._figures.calls.items()):
            buckets = list(zip(bounds, accumulate(durations.counts), strict=True))
            family.add_metric([name], buckets, sum_value=durations.total_ms / 1000)
        return family

    def _work(self) -> Iterator[Metric]:
        found = self._figures
        jobs, due = found.jobs, found.due
        yield _gauge("queue_jobs", "Jobs that no worker has taken yet.", jobs.jobs)
        yield _gauge(
            "queue_oldest_seconds",
            "Since when the oldest of these jobs waits.",
            found.age(jobs.since),
        )
        yield _gauge("due_requests", "Requests whose time to be worked on has come.", due.jobs)
        yield _gauge(
            "due_oldest_seconds", "How long the most overdue one is due.", found.age(due.since)
        )
        yield _gauge(
            "worker_heartbeat_age_seconds",
            "Since any worker said that it runs.",
            found.age(found.last_pulse),
        )

    def _ledger(self) -> Iterator[Metric]:
        found, last = self._figures, self._figures.last_checkpoint
        yield _gauge("ledger_events", "Events in the ledger.", found.ledger_size)
        yield _gauge(
            "checkpoint_events", "Events that the last checkpoint covers.", last.size if last else 0
        )
        yield _gauge(
            "checkpoint_age_seconds",
            "Since the last checkpoint was signed.",
            found.age(last.signed_at) if last else None,
        )

    def _sign_ins(self) -> Metric:
        family = CounterMetricFamily(
            "scp_console_sign_ins", "Tries to sign in by their end.", labels=["outcome"]
        )
        for outcome, number in sorted(self._figures.sign_ins.items()):
            family.add_metric([outcome], number)
        return family

    def _troubles(self) -> Metric:
        family = GaugeMetricFamily(
            "scp_console_trouble",
            "1 for a part that is not well, as /readyz says.",
            labels=["part"],
        )
        for part in PARTS:
            family.add_metric([part], part in self._figures.troubles)
        return family


def _gauge(name: str, about: str, value: float | None) -> Metric:
    """Return a gauge without labels; of what there is nothing yet, no sample."""
    family = GaugeMetricFamily(f"scp_console_{name}", about)
    if value is not None:
        family.add_metric([], value)
    return family
