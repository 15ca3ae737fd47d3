"""Answers that are compressed, endless, or too large."""

import gzip
import itertools
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from images.scp.calls import Limits
from images.scp.errors import OutcomeUnknown, Reason
from tests.scp.clients import create, error_in
from tests.scp.wire import ACCEPTED, IMAGE_ID, Act, Line, Peer, Request, answer, head, raw

MIB = 1024 * 1024
PATIENT = Limits(connect_seconds=5, read_seconds=5, total_seconds=10)


def stream(start: bytes, pieces: Iterator[bytes]) -> Act:
    def act(line: Line, _request: Request) -> None:
        line.send(start)
        for piece in pieces:
            line.send(piece)

    return act


def bomb() -> Iterator[bytes]:
    """512 MiB of zeros, made while it is sent."""
    packer = zlib.compressobj(9, wbits=31)
    for _ in range(512):
        yield packer.compress(bytes(MIB))
    yield packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(ACCEPTED)),
        ("X-GZIP", gzip.compress(ACCEPTED)),
        ("deflate", zlib.compress(ACCEPTED)),
    ],
)
def test_a_compressed_answer_is_understood(encoding: str, packed: bytes) -> None:
    with Peer(answer(202, packed, f"Content-Encoding: {encoding}")) as peer:
        created = create(peer)
    assert created.image_id == IMAGE_ID
    assert (created.exchange.body, created.exchange.body_length) == (ACCEPTED, len(ACCEPTED))


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (answer(202, b"no gzip at all", "Content-Encoding: gzip"), Reason.NOT_JSON),
        (answer(202, gzip.compress(ACCEPTED)[:-9], "Content-Encoding: gzip"), Reason.BROKEN_OFF),
        (answer(202, gzip.compress(ACCEPTED), "Content-Encoding: br"), Reason.NOT_JSON),
        (answer(202, gzip.compress(ACCEPTED), "Content-Encoding: gzip, gzip"), Reason.NOT_JSON),
    ],
)
def test_what_cannot_be_unpacked_is_unknown(act: Act, reason: Reason) -> None:
    with Peer(act) as peer:
        error = error_in(lambda: create(peer))
    assert (type(error), error.reason) == (OutcomeUnknown, reason)


@pytest.mark.parametrize(
    "act",
    [
        stream(head(202, "Content-Encoding: gzip"), bomb()),
        stream(head(202), itertools.repeat(b" " * 65536)),
        stream(
            head(202, "Transfer-Encoding: chunked"),
            itertools.repeat(b"8000\r\n" + b" " * 0x8000 + b"\r\n"),
        ),
    ],
    ids=["gzip bomb", "endless", "endless chunks"],
)
def test_an_endless_answer_is_cut_and_unknown(act: Act) -> None:
    with Peer(act) as peer:
        error = error_in(lambda: create(peer, limits=PATIENT))
    kept = error.exchange
    assert (type(error), error.reason) == (OutcomeUnknown, Reason.TOO_LARGE)
    assert (kept.status, len(kept.body), kept.is_truncated) == (202, 64 * 1024, True)
    assert 4 * MIB < kept.body_length <= 4 * MIB + 64 * 1024
    assert peer.connections == 1


def test_a_long_answer_within_the_cap_is_read_whole_and_kept_in_part() -> None:
    body = b" " * 100_000 + ACCEPTED
    with Peer(answer(202, body)) as peer:
        kept = create(peer).exchange
    assert (len(kept.body), kept.body_length, kept.is_truncated) == (65536, len(body), True)


def test_exactly_as_much_as_is_kept_is_not_truncated() -> None:
    body = ACCEPTED.ljust(65536)
    with Peer(answer(202, body)) as peer:
        kept = create(peer).exchange
    assert (kept.body, kept.is_truncated) == (body, False)


def test_headers_are_kept_within_bounds() -> None:
    lines = [f"X-{n}: {'v' * 3000}" for n in range(80)]
    with Peer(raw(head(202, "X-Same: a", "X-Same: b", *lines) + ACCEPTED)) as peer:
        kept = create(peer).exchange.headers
    assert len(kept) == 63
    assert kept["X-Same"] == "a, b"
    assert max(len(value) for value in kept.values()) == 2048


GROWTH = """
import resource, sys
from images.scp.client import Client, Credentials
from images.scp.errors import OutcomeUnknown

client = Client(
    base_url=sys.argv[1], credentials=Credentials("access", "secret"), api_version="1.3"
)
call = client.prepare_image(
    server_id="2a9be312-5d4b-4bc8-b2ae-35100fa9241f", image_name="a"
)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    client.create_image(call)
except OutcomeUnknown as error:
    print(error.reason, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_bomb_costs_little_memory(encoding: str) -> None:
    """Measured in a process of its own: the peak of ours says nothing."""
    pieces = bomb() if encoding == "gzip" else itertools.repeat(b" " * 65536)
    with Peer(stream(head(202, f"Content-Encoding: {encoding}"), pieces)) as peer:
        done = subprocess.run(
            [sys.executable, "-c", GROWTH, peer.base_url],
            cwd=Path(__file__).parent.parent.parent,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    reason, growth_kib = done.stdout.split()
    assert reason == "too_large"
    assert int(growth_kib) <= 16 * 1024
