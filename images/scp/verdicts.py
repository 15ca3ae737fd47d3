"""What an answer means. Source: SCP API reference, sections 5, 8 and 10.

Certainly nothing was done: exactly 400 401 403 404 406 409, and 410, by which HTTP says that
what was addressed is no longer there (RFC 9110, section 15.5.11). Turned away at the edge: 417
and 429. For a write everything else but the one right answer is an unknown outcome.
"""

import re

from images.scp.calls import Answer
from images.scp.envelopes import Envelope, Kind
from images.scp.errors import (
    Busy,
    Denied,
    Missing,
    OutcomeUnknown,
    Reason,
    Refused,
    ScpError,
    Unexpected,
)
from images.scp.exchange import Exchange, find_header
from images.scp.times import read_http_date

# SCP's tolerance is not known. A minute is far more than the second that Date is cut to
# and any way of an answer, and far less than a tolerance anyone would set.
SKEW_WORTH_NAMING_SECONDS = 60
LONGEST_WAIT_SECONDS = 3600

REFUSALS: dict[int, tuple[type[Refused], Reason]] = {
    400: (Refused, Reason.BAD_REQUEST),
    401: (Denied, Reason.SIGNATURE),
    403: (Denied, Reason.FORBIDDEN),
    404: (Missing, Reason.NOT_FOUND),
    406: (Refused, Reason.VERSION),
    409: (Refused, Reason.CONFLICT),
    410: (Refused, Reason.VERSION),  # not the image: SCP says 404 of one that is gone
}
TURNED_AWAY = {417: Reason.EDGE, 429: Reason.RATE}


def error_of(answer: Answer, *, awaited: int, is_write: bool) -> ScpError | None:
    """Return the error that `answer` is, or None when it is whole and has status `awaited`."""
    exchange = answer.exchange
    if not exchange.left_us and answer.failure is not None:
        return _never_left(exchange, answer.failure)
    told = answer.told
    # these statuses say what happened, even when the body after them broke off
    if exchange.status in REFUSALS:
        return _refusal(exchange, exchange.status, told)
    if exchange.status in TURNED_AWAY:
        wait = retry_after_seconds(exchange)
        reason = TURNED_AWAY[exchange.status]
        return Busy(exchange, reason, told.code, told.detail, retry_after_seconds=wait)
    lost_reason = _lost_reason(exchange.status, answer.failure, awaited)
    if lost_reason is None:
        return None
    return lost(answer, lost_reason, is_write=is_write)


def lost(answer: Answer, reason: Reason, *, is_write: bool) -> ScpError:
    """Return the error for an answer that says nothing certain."""
    kind = OutcomeUnknown if is_write else Unexpected
    return kind(answer.exchange, reason, answer.told.code, answer.told.detail)


def retry_after_seconds(exchange: Exchange) -> int | None:
    """Read Retry-After, seconds or a date, as 0 to 3600 seconds; None for anything else."""
    text = find_header(exchange.headers, "Retry-After").strip()
    if re.fullmatch(r"[0-9]{1,18}", text):
        return min(int(text), LONGEST_WAIT_SECONDS)
    until = read_http_date(text)
    # measured on SCP's own clock, which our skew does not touch
    now = read_http_date(find_header(exchange.headers, "Date")) or exchange.sent_at
    if until is None or now is None:
        return None
    return max(0, min(round((until - now).total_seconds()), LONGEST_WAIT_SECONDS))


def _never_left(exchange: Exchange, reason: Reason) -> ScpError:
    kind = Refused if reason is Reason.BAD_URL else Busy
    return kind(exchange, reason)


def _refusal(exchange: Exchange, status: int, told: Envelope) -> Refused:
    kind, reason = REFUSALS[status]
    skew = exchange.clock_skew_seconds
    if status == 401 and "catalog" in told.detail.lower():
        reason = Reason.CATALOG
    elif status == 401 and skew is not None and abs(skew) > SKEW_WORTH_NAMING_SECONDS:
        reason = Reason.CLOCK
    elif status == 404 and told.kind in {Kind.HTML, Kind.SPRING}:
        reason = Reason.WRONG_HOST
    return kind(exchange, reason, told.code, told.detail)


def _lost_reason(status: int | None, failure: Reason | None, awaited: int) -> Reason | None:
    if status is not None and status >= 500:
        return Reason.SERVER_ERROR
    if status is not None and 300 <= status < 400:
        return Reason.REDIRECT
    if failure is not None:
        return failure
    return None if status == awaited else Reason.UNEXPECTED_STATUS
