"""docs/security.md and the tests are in step: what it names exists, and nothing is left out."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.project.starting import ROOT

PAGE = ROOT / "docs" / "security.md"
TEXT = PAGE.read_text()
# By section, the level of its first, second, ... requirement. Source: OWASP ASVS 5.0.0, the CSV
# file of its repository (OWASP/ASVS, 5.0/docs_en). 345 requirements: 70, 183 and 92 by level.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3",
    "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333",
    "6.6": "2223", "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222",
    "10.6": "22", "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23",
    "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
LEVEL_OF = {
    f"{section}.{place}": level
    for section, levels in LEVELS.items()
    for place, level in enumerate(levels, 1)
}
IN_FULL = ("11.", "13.3.", "16.")  # keys and logs
WANTED = {n for n, level in LEVEL_OF.items() if level in "12" or n.startswith(IN_FULL)}
REASONS = ("not applicable: ", "not done: ", "left to the operator: ", "written: ")
LATER = "not shown yet: "
_NAMED = re.compile(r"`(tests/[\w/.]+\.py(?:::\w+)*)`")
_LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")


@dataclass(frozen=True)
class Row:
    """One requirement: its number, its level, what it asks, and what shows it."""

    number: str
    level: str
    asked: str
    shown: str

    @property
    def tests(self) -> list[str]:
        return _NAMED.findall(self.shown.partition(LATER)[0])


def rows() -> list[Row]:
    lines = re.findall(r"^\| (\d[^|]*) \| ([^|]*) \| ([^|]*) \| (.*) \|$", TEXT, re.MULTILINE)
    return [Row(*line) for line in lines]


@cache
def names_in(path: Path) -> set[str]:
    """Return the tests of a file, and the classes that hold any: `test_a`, `TestB`,
    `TestB::test_c`."""
    if not path.is_file():
        return set()
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            inside = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
            tests = [name for name in inside if name.startswith("test_")]
            found |= {f"{node.name}::{name}" for name in tests} | ({node.name} if tests else set())
    return found


def exists(named: str) -> bool:
    path, _, inside = named.partition("::")
    return inside in names_in(ROOT / path) if inside else (ROOT / path).is_file()


def test_the_numbers_are_those_of_the_standard() -> None:
    assert len(LEVEL_OF) == 345
    assert [list(LEVEL_OF.values()).count(level) for level in "123"] == [70, 183, 92]


def test_every_requirement_has_its_row_once() -> None:
    numbers = [row.number for row in rows()]
    assert sorted(set(numbers)) == sorted(numbers)
    assert WANTED - set(numbers) == set()
    assert set(numbers) - set(LEVEL_OF) == set()
    assert {number.partition(".")[0] for number in numbers} == {str(n) for n in range(1, 18)}


def test_rows_stand_in_order_with_their_level() -> None:
    numbers = [tuple(map(int, row.number.split("."))) for row in rows()]
    assert numbers == sorted(numbers)
    assert {row.number: row.level for row in rows() if LEVEL_OF[row.number] != row.level} == {}


def test_each_has_a_test_or_a_reason() -> None:
    for row in rows():
        begins = row.shown.startswith((*REASONS, LATER))
        assert row.asked
        assert row.tests or begins, row
        if begins:
            assert len(row.shown.partition(": ")[2]) > 10, row
        if row.shown.startswith("written: "):
            assert _LINK.search(row.shown), row


def test_every_test_that_the_page_names_exists() -> None:
    promised = {each for row in rows() for each in _promised(row)}
    assert [
        each for each in _NAMED.findall(TEXT) if not exists(each) and each not in promised
    ] == []


def test_what_is_shown_by_now_is_not_put_off() -> None:
    """Take the words “not shown yet” away from what has come."""
    come = {row.number: [each for each in _promised(row) if exists(each)] for row in rows()}
    assert {number: tests for number, tests in come.items() if tests} == {}


def _promised(row: Row) -> list[str]:
    return re.findall(r"`((?:tests|docs)/[\w/.-]+(?:::\w+)*)`", row.shown.partition(LATER)[2])


def test_every_link_leads_somewhere() -> None:
    for file, anchor in _LINK.findall(TEXT):
        page = PAGE.parent / file if file else PAGE
        assert page.is_file(), file
        if anchor:
            assert anchor in _anchors(page.read_text()), (file, anchor)


def _anchors(text: str) -> set[str]:
    """Return the anchors of headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
