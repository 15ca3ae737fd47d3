"""Measure the history over a long one: `python -m tests.measure_history [EVENTS]`, on SQLite.

`python -m tests.postgres -- .venv/bin/python -m tests.measure_history` does it on PostgreSQL.
Each line: milliseconds of the whole page and of its list alone, the count, and what was asked for.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402
from django.utils import timezone  # noqa: E402

from images.filters import Filters, RequestFilters  # noqa: E402
from images.models import ImageRequest, User  # noqa: E402
from images.services.activity import activity_of  # noqa: E402
from images.services.durations import usual_of  # noqa: E402
from images.services.history import events_for  # noqa: E402
from images.services.history_page import count_newer, page_of  # noqa: E402
from images.services.overview import overview_of  # noqa: E402
from images.services.request_list import counts_for, requests_for  # noqa: E402
from images.vocabulary import Acts, Role, State  # noqa: E402
from tests.long_history import fill  # noqa: E402
from tests.people import make_person  # noqa: E402

EVENTS = 200_000
TIMES = 3
OF_OPERATOR = ("plain", "all", "text of one", "state", "7 days")


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        _measure(events)
    finally:
        teardown_databases(databases, verbosity=0)


def _measure(events: int) -> None:
    now = timezone.now()
    people = [make_person(f"person{number}", Role.OPERATOR) for number in range(20)]
    bob = make_person("bob", Role.AUDITOR)
    began = time.perf_counter()
    fill(people, events, until=now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    _say(f"{connection.vendor}: {events} events made in {time.perf_counter() - began:.0f} s")
    cases = _cases(now, ImageRequest.objects.order_by("recorded_at")[0])
    for name, filters in cases.items():
        _tell(f"auditor: {name}", bob, filters)
    for name in OF_OPERATOR:
        _tell(f"operator: {name}", people[0], cases[name])
    _tell("auditor: plain, half way down", bob, Filters(), before=events // 2)
    _tell("auditor: plain, half way up", bob, Filters(), after=events // 2)
    for name in ("plain", "person", "server name", "text of none"):
        _time(f"newer than the page: {name}", partial(_newer, bob, cases[name], events))
    _time("newer than the page: operator", partial(_newer, people[0], Filters(), events))
    _time("the list of requests", lambda: list(requests_for(bob, RequestFilters())[:50]))
    _time("its chips", lambda: counts_for(bob))
    for name, person in (("auditor", bob), ("operator", people[0])):
        _time(f"{name}: the last 30 days", partial(overview_of, person))
        _time(f"{name}: what is under way", partial(activity_of, person))
    asked = ImageRequest.objects.order_by("-recorded_at")[0]
    _time("the usual time of a server", lambda: usual_of(asked))


def _newer(person: User, filters: Filters, events: int) -> int:
    return count_newer(person, filters, after=events - 20)


def _time(name: str, act: Callable[[], object]) -> None:
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    _say(f"{min(times) * 1000:8.1f} ms  {name}")


def _cases(now: datetime, asked: ImageRequest) -> dict[str, Filters]:
    day = timedelta(days=1)
    return {
        "plain": Filters(),
        "all": Filters(acts=Acts.ALL),
        "machine": Filters(acts=Acts.MACHINE),
        "30 minutes": Filters(since=now - day / 48),
        "7 days": Filters(since=now - 7 * day),
        "one old day": Filters(since=now - 20 * day, until=now - 19 * day),
        "before all": Filters(until=now - 900 * day),
        "person": Filters(person="person3"),
        "nobody": Filters(person="nobody at all"),
        "server name": Filters(server="web007"),
        "server id": Filters(server=asked.server_id),
        "image name": Filters(image=asked.image_name, acts=Acts.ALL),
        "image id": Filters(image=asked.image_id),
        "state": Filters(state=State.REFUSED),
        "state of none": Filters(state=State.UNKNOWN),
        "place": Filters(place="e/kr-west1"),
        "place of none": Filters(place="g"),
        "alias": Filters(alias="key of person4"),
        "ticket": Filters(ticket="CHG-17"),
        "text of one": Filters(text=asked.reason),
        "text of none": Filters(text="there is no such text", acts=Acts.ALL),
        "text of many": Filters(text="update"),
        "five together": Filters(
            text="update", server="web0", state=State.READY, person="person1", ticket="CHG"
        ),
    }


def _tell(
    name: str,
    person: User,
    filters: Filters,
    *,
    before: int | None = None,
    after: int | None = None,
) -> None:
    whole, listed = [], []
    for _ in range(TIMES):
        began = time.perf_counter()
        page = page_of(person, filters, before=before, after=after)
        whole.append(time.perf_counter() - began)
        began = time.perf_counter()
        list(events_for(person, filters)[:50])
        listed.append(time.perf_counter() - began)
    _say(f"{min(whole) * 1000:8.1f} ms {min(listed) * 1000:8.1f} ms {page.count:6}  {name}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
