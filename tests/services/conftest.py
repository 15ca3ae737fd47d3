"""Each test keeps its spilled answers in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from images.services import spill


@pytest.fixture(autouse=True)
def spill_folder(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    settings.DATA_DIR = tmp_path
    _let_go()
    yield tmp_path / "spill"
    _let_go()


def _let_go() -> None:
    """Close what this process holds; also what a worker's test elsewhere has left held."""
    while spill._own:
        spill._own.pop().close()
