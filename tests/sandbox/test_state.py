"""Images and ledger outlive a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from scpconsole.sandbox import Sandbox
from scpconsole.sandbox.state import BadState
from tests.sandbox.caller import ACCESS_KEY, SECRET_KEY, Caller


def test_a_second_start_knows_the_images_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with Sandbox(seed_servers=5, state_file=file) as scp:
        scp.add_key(ACCESS_KEY, SECRET_KEY)
        image_id = Caller(scp.url).create(scp.servers[0].id, "kept").json()["image_id"]
        images, ledger = scp.images, scp.ledger
    with Sandbox(seed_servers=5, state_file=file) as again:
        again.add_key(ACCESS_KEY, SECRET_KEY)
        again.clock.advance(60)
        assert (again.images, again.ledger) == (images, ledger)
        assert Caller(again.url).get(f"/v1/images/{image_id}").json()["name"] == "kept"
    assert list(tmp_path.iterdir()) == [file]


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox(seed_servers=1) as scp:
        scp.add_key(ACCESS_KEY, SECRET_KEY)
        assert Caller(scp.url).create(scp.servers[0].id).status == 202
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"images": [{"name": 1}], "ledger": []}', "{}"])
def test_an_odd_file_stops_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(BadState, match=r"state\.json"):
        Sandbox(state_file=file)
