"""`/requests/<request>/integrity/`: each event proven, each shown record held against its event."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from images.models import AuditEvent, ExchangeRecord, ImageRequest, User
from images.services import checkpoints
from images.stamps import stamp_text
from tests.pages.reading import Answer, elements, links, words
from tests.people import Browse, make_call, make_key, make_request
from tests.unguarded import unguarded


def url_of(asked: ImageRequest) -> str:
    return reverse("request-integrity", args=[asked.pk])


@pytest.fixture
def asked(alice: User) -> ImageRequest:
    return make_request(make_key(alice))


def append(asked: ImageRequest, action: str = "request.status", **facts: object) -> AuditEvent:
    with AuditEvent.objects.act():
        return AuditEvent.objects.append(
            action, actor=None, request=asked, target=asked.image_name, facts=facts
        )


def copied(page: Answer) -> set[str]:
    return {each.attributes.get("data-copy", "") for each in elements(page)}


class TestProofs:
    def test_each_event_is_proven_in_a_sentence(
        self, bob: User, asked: ImageRequest, browse: Browse
    ) -> None:
        events = [append(asked), append(asked, "request.ready")]
        checkpoint = checkpoints.publish()
        page = browse(bob).get(url_of(asked))
        said = words(page)
        for event in events:
            assert (
                f"Event {event.sequence} is in the tree that was signed at "
                f"{stamp_text(checkpoint.signed_at)} (root {checkpoint.short_root})."
            ) in said
            assert bytes(event.leaf_hash).hex() in copied(page)
            assert {
                reverse("event-detail", args=[event.sequence]),
                reverse("event-proof", args=[event.sequence]),
            } <= links(page)
        assert said.count("Shown as recorded Yes, byte for byte") == 2
        assert "The image is ready." in said
        assert f"Newest checkpoint {checkpoint.size} events" in said
        assert checkpoint.root_hex in copied(page)

    def test_what_no_checkpoint_covers_yet_says_so(
        self, alice: User, asked: ImageRequest, browse: Browse
    ) -> None:
        event = append(asked)
        page = browse(alice).get(url_of(asked))
        assert f"Event {event.sequence} is not yet covered by a checkpoint." in words(page)
        assert "No checkpoint was signed yet" in words(page)
        assert reverse("event-proof", args=[event.sequence]) not in links(page)

    def test_a_changed_event_raises_an_alarm_and_no_fault(
        self, bob: User, asked: ImageRequest, browse: Browse
    ) -> None:
        events = [append(asked), append(asked, "request.ready")]
        checkpoints.publish()
        with unguarded():
            AuditEvent.objects.filter(pk=events[0].pk).update(content=b'{"facts":[')
            AuditEvent.objects.filter(pk=events[1].pk).update(action="request.failed")
        said = words(browse(bob).get(url_of(asked)))
        assert f"The bytes of event {events[0].sequence} are not those that were recorded" in said
        assert f"What this page shows of event {events[1].sequence} is not what its bytes" in said
        assert "Tell an administrator now" in said
        assert "Shown as recorded No" in said

    def test_events_of_other_requests_are_not_listed(
        self, alice: User, asked: ImageRequest, browse: Browse
    ) -> None:
        another = append(make_request(make_key(alice)))
        page = browse(alice).get(url_of(asked))
        assert reverse("event-detail", args=[another.sequence]) not in links(page)
        assert "There are no events of this request" in words(page)

    def test_many_events_come_in_pages_at_the_same_cost(
        self, bob: User, asked: ImageRequest, browse: Browse
    ) -> None:
        browser, counts = browse(bob), []
        for many in (10, 10, 35):
            for _ in range(many):
                with AuditEvent.objects.act():
                    AuditEvent.objects.append("body.read", actor=bob, request=asked)
            checkpoints.publish()
            with CaptureQueriesContext(connection) as queries:
                page = browser.get(url_of(asked))
            counts.append(len(queries))
        assert len(set(counts)) == 1
        assert "1 to 50 of 55" in words(page)
        assert "?page=2" in links(page)
        assert "51 to 55 of 55" in words(browser.get(f"{url_of(asked)}?page=2"))


class TestShownRecords:
    @pytest.fixture
    def called(self, asked: ImageRequest) -> ExchangeRecord:
        call = make_call(asked)
        append(
            asked,
            "request.recorded",
            image_name=asked.image_name,
            server_id=asked.server_id,
            reason=asked.reason,
        )
        sent = {"method": call.method, "url": call.url, "sha256": call.request_sha256}
        append(asked, "request.sending", attempt=1, **sent)
        answer = sha256(bytes(call.body)).hexdigest()
        append(asked, "request.answered_late", attempt=1, status=202, answer_sha256=answer)
        append(asked, "request.accepted", attempt=1, status=202, answer_sha256=answer)
        return call

    def test_they_are_what_the_events_recorded(
        self, bob: User, asked: ImageRequest, called: ExchangeRecord, browse: Browse
    ) -> None:
        said = words(browse(bob).get(url_of(asked)))
        first = AuditEvent.objects.get(action="request.recorded").sequence
        assert f"The facts on this page are those that event {first} recorded." in said
        assert f"The call of attempt 1 is the one that event {first + 1} recorded." in said
        assert f"The answer to attempt 1 is the one that event {first + 2} recorded." in said
        assert "The record was changed." not in said

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (
                lambda: ImageRequest.objects.update(reason="another", image_name="x"),
                "are not those that event {first} recorded: image_name, reason.",
            ),
            (
                lambda: ExchangeRecord.objects.update(url="https://elsewhere.example/"),
                "The call of attempt 1 is not the one that event {second} recorded: url.",
            ),
            (
                lambda: ExchangeRecord.objects.update(request_body="{}"),
                "The call of attempt 1 is not the one that event {second} recorded: body.",
            ),
            (
                lambda: ExchangeRecord.objects.update(body=b"{}"),
                "The answer to attempt 1 is not the one that event {third} recorded: body.",
            ),
            (
                lambda: ExchangeRecord.objects.update(status=500),
                "The answer to attempt 1 is not the one that event {third} recorded: status.",
            ),
        ],
    )
    def test_a_record_that_was_changed_is_named(
        self,
        bob: User,
        asked: ImageRequest,
        called: ExchangeRecord,
        browse: Browse,
        change: Callable[[], int],
        sentence: str,
    ) -> None:
        first = AuditEvent.objects.get(action="request.recorded").sequence
        with unguarded():
            change()
        said = words(browse(bob).get(url_of(asked)))
        assert sentence.format(first=first, second=first + 1, third=first + 2) in said

    def test_what_the_keeping_rule_took_is_no_change(
        self, bob: User, asked: ImageRequest, called: ExchangeRecord, browse: Browse
    ) -> None:
        with unguarded():
            ExchangeRecord.objects.update(request_body="", body=b"", headers={})
        assert "The record was changed." not in words(browse(bob).get(url_of(asked)))

    @pytest.mark.parametrize("content", [b"{", b"[]", b'{"facts":[]}'])
    def test_events_that_cannot_be_read_are_the_proofs_business(
        self,
        bob: User,
        asked: ImageRequest,
        called: ExchangeRecord,
        browse: Browse,
        content: bytes,
    ) -> None:
        with unguarded():
            AuditEvent.objects.filter(request=asked).update(content=content)
        page = browse(bob).get(url_of(asked))
        assert "The call of attempt 1" not in words(page)
        assert words(page).count("are not those that were recorded: their hash is not its") == 8

    def test_a_real_request_agrees_with_its_events(
        self, alice: User, accepted: ImageRequest, browse: Browse
    ) -> None:
        said = words(browse(alice).get(url_of(accepted)))
        assert "The facts on this page are those that event" in said
        assert "The call of attempt 1 is the one that event" in said
        assert "The answer to attempt 1 is the one that event" in said
        assert "The record was changed." not in said
