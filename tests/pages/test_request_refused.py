"""`/requests/<request>/` when SCP says no, nonsense or nothing."""

from typing import Any

import pytest
from django.urls import reverse

from images.models import AccessKey, ExchangeRecord, ImageRequest, User
from images.scp.errors import Reason
from images.sentences import reason_sentence
from images.vocabulary import State
from scpconsole.sandbox import Sandbox
from tests.pages.asking import posts, typed, url_of
from tests.pages.reading import Answer, elements, text, words
from tests.people import ACCESS_KEY, SECRET_KEY, Browse, Work

REFUSALS = {
    400: (Reason.BAD_REQUEST, "ValidationError"),
    401: (Reason.SIGNATURE, "HMAC valid fail"),
    403: (Reason.FORBIDDEN, "You do not have permission to"),
    404: (Reason.NOT_FOUND, "The requested resource was not found."),
    406: (Reason.VERSION, "is not supported on this method"),
    409: (Reason.CONFLICT, "in a state that does not allow this operation"),
}


@pytest.fixture
def after(alice: User, alices_key: AccessKey, scp: Sandbox, browse: Browse, work: Work) -> "After":
    return After(alice, alices_key, scp, browse, work)


class After:
    """Asks for an image while SCP has one fault, lets the worker send, and shows the page."""

    def __init__(
        self, person: User, key: AccessKey, scp: Sandbox, browse: Browse, work: Work
    ) -> None:
        self.browser, self.key, self.scp, self.work = browse(person), key, scp, work

    def fault(self, action: str, **parts: Any) -> Any:
        self.scp.faults.add(action, kind="create_image", **parts)
        self.browser.post(url_of(self.key), typed())
        self.work()
        return self.browser.get(self.asked.get_absolute_url())

    def received(self) -> Answer:
        """Return the tab with the answer; its body is a page of its own."""
        return self.browser.get(reverse("request-received", args=[self.asked.pk]))

    def body(self) -> Answer:
        return self.browser.get(reverse("request-body", args=[self.asked.pk, 1, "response"]))

    @property
    def asked(self) -> ImageRequest:
        return ImageRequest.objects.get()


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_shows_our_sentence_scps_words_and_its_ids(after: After, status: int) -> None:
    reason, theirs = REFUSALS[status]
    page = after.fault("status", status=status)
    said = words(page)
    assert after.asked.state == State.REFUSED
    assert reason_sentence(reason) in said
    assert theirs in said.partition("Timeline")[0]  # beside the state, not only in the raw body
    assert f"HTTP {status}" in said
    ids = after.asked.outcome_request_ids
    assert all(each in said for each in ids.values())
    assert bool(ids) == (status != 401)  # the gateway gives none
    assert posts(after.scp) == 1
    assert after.scp.ledger == []


@pytest.mark.parametrize("form", ["list", "string", "printed", "several", "locations"])
def test_scps_words_are_shown_however_they_are_wrapped(after: After, form: str) -> None:
    said = words(after.fault("detail", form=form)).partition("Timeline")[0]
    assert "image_name" in said
    assert "['" not in said


@pytest.mark.parametrize("status", [401, 403])
def test_a_denied_call_leads_to_the_key(after: After, status: int) -> None:
    page = after.fault("status", status=status)
    hrefs = {each.attributes.get("href") for each in elements(page)}
    assert after.key.get_absolute_url() in hrefs


def test_a_refusal_offers_to_change_and_ask_again(after: After) -> None:
    assert "Change and ask again" in words(after.fault("status", status=400))


@pytest.mark.parametrize(
    ("action", "parts", "reason"),
    [
        ("html200", {}, Reason.UNEXPECTED_STATUS),
        ("drop_after", {}, Reason.BROKEN_OFF),
        ("reset", {}, Reason.BROKEN_OFF),
        ("cut", {"size": 5}, Reason.BROKEN_OFF),
        ("half_json", {}, Reason.NOT_JSON),
        ("empty", {}, Reason.NOT_JSON),
        ("no_image_id", {}, Reason.NO_IMAGE_ID),
        ("bad_image_id", {}, Reason.BAD_IMAGE_ID),
        ("status", {"status": 500}, Reason.SERVER_ERROR),
        ("status", {"status": 503}, Reason.SERVER_ERROR),
        ("redirect", {"status": 307, "location": "http://127.0.0.1:9/"}, Reason.REDIRECT),
    ],
)
def test_an_unclear_answer_is_unknown_and_never_offered_again(
    after: After, action: str, parts: dict[str, Any], reason: Reason
) -> None:
    said = words(after.fault(action, **parts))
    assert after.asked.state == State.UNKNOWN
    assert "Outcome not known yet" in said
    assert "Do not request it again." in said
    assert reason_sentence(reason) in said
    assert "Withdraw" not in said
    after.work()
    assert posts(after.scp) == 1


def test_no_answer_says_how_long_we_waited(after: After) -> None:
    after.fault("drop_after")
    assert "No answer arrived. The call ended after" in words(after.received())


@pytest.mark.parametrize(("status", "reason"), [(417, Reason.EDGE), (429, Reason.RATE)])
def test_a_call_turned_away_waits_for_its_time(after: After, status: int, reason: Reason) -> None:
    said = words(after.fault("status", status=status))
    assert after.asked.state == State.RECORDED
    assert "Recorded · waits until 20" in said
    assert reason_sentence(reason) in said
    assert "Withdraw web01-20261123-abcdef" in said


def test_a_web_page_is_shown_as_text(after: After) -> None:
    after.fault("html200")
    page = after.body()
    kept = ExchangeRecord.objects.get().body_text
    assert kept in words(page)
    assert "<form></form>" not in text(page)


def test_hostile_words_of_scp_are_text_and_made_visible(after: After) -> None:
    bad = "<img src=x onerror=alert(1)>\u202e\u2066"
    body = {"errors": [{"code": bad, "detail": bad, "request_id": bad, "status": 400}]}
    page = after.fault(
        "status", status=400, body=body, headers={"X-Odd": "<script>alert(1)</script>"}
    )
    for each in (page, after.received(), after.body()):
        assert "<img src=x" not in text(each)
        assert "<script>alert" not in text(each)
    assert "<img src=x onerror=alert(1)>‹U+202E›‹U+2066›" in words(page)
    assert "<script>alert(1)</script>" in words(after.received())


@pytest.mark.parametrize("body", ['{"a": 1, "a": 2}', "[" * 500, '{"n": NaN}', "\x00\x01"])
def test_odd_json_never_breaks_the_page(after: After, body: str) -> None:
    page = after.fault("status", status=400, body=body)
    assert page.status_code == 200
    assert reason_sentence(Reason.BAD_REQUEST) in words(page)
    assert after.received().status_code == after.body().status_code == 200


def test_an_answer_that_repeats_the_keys_shows_neither(after: After) -> None:
    """The browser of these tests fails on any answer that holds them."""
    body = {"errors": [{"detail": f"key {ACCESS_KEY} and {SECRET_KEY}", "code": ACCESS_KEY}]}
    page = after.fault("status", status=400, body=body, headers={"X-Key": ACCESS_KEY})
    assert "•••• (hidden)" in words(page).partition("Timeline")[0]
