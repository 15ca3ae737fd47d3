"""The strip of charts over the history: what it tells, to whom, and when it is not sent."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from images.models import User
from images.vocabulary import State
from tests.pages.reading import Answer, elements, links, words
from tests.people import Browse, make_key, make_request

URL = reverse("history")


def test_it_tells_days_ends_and_times_in_words(alice: User, browse: Browse) -> None:
    key, start = make_key(alice), timezone.now() - timedelta(hours=1)
    for _ in range(3):
        values = {"recorded_at": start, "settled_at": start + timedelta(minutes=12)}
        make_request(key, state=State.READY, server_id="same", **values)
    make_request(key, state=State.REFUSED)
    page = browse(alice).get(URL)
    said = words(page)
    assert "4 requests in the last 30 days" in said
    assert "What became of them Ready 3 Refused or failed 1" in said
    assert "web01 ×3 about 12 min" in said
    assert f"{reverse('request-list')}?group=ended_badly" in links(page)
    assert kinds(page) >= {"of-ready", "of-ended_badly", "range"}


def test_without_requests_there_is_no_strip(alice: User, dora: User, browse: Browse) -> None:
    make_request(make_key(dora))
    assert "in the last 30 days" not in words(browse(alice).get(URL))


def test_an_auditor_sees_everybodys(alice: User, dora: User, bob: User, browse: Browse) -> None:
    make_request(make_key(dora))
    make_request(make_key(alice))
    assert "2 requests in the last 30 days" in words(browse(bob).get(URL))


def test_a_part_of_the_page_does_without(alice: User, browse: Browse) -> None:
    make_request(make_key(alice))
    part = browse(alice).get(URL, headers={"HX-Request": "true"})
    assert "in the last 30 days" not in words(part)


def test_a_hostile_server_name_is_text(alice: User, browse: Browse) -> None:
    name, now = '"><script>x</script>', timezone.now()
    key = make_key(alice)
    for _ in range(3):
        values = {"server_name": name, "server_id": "one", "settled_at": now}
        make_request(key, state=State.READY, **values)
    page = browse(alice).get(URL)
    assert name in words(page)
    assert not [e for e in elements(page) if e.tag == "script" and not e.attributes.get("src")]


def test_the_page_costs_the_same_for_many_rows(alice: User, browse: Browse) -> None:
    browser, key, counts = browse(alice), make_key(alice), []
    for count in (2, 20):
        for _ in range(count):
            make_request(key, state=State.READY, settled_at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            browser.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def kinds(page: Answer) -> set[str]:
    return {each.attributes.get("class", "") for each in elements(page) if each.tag == "rect"}
