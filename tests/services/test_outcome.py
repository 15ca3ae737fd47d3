"""An outcome goes through a file and comes back as it was."""

import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.scp.exchange import Exchange
from images.services.outcome import Outcome
from images.vocabulary import State

words = st.text(max_size=40)
numbers = st.integers(min_value=0, max_value=2**40)
headers = st.dictionaries(words, words, max_size=4)
exchanges = st.builds(
    Exchange,
    method=st.sampled_from(["POST", "GET"]),
    url=words,
    api_version=words,
    request_headers=headers,
    request_body=words,
    request_sha256=words,
    sent_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    duration_ms=numbers,
    status=st.none() | st.integers(min_value=100, max_value=599),
    headers=headers,
    body=st.binary(max_size=200),
    body_length=numbers,
    is_truncated=st.booleans(),
    request_ids=headers,
    clock_skew_seconds=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    left_us=st.booleans(),
)
outcomes = st.builds(
    Outcome,
    state=st.sampled_from([State.ACCEPTED, State.REFUSED, State.UNKNOWN, State.RECORDED]),
    exchange=exchanges,
    reason=words,
    code=words,
    detail=words,
    image_id=words,
    wait_seconds=numbers,
)


@given(outcome=outcomes)
def test_it_comes_back_as_it_was(outcome: Outcome) -> None:
    assert Outcome.from_json(json.loads(json.dumps(outcome.as_json()))) == outcome


def test_bytes_that_are_no_text_come_back() -> None:
    exchange = Exchange("POST", "https://scp.example/v1", "1.3", body=b"\x00\xff\xfe{")
    outcome = Outcome(State.UNKNOWN, exchange)
    assert Outcome.from_json(outcome.as_json()).exchange.body == b"\x00\xff\xfe{"


@pytest.mark.parametrize(
    ("state", "is_certain"),
    [
        (State.ACCEPTED, True),
        (State.REFUSED, True),
        (State.RECORDED, True),
        (State.UNKNOWN, False),
    ],
)
def test_only_unknown_is_uncertain(state: State, is_certain: bool) -> None:
    exchange = Exchange("POST", "https://scp.example/v1", "1.3")
    assert Outcome(state, exchange).is_certain is is_certain
