"""`/history/<sequence>/` and its proof: what one event says, and that it still says it."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from images.ledger import merkle
from images.ledger.notes import open_checkpoint
from images.ledger_key import signing_key
from images.models import AuditEvent, User
from images.origin import NOWHERE, Origin, set_origin
from images.services import checkpoints, people, retention
from images.stamps import stamp_text
from tests.pages.reading import by_id, elements, links, text, words
from tests.people import Browse, make_key, make_request
from tests.unguarded import unguarded


def url_of(event: AuditEvent) -> str:
    return reverse("event-detail", args=[event.sequence])


def proof_of(event: AuditEvent) -> str:
    return reverse("event-proof", args=[event.sequence])


def append(action: str, actor: User | None = None, **about: object) -> AuditEvent:
    set_origin(Origin("192.0.2.7", "1f2e3d4c-0000-4000-8000-000000000001"))
    try:
        with AuditEvent.objects.act():
            return AuditEvent.objects.append(action, actor=actor, **about)  # type: ignore[arg-type]
    finally:
        set_origin(NOWHERE)


@pytest.fixture
def event(alice: User) -> AuditEvent:
    key = make_key(alice, alias="prod key")
    asked = make_request(key, image_name="web01-image")
    return append(
        "request.cancelled", alice, request=asked, key=key, target="web01-image", facts={"a": ["b"]}
    )


class TestWhatItSays:
    def test_who_when_what_whence_and_about_what(
        self, alice: User, bob: User, event: AuditEvent, browse: Browse
    ) -> None:
        page = browse(bob).get(url_of(event))
        said = words(page)
        for part in (
            "Withdrew the request. No image was made.",
            stamp_text(event.at),
            f"{event.at_utc} (UTC)",
            f"Who alice {alice.pk}",
            "Action request.cancelled",
            "Target web01-image",
            "Address 192.0.2.7",
            "HTTP request 1f2e3d4c-0000-4000-8000-000000000001",
            "Access key prod key",
            "Server web01",
            '{ "a": [ "b" ] }',
        ):
            assert part in said
        assert event.request is not None
        assert by_id(page, "to-request").attributes["href"] == event.request.get_absolute_url()
        assert bytes(event.content or b"").decode() in said

    def test_the_key_is_linked_for_its_owner_alone(
        self, alice: User, bob: User, dora: User, event: AuditEvent, browse: Browse
    ) -> None:
        assert event.key is not None
        assert event.key.get_absolute_url() in links(browse(alice).get(url_of(event)))
        for person in (bob, dora):
            assert event.key.get_absolute_url() not in links(browse(person).get(url_of(event)))

    def test_a_machines_act_and_a_strangers_are_told_apart(self, bob: User, browse: Browse) -> None:
        stranger = append("session.failed")
        with AuditEvent.objects.act():
            machine = AuditEvent.objects.append("retention.applied", actor=None)
        browser = browse(bob)
        assert "Who Not signed in" in words(browser.get(url_of(stranger)))
        said = words(browser.get(url_of(machine)))
        assert "Who Console" in said
        assert "Address –" in said

    @pytest.mark.parametrize("action", ["session.failed", "password.changed"])
    def test_a_pseudonym_in_the_target_is_named_as_long_as_the_name_stands(
        self, alice: User, bob: User, browse: Browse, action: str
    ) -> None:
        event = append(action, target=str(alice.pk), facts={"reason": "refused"})
        browser = browse(bob)
        assert f"Target {alice.pk} alice" in words(browser.get(url_of(event)))
        people.remove_name(name="alice")
        said = words(browser.get(url_of(event)))
        assert f"Target {alice.pk} (name removed)" in said
        for target in (str(make_key(bob).pk), "no uuid", ""):
            other = append("person.added", target=target)
            assert browser.get(url_of(other)).status_code == 200

    def test_hostile_text_is_text_and_made_visible(self, alice: User, browse: Browse) -> None:
        bad = "<script>alert(1)</script>\u202e"
        page = browse(alice).get(url_of(append(bad[:40], alice, target=bad, facts={"x": bad})))
        assert "<script>alert" not in text(page)
        assert "\u202e" not in text(page)
        assert words(page).count("<script>alert(1)</script>‹U+202E›") >= 3


class TestItsProof:
    def test_the_page_verifies_it_and_says_so(
        self, bob: User, event: AuditEvent, browse: Browse
    ) -> None:
        browser = browse(bob)
        checkpoint = checkpoints.publish()
        page = browser.get(url_of(event))
        said = words(page)
        assert (
            f"Event {event.sequence} is in the tree that was signed at "
            f"{stamp_text(checkpoint.signed_at)} (root {checkpoint.short_root})."
        ) in said
        assert checkpoint.note.split("\n")[2] in said
        copied = {each.attributes.get("data-copy") for each in elements(page)}
        assert {bytes(event.leaf_hash).hex(), checkpoint.root_hex} <= copied
        for each in AuditEvent.objects.proof(event.sequence, checkpoint.size):
            assert each.hex() in said

    def test_it_can_be_taken_along_and_checked_elsewhere(
        self, bob: User, event: AuditEvent, browse: Browse
    ) -> None:
        browser = browse(bob)
        checkpoint = checkpoints.publish()
        answer = browser.get(proof_of(event))
        assert answer["Content-Type"] == "application/json"
        assert f'filename="event-{event.sequence}-proof.json"' in answer["Content-Disposition"]
        given = json.loads(answer.content)
        assert set(given) == {"sequence", "index", "event", "leaf", "proof", "checkpoint"}
        assert given["event"].encode() == bytes(event.content or b"")
        head = open_checkpoint(given["checkpoint"], signing_key().verifier)
        leaf = merkle.leaf_hash(given["event"].encode())
        path = [bytes.fromhex(each) for each in given["proof"]]
        assert merkle.root_from_proof(leaf, given["index"], head.size, path) == head.root
        assert head.size == checkpoint.size

    def test_before_a_checkpoint_there_is_none_to_take(
        self, bob: User, event: AuditEvent, browse: Browse
    ) -> None:
        browser = browse(bob)
        page = browser.get(url_of(event))
        assert proof_of(event) not in links(page)
        answer = browser.get(proof_of(event), follow=True)
        assert answer.redirect_chain == [(url_of(event), 302)]
        assert f"Event {event.sequence} is not yet covered by a checkpoint." in words(answer)

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"\xff", b'{"facts":{"looks":"many"}}', b"[" * 9000]
    )
    def test_changed_bytes_raise_an_alarm_and_no_fault(
        self, bob: User, event: AuditEvent, browse: Browse, content: bytes
    ) -> None:
        browser = browse(bob)
        checkpoints.publish()
        with unguarded():
            AuditEvent.objects.filter(pk=event.pk).update(
                content=content, action="request.refused", actor=None
            )
        page = browser.get(url_of(event))
        assert f"The bytes of event {event.sequence} are not those that were" in words(page)
        assert "Tell an administrator now" in words(page)
        given = json.loads(browser.get(proof_of(event)).content)
        assert given["leaf"] == bytes(event.leaf_hash).hex()

    def test_a_changed_column_raises_an_alarm(
        self, bob: User, event: AuditEvent, browse: Browse
    ) -> None:
        browser = browse(bob)
        checkpoints.publish()
        with unguarded():
            AuditEvent.objects.filter(pk=event.pk).update(actor=bob)
        said = words(browser.get(url_of(event)))
        assert f"What this page shows of event {event.sequence} is not what its bytes say." in said


class TestTheKeepingRule:
    def test_what_was_removed_is_said_and_the_proof_kept(self, bob: User, browse: Browse) -> None:
        with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC)):
            old = append("request.status", bob, target="a secret target")
        append("request.status", bob)
        retention.apply()
        browser = browse(bob)
        checkpoint = checkpoints.publish()
        run = AuditEvent.objects.get(action="retention.applied")
        page = browser.get(url_of(old))
        said = words(page)
        assert f"Its details were removed under the keeping rule on {stamp_text(run.at)}" in said
        assert "its leaf hash and proof are kept." in said
        assert url_of(run) in links(page)
        assert f"Event {old.sequence} is in the tree" in said
        assert "Who" not in said
        given = json.loads(browser.get(proof_of(old)).content)
        assert given["event"] is None
        assert given["checkpoint"] == checkpoint.note

    def test_bytes_that_went_without_the_rule_raise_an_alarm(
        self, bob: User, event: AuditEvent, browse: Browse
    ) -> None:
        browser = browse(bob)
        checkpoints.publish()
        with unguarded():
            AuditEvent.objects.filter(pk=event.pk).update(content=None, action="", actor=None)
        said = words(browser.get(url_of(event)))
        assert f"Event {event.sequence} has lost its bytes, and the keeping rule did not" in said
        assert "were removed under the keeping rule" not in said


class TestWhoReads:
    def test_an_operator_reads_own_acts_and_what_concerns_own_things(
        self, alice: User, dora: User, browse: Browse
    ) -> None:
        key = make_key(alice)
        asked = make_request(key)
        own = [
            append("session.signed_in", alice),
            append("request.ready", None, request=asked),
            append("body.read", dora, request=asked),
            append("key.tested", dora, key=key),
        ]
        foreign = [
            append("session.signed_in", dora),
            append("request.ready", None, request=make_request(make_key(dora))),
            append("retention.applied"),
        ]
        browser = browse(alice)
        assert [browser.get(url_of(each)).status_code for each in own] == [200] * 4
        for each in foreign:
            assert browser.get(url_of(each)).status_code == 404
            assert browser.get(proof_of(each)).status_code == 404

    def test_auditor_and_administrator_read_all_and_nobody_without_a_role_any(
        self, alice: User, bob: User, charlie: User, dora: User, event: AuditEvent, browse: Browse
    ) -> None:
        for person, status in ((bob, 200), (dora, 200), (charlie, 404)):
            assert browse(person).get(url_of(event)).status_code == status

    @pytest.mark.parametrize("sequence", [0, 10**9, 2**63, 10**40])
    def test_a_number_that_no_event_has_is_absent(
        self, bob: User, browse: Browse, sequence: int
    ) -> None:
        browser = browse(bob)
        assert browser.get(reverse("event-detail", args=[sequence])).status_code == 404
        assert browser.get(reverse("event-proof", args=[sequence])).status_code == 404

    def test_the_page_costs_the_same_in_a_long_history(
        self, bob: User, event: AuditEvent, browse: Browse
    ) -> None:
        browser, counts = browse(bob), []
        for _ in range(2):
            for _ in range(20):
                append("session.signed_in", bob)
            checkpoints.publish()
            with CaptureQueriesContext(connection) as queries:
                browser.get(url_of(event))
            counts.append(len(queries))
        assert counts[0] == counts[1]
