"""Whether the kept calls and answers are the ones that the events of a request tell of."""

import hashlib
from collections.abc import Iterator

from images.models import ExchangeRecord
from images.scp.exchange import HIDDEN
from images.services.verifying.findings import By, Finding, Kind
from images.services.verifying.past import SHORTEST_KEEPING, Removed
from images.services.verifying.replay import Told


def faults_of(kept: list[ExchangeRecord], told: list[Told], removed: Removed) -> Iterator[Finding]:
    """Yield what is wrong with one request's calls, given the events that are left of it."""
    sendings = {each.facts.get("attempt"): each for each in told if _is_sending(each)}
    for call in kept:
        sending = sendings.pop(call.attempt, None)
        if sending is None:
            if not removed.covers(call.prepared_at):
                words = f"No event tells of call {call.attempt} of the request {call.request_id}."
                yield Finding(Kind.CALL, By.DATA, words)
            continue
        outcomes = [each for each in told if _is_outcome(each, call.attempt)]
        wrong = [*_wrong_question(call, sending), *_wrong_answer(call, outcomes)]
        if call.is_emptied and not _may_be_empty(sending, removed):
            wrong.append("the bytes are gone, and no keeping rule took them")
        if wrong:
            words = f"Call {call.attempt} of the request {call.request_id} is not the one that "
            words += f"event {sending.sequence} tells of: {', '.join(wrong)}."
            yield _finding(outcomes[-1] if outcomes else sending, words)
    for attempt, sending in sendings.items():
        words = f"Call {attempt}, which event {sending.sequence} tells of, is not kept any more."
        yield _finding(sending, words)


def _is_sending(told: Told) -> bool:
    return told.action == "request.sending"


def _is_outcome(told: Told, attempt: int) -> bool:
    return told.facts.get("attempt") == attempt and "status" in told.facts


def _wrong_question(call: ExchangeRecord, sending: Told) -> Iterator[str]:
    shown = {"sha256": call.request_sha256, "method": call.method, "url": call.url}
    yield from (name for name, value in shown.items() if sending.facts.get(name, value) != value)
    body = call.request_body
    # A body with something hidden in it is not the one that was hashed.
    if body and HIDDEN not in body and _sha256(body.encode()) != call.request_sha256:
        yield "the body that was sent"


def _wrong_answer(call: ExchangeRecord, outcomes: list[Told]) -> Iterator[str]:
    body = bytes(call.body)
    if not outcomes:
        if call.is_finished or call.status is not None or body:
            yield "an answer that no event tells of"
        return
    facts = outcomes[0].facts
    if not call.is_finished or call.status != facts["status"]:
        yield "the status of the answer"
    hash_ = facts.get("answer_sha256")
    if hash_ is None and facts["status"] is None and body:
        yield "an answer that no event tells of"
    if hash_ is not None and not call.is_emptied and _sha256(body) != hash_:
        yield "the kept answer"


def _may_be_empty(sending: Told, removed: Removed) -> bool:
    return removed.at is not None and sending.at + SHORTEST_KEEPING <= removed.at


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _finding(event: Told, words: str) -> Finding:
    return Finding(Kind.CALL, By.DATA, words, event.sequence, event.sequence)
