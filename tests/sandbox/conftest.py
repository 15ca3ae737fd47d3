from __future__ import annotations

from collections.abc import Iterator

import pytest

from scpconsole.sandbox import Sandbox
from tests.sandbox.caller import ACCESS_KEY, SECRET_KEY, Caller


@pytest.fixture
def scp() -> Iterator[Sandbox]:
    with Sandbox(seed_servers=20) as running:
        running.add_key(ACCESS_KEY, SECRET_KEY)
        yield running


@pytest.fixture
def caller(scp: Sandbox) -> Caller:
    return Caller(scp.url)
