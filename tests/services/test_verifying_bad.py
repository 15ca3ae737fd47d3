"""Verifying: how faults are told, whatever stands in the rows; and where events lead."""

import uuid

import pytest
from django.utils import timezone
from pytest_django import Settings

from images.ledger import merkle
from images.ledger.canonical import canonical
from images.ledger.notes import VerifierKey
from images.ledger_key import signing_key
from images.models import AuditEvent, User
from images.services.checkpoints import publish
from images.services.people import add_person
from images.services.verifying import By, Kind, Means, verify
from images.services.verifying.replay import Told, replayed
from images.vocabulary import Role, State
from tests.people import PASSWORD
from tests.services.verified import happen, sentences
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def means(settings: Settings) -> Means:
    return Means(anchors=settings.LEDGER_ANCHOR_DIR, memory=settings.LEDGER_STATE_FILE)


class TestWhatIsBad:
    def test_twenty_are_listed_and_all_are_counted(self, means: Means) -> None:
        happen(50)
        with unguarded():
            AuditEvent.objects.filter(sequence__gt=10).update(target="another")
        report = verify(means)
        listed = report.findings.listed()
        assert (report.findings.total, len(listed), report.first_bad) == (40, 20, 11)
        assert [finding.sequence for finding in listed] == list(range(11, 31))
        assert {finding.kind for finding in listed} == {Kind.COLUMN}

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"{",
            b"\xff",
            b"[" * 100_000,
            b'{"facts":{},"facts":{}}',
            canonical({"version": 1}),
        ],
    )
    def test_whatever_stands_for_the_bytes_is_a_finding(self, means: Means, content: bytes) -> None:
        happen(3)
        with unguarded():
            AuditEvent.objects.filter(sequence=2).update(content=content)
        report = verify(means)
        assert (report.first_bad, report.findings.listed()[0].kind) == (2, Kind.EVENT)

    @pytest.mark.parametrize("facts", [b'{"a":1.0}', b'{"a":1e3}', b"{ }", b'{"b":1,"a":2}', b"[]"])
    def test_facts_have_one_form(self, means: Means, facts: bytes) -> None:
        happen(3)
        event = AuditEvent.objects.get(sequence=3)
        content = bytes(event.content or b"").replace(b'"facts":{}', b'"facts":' + facts)
        with unguarded():
            AuditEvent.objects.filter(sequence=3).update(
                content=content, leaf_hash=merkle.leaf_hash(content)
            )
        report = verify(means)
        assert (report.first_bad, report.findings.listed()[0].kind) == (3, Kind.EVENT)

    def test_a_gap(self, means: Means) -> None:
        happen(9)
        with unguarded():
            AuditEvent.objects.filter(sequence__in=[3, 4, 9])._raw_delete("default")
            AuditEvent.objects.filter(sequence=8).update(sequence=0)
        assert sentences(verify(means)) == [
            "The events 3 to 4 are missing.",
            "There is a row with the number 0, where no event may be.",
        ]

    def test_a_checkpoint_of_another_key(self, means: Means) -> None:
        happen()
        publish()
        twin = VerifierKey(signing_key().verifier.name, bytes(32))
        report = verify(Means(anchors=means.anchors, keys=(twin,)))
        assert {finding.kind for finding in report.findings.listed()} == {Kind.CHECKPOINT}
        assert report.findings.by == {By.HEAD, By.ANCHOR}

    def test_a_role_that_no_event_gave(self, means: Means) -> None:
        add_person(name="bob", role=Role.AUDITOR, password=PASSWORD)
        User.objects.update(role=Role.ADMINISTRATOR)
        assert [finding.kind for finding in verify(means).findings.listed()] == [Kind.PERSON]


class TestReplaying:
    """Where events lead."""

    def told(self, action: str, **facts: object) -> Told:
        return Told(1, timezone.now(), action, None, dict(facts))

    def test_an_image_that_was_named_too_late_may_stand_beside(self) -> None:
        late = str(uuid.uuid4())
        place = replayed(
            [
                self.told("request.recorded"),
                self.told("request.sending", attempt=1),
                self.told("request.unknown"),
                self.told("request.not_made"),
                self.told("request.answered_late", image_id=late),
            ]
        )
        assert (place.state, place.attempt, place.image_ids) == (State.NOT_MADE, 1, {late, ""})

    def test_a_person_s_word_counts(self) -> None:
        for image_id, state in (("an id", State.ACCEPTED), ("", State.NOT_MADE)):
            place = replayed([self.told("request.settled", image_id=image_id)])
            assert (place.state, place.image_ids) == (state, {image_id})

    def test_what_is_not_told_may_be_anything(self) -> None:
        place = replayed([self.told("request.look_wished")])
        assert place.allows("state", "anything")
        assert place.allows("attempt", 7)
