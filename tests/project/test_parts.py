"""Parts from elsewhere: locked, hashed, and named in one list."""

import json
import re

import pytest

from scpconsole.parts import LOCKS, bill_of_materials, pins
from tests.project.starting import ROOT, inherited, run


@pytest.mark.parametrize("name", [*LOCKS, "requirements-dev.txt"])
def test_each_is_locked_by_version_and_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    found = list(pins(text))
    wanted = re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)  # every line that begins a package
    assert len(found) == len(wanted) > 0
    for package, version, hashes in found:
        assert hashes, package
        assert re.fullmatch(r"[0-9][0-9a-z.+!-]*", version), package
    for other_place in ("--index-url", "--extra-index-url", "--find-links", " @ ", "://"):
        assert other_place not in text


def test_every_install_asks_for_the_hashes() -> None:
    for name in ("Makefile", "docs/deploy.md", "docs/metrics.md"):
        for line in (ROOT / name).read_text().splitlines():
            if re.search(r"pip install\b", line):
                assert "--require-hashes" in line, line


def test_the_list_names_every_part() -> None:
    found = bill_of_materials()
    named = {(each["name"], each["version"]) for each in found["components"]}
    for lock in LOCKS:
        assert {pin[:2] for pin in pins((ROOT / lock).read_text())} <= named
    assert "htmx" in {name for name, _version in named}
    for each in found["components"]:
        assert each["version"], each["name"]
        for file in each["externalReferences"]:
            (digest,) = file["hashes"]
            assert re.fullmatch("[0-9a-f]{64}", digest["content"])


def test_it_is_written_the_same_each_time() -> None:
    first, second = (run("-m", "scpconsole.parts", env=inherited()) for _time in range(2))
    assert first.code == 0
    assert first.text == second.text
    assert json.loads(first.text) == bill_of_materials()
