"""`/requests/<request>/calls/<attempt>/<request or response>/`: to open a body is an event."""

import pytest
from django.db import connection
from django.urls import reverse

from images.models import AuditEvent, ImageRequest, User
from images.scp.exchange import HIDDEN
from tests.pages.reading import links, text, words
from tests.people import Browse, make_call, make_key, make_request


def url_of(asked: ImageRequest, what: str = "response", *, attempt: int = 1) -> str:
    return reverse("request-body", args=[asked.pk, attempt, what])


@pytest.fixture
def asked(alice: User) -> ImageRequest:
    found = make_request(make_key(alice))
    make_call(found, request_body=f'{{"name":"n","token":"{HIDDEN}"}}', body=b'{"a":{"b":[1,2]}}')
    return found


class TestReading:
    def test_the_body_is_shown_whole_and_hidden_values_keep_a_mark(
        self, alice: User, asked: ImageRequest, browse: Browse
    ) -> None:
        sent = words(browse(alice).get(url_of(asked, "request")))
        assert f'{{ "name": "n", "token": "{HIDDEN}" }}' in sent
        assert "SHA-256" in sent
        received = words(browse(alice).get(url_of(asked)))
        assert '{ "a": { "b": [ 1, 2 ] } }' in received
        assert "HTTP 202" in received

    @pytest.mark.parametrize("what", ["request", "response"])
    def test_every_reading_is_an_event_one_own_too(
        self, alice: User, bob: User, asked: ImageRequest, browse: Browse, what: str
    ) -> None:
        for person in (alice, bob, bob):
            page = browse(person).get(url_of(asked, what))
            event = AuditEvent.objects.order_by("-sequence")[0]
            assert (event.action, event.actor, event.request) == ("body.read", person, asked)
            assert event.target == asked.image_name
            assert event.facts == {"what": what, "attempt": 1}
            assert event.address == "127.0.0.1"
            assert reverse("event-detail", args=[event.sequence]) in links(page)
        assert AuditEvent.objects.filter(action="body.read").count() == 3

    def test_of_several_attempts_the_one_asked_for_is_shown(
        self, alice: User, asked: ImageRequest, browse: Browse
    ) -> None:
        make_call(asked, attempt=2, body=b"the second")
        page = browse(alice).get(url_of(asked, attempt=2))
        assert "the second" in words(page)
        assert AuditEvent.objects.order_by("-sequence")[0].facts["attempt"] == 2

    def test_a_body_is_text_whatever_it_holds(self, alice: User, browse: Browse) -> None:
        asked = make_request(make_key(alice))
        hostile = "<script>alert(1)</script>\u202e</pre>".encode() + b"\xff"
        make_call(asked, body=hostile, body_length=10**9, is_truncated=True)
        page = browse(alice).get(url_of(asked))
        assert "<script>alert" not in text(page)
        assert "<script>alert(1)</script>‹U+202E›</pre>\ufffd" in words(page)
        assert "Only the beginning is kept; the whole body had 1000000000 bytes." in words(page)


class TestNothingIsShown:
    def test_when_the_reading_cannot_be_recorded(
        self, alice: User, asked: ImageRequest, browse: Browse
    ) -> None:
        browser = browse(alice)
        browser.raise_request_exception = False
        with connection.cursor() as cursor:
            cursor.execute(REFUSE_EVENTS[connection.vendor])
        for what in ("request", "response"):
            answer = browser.get(url_of(asked, what))
            assert answer.status_code >= 500
            assert HIDDEN not in text(answer)
            assert "&quot;b&quot;" not in text(answer)
        assert not AuditEvent.objects.filter(action="body.read").exists()

    @pytest.mark.parametrize(("attempt", "what"), [(2, "request"), (1, "both"), (1, "Request")])
    def test_of_what_is_not_there(
        self, alice: User, asked: ImageRequest, browse: Browse, attempt: int, what: str
    ) -> None:
        assert browse(alice).get(url_of(asked, what, attempt=attempt)).status_code == 404
        assert not AuditEvent.objects.filter(action="body.read").exists()

    def test_of_an_attempt_beyond_all_numbers(
        self, alice: User, asked: ImageRequest, browse: Browse
    ) -> None:
        assert browse(alice).get(url_of(asked, attempt=10**30)).status_code == 404

    @pytest.mark.parametrize("what", ["request", "response"])
    def test_and_nothing_recorded_where_no_body_is_kept(
        self, alice: User, browse: Browse, what: str
    ) -> None:
        asked = make_request(make_key(alice))
        make_call(asked, request_body="", body=b"")
        assert browse(alice).get(url_of(asked, what)).status_code == 404
        assert not AuditEvent.objects.filter(action="body.read").exists()

    def test_to_whoever_may_not_know_of_the_request(
        self, charlie: User, dora: User, asked: ImageRequest, alice: User, browse: Browse
    ) -> None:
        doras = make_request(make_key(dora))
        make_call(doras)
        assert browse(alice).get(url_of(doras)).status_code == 404
        assert browse(charlie).get(url_of(asked)).status_code == 404
        assert not AuditEvent.objects.filter(action="body.read").exists()

    @pytest.mark.parametrize("method", ["head", "post", "put", "delete", "options"])
    def test_by_another_method(
        self, alice: User, asked: ImageRequest, browse: Browse, method: str
    ) -> None:
        answer = getattr(browse(alice), method)(url_of(asked))
        assert answer.status_code == 405
        assert not AuditEvent.objects.filter(action="body.read").exists()


_POSTGRES = """
CREATE FUNCTION refuse_events() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$;
CREATE TRIGGER a_refusal BEFORE INSERT ON images_auditevent
FOR EACH ROW EXECUTE FUNCTION refuse_events();
"""
REFUSE_EVENTS = {
    "sqlite": "CREATE TRIGGER a_refusal BEFORE INSERT ON images_auditevent "
    "BEGIN SELECT RAISE(ABORT, 'no room'); END",
    "postgresql": _POSTGRES,
}
