"""Every word that the code can store has a sentence for people."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone, translation

from images.event_sentences import event_sentence
from images.ledger.canonical import canonical
from images.models import AuditEvent, ImageRequest
from images.scp.errors import Reason
from images.sentences import badge, evidence, reason_sentence, state_sentence
from images.stamps import ago_text, duration_text, stamp_text
from images.visible import visible
from images.vocabulary import OwnReason, State

IMAGES = Path(__file__).resolve().parent.parent.parent / "images"
ACTION = re.compile(
    r"(?:request|body|session|access|key|export|review|retention|person|settings|ledger)\.[a-z_]+"
)


def actions_in_the_code() -> set[str]:
    """Return every action key that stands in the code as a text."""
    found: set[str] = set()
    folders = (IMAGES / "services", IMAGES / "views")
    for path in [
        *IMAGES.glob("*.py"),
        *(each for in_it in folders for each in in_it.rglob("*.py")),
    ]:
        if path.name in ("event_sentences.py", "act_sentences.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} & set(ACTION.findall(node.value))
    return found - {"export.json"}  # a file's name


def is_a_sentence(text: str) -> bool:
    return text[:1].isupper() and text.endswith((".", ".”")) and "{" not in text


@pytest.mark.parametrize("reason", [*Reason, *OwnReason], ids=str)
def test_every_reason_has_a_sentence(reason: str) -> None:
    assert is_a_sentence(reason_sentence(reason))


@pytest.mark.parametrize("reason", ["", "nonsense"])
def test_no_reason_has_none(reason: str) -> None:
    assert reason_sentence(reason) == ""


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_sentence_and_a_badge(state: State) -> None:
    asked = ImageRequest(state=state)
    look = badge(asked)
    assert is_a_sentence(state_sentence(asked))
    assert all((look.tone, look.icon, look.label))


def test_the_states_look_different_from_one_another() -> None:
    looks = {(badge(ImageRequest(state=state)).label) for state in State}
    assert len(looks) == len(State)


def test_the_code_names_actions() -> None:
    named = {"request.recorded", "request.unknown", "session.failed", "key.tested", "export.made"}
    assert named <= actions_in_the_code()


@pytest.mark.parametrize("action", sorted(actions_in_the_code()))
def test_every_action_has_a_sentence(action: str) -> None:
    bare = AuditEvent(action=action, content=canonical({"facts": {}}))
    told = AuditEvent(
        action=action,
        content=canonical(
            {
                "facts": {
                    "attempt": 1,
                    "image_id": "7c9e6679",
                    "reason": Reason.TIMEOUT.value,
                    "reason_given": "I looked.",
                    "status": "active",
                    "until": timezone.now().isoformat(),
                }
            }
        ),
    )
    assert is_a_sentence(event_sentence(bare))
    assert is_a_sentence(event_sentence(told))


def test_an_action_that_we_do_not_know_shows_its_key() -> None:
    event = AuditEvent(action="request.odd", content=canonical({"facts": {}}))
    assert event_sentence(event) == "request.odd"


def test_an_event_without_its_bytes_says_why() -> None:
    assert event_sentence(AuditEvent(action="")) == (
        "Removed under the keeping rule; its proof is kept."
    )


class TestEvidence:
    def test_scps_own_words_stand_beside_our_sentence(self) -> None:
        found = evidence(
            ImageRequest(
                state=State.REFUSED,
                outcome_reason=Reason.CONFLICT,
                outcome_code="Conflict",
                outcome_detail="Its words.",
                outcome_request_ids={"request_id": "req-1"},
            )
        )
        assert found is not None
        assert (found.code, found.detail, found.request_ids) == (
            "Conflict",
            "Its words.",
            ["req-1"],
        )

    @pytest.mark.parametrize("state", [State.ACCEPTED, State.READY, State.CANCELLED])
    def test_where_all_is_well_there_is_none(self, state: State) -> None:
        assert evidence(ImageRequest(state=state, outcome_reason=Reason.CONFLICT)) is None

    @pytest.mark.parametrize(
        ("reason", "is_about_key"), [(Reason.FORBIDDEN, True), (Reason.CONFLICT, False)]
    )
    def test_what_another_key_would_mend_says_so(self, reason: str, is_about_key: bool) -> None:
        found = evidence(ImageRequest(state=State.REFUSED, outcome_reason=reason))
        assert found is not None
        assert found.is_about_key == is_about_key

    def test_without_a_reason_there_is_none(self) -> None:
        assert evidence(ImageRequest(state=State.RECORDED)) is None


class TestBadges:
    def test_scps_word_is_shown_as_it_came(self) -> None:
        busy = ImageRequest(state=State.ACCEPTED, scp_status="Importing")
        failed = ImageRequest(state=State.FAILED, scp_status="killed")
        assert badge(busy).label == "In progress (Importing)"
        assert badge(failed).label == "Failed (killed)"

    def test_a_request_that_waits_says_until_when(self) -> None:
        due_at = timezone.now() + timedelta(minutes=5)
        asked = ImageRequest(state=State.RECORDED, attempt=1, due_at=due_at)
        assert stamp_text(due_at) in badge(asked).label
        assert stamp_text(due_at) in state_sentence(asked)

    def test_a_refusal_says_whether_scp_was_asked(self) -> None:
        ours = ImageRequest(state=State.REFUSED)
        theirs = ImageRequest(state=State.REFUSED, sent_at=timezone.now())
        assert badge(ours).label == "Not sent"
        assert state_sentence(ours).startswith("The request was not sent.")
        assert badge(theirs).label == "SCP refused the request"
        assert state_sentence(theirs).startswith("SCP refused the request.")

    def test_a_withdrawal_after_a_try_says_that_nothing_was_made(self) -> None:
        asked = ImageRequest(state=State.CANCELLED, attempt=1)
        assert badge(asked).label == "Withdrawn · no image was made"

    def test_a_person_who_has_to_choose_is_named(self) -> None:
        asked = ImageRequest(state=State.UNKNOWN, needs_person=True)
        assert badge(asked).label == "Outcome not known · waits for a person"
        assert "A person has to look" in state_sentence(asked)


class TestStamps:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (None, ""),
            (-3, "0 s"),
            (12.9, "12 s"),
            (80, "1 min 20 s"),
            (3600 * 3 + 300, "3 h 5 min"),
        ],
    )
    def test_durations(self, seconds: float | None, text: str) -> None:
        assert duration_text(seconds) == text

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (-60, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (7200, "2 hours ago"),
            (86_400, "1 day ago"),
        ],
    )
    def test_ages(self, seconds: int, text: str) -> None:
        with translation.override("en"):
            assert ago_text(timezone.now() - timedelta(seconds=seconds)) == text

    def test_no_time_is_no_text(self) -> None:
        assert (ago_text(None), stamp_text(None)) == ("", "")

    def test_a_stamp_names_its_zone(self) -> None:
        moment = datetime(2026, 11, 23, 7, 50, 12, tzinfo=UTC)
        assert stamp_text(moment) == "2026-11-23 16:50:12 KST"


class TestHostileText:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a\u202eb", "a‹U+202E›b"),
            ("zero\u200bwidth", "zero‹U+200B›width"),
            ("nul\x00", "nul‹U+0000›"),
            ("한글 <b> 🙂", "한글 <b> 🙂"),
        ],
    )
    def test_what_hides_is_made_visible(self, text: str, shown: str) -> None:
        assert visible(text) == shown

    def test_what_may_stay_stays(self) -> None:
        assert visible("a\nb\tc", keep="\n") == "a\nb‹U+0009›c"
