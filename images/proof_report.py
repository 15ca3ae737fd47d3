"""What the proof of an event came to, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from images.event_sentences import event_sentence, event_who
from images.models import AuditEvent
from images.services.proofs import Proof, Verdict, prove
from images.services.record_checks import Part, RecordCheck
from images.stamps import stamp_text


@dataclass(frozen=True)
class ProofReport:
    """The proof of one event, and what is said of it."""

    proof: Proof
    sentence: str
    tone: str
    who: str
    what: str
    """What happened, as a sentence; the bare action where the bytes cannot be trusted."""

    @property
    def event(self) -> AuditEvent:
        return self.proof.event


def proven(events: Sequence[AuditEvent]) -> list[ProofReport]:
    """Prove the events, and say what came of it."""
    return [_report(proof) for proof in prove(events)]


def _report(proof: Proof) -> ProofReport:
    event = proof.event
    return ProofReport(
        proof=proof,
        sentence=proof_sentence(proof),
        tone=_TONES.get(proof.verdict, "bad"),
        who=event_who(event) if proof.is_readable else event.actor_name,
        what=event_sentence(event) if proof.is_readable else event.action,
    )


_TONES = {Verdict.PROVEN: "good", Verdict.WAITING: "quiet"}


def proof_sentence(proof: Proof) -> str:
    """Say whether the event is in the tree that was signed last, and what is wrong if it is not."""
    checkpoint = proof.checkpoint
    words = {
        "sequence": proof.event.sequence,
        "time": stamp_text(checkpoint.signed_at) if checkpoint else "",
        "root": checkpoint.short_root if checkpoint else "",
    }
    return _sentence(proof).format(**words)


def _sentence(proof: Proof) -> str:
    match proof.verdict:
        case Verdict.PROVEN:
            return _("Event {sequence} is in the tree that was signed at {time} (root {root}).")
        case Verdict.WAITING:
            return _(
                "Event {sequence} is not yet covered by a checkpoint. The next one, about a minute "
                "after the event, covers it."
            )
        case Verdict.CHANGED if proof.event.is_expired:
            return _(
                "Event {sequence} has lost its bytes, and the keeping rule did not take them. The "
                "history was changed."
            )
        case Verdict.CHANGED:
            return _(
                "The bytes of event {sequence} are not those that were recorded: their hash is not "
                "its leaf hash. The history was changed."
            )
        case Verdict.MISSHOWN:
            return _(
                "What this page shows of event {sequence} is not what its bytes say. The history "
                "was changed."
            )
        case Verdict.UNSIGNED:
            return _(
                "The newest checkpoint is not signed by the key of this console, so it proves "
                "nothing of event {sequence}."
            )
        case Verdict.ASTRAY:
            return _(
                "Event {sequence} does not fit the tree that was signed at {time} (root {root}). "
                "The history was changed."
            )


def record_sentence(check: RecordCheck) -> str:
    """Say whether a shown record is what its event tells of."""
    words = {
        "sequence": check.sequence,
        "attempt": check.attempt,
        "names": ", ".join(check.differing),
    }
    return _record_sentence(check).format(**words)


def _record_sentence(check: RecordCheck) -> str:
    match check.part:
        case Part.FACTS if check.differing:
            return _(
                "The facts on this page are not those that event {sequence} recorded: {names}. The "
                "record was changed."
            )
        case Part.FACTS:
            return _("The facts on this page are those that event {sequence} recorded.")
        case Part.CALL if check.differing:
            return _(
                "The call of attempt {attempt} is not the one that event {sequence} recorded: "
                "{names}. The record was changed."
            )
        case Part.CALL:
            return _("The call of attempt {attempt} is the one that event {sequence} recorded.")
        case Part.ANSWER if check.differing:
            return _(
                "The answer to attempt {attempt} is not the one that event {sequence} recorded: "
                "{names}. The record was changed."
            )
        case Part.ANSWER:
            return _("The answer to attempt {attempt} is the one that event {sequence} recorded.")
