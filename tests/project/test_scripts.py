"""Our scripts: text goes into a page as text, nothing is made into code, nothing secret is kept."""

import re

import pytest

from tests.project.starting import ROOT

SCRIPTS = {path.name: path.read_text() for path in (ROOT / "static" / "js").glob("*.js")}
# Each rule with a line that breaks it, so that it is seen to see.
RULES = [
    (r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write", "part.innerHTML = name;"),
    (r"\beval\(|new Function|setTimeout\(\s*[\"'`]|\.src\s*=", "eval(text)"),
    (r"__proto__|\.prototype\b|Object\.assign\(|\bvar\s", "Object.assign(options, sent)"),
    (r"postMessage|[\"']message[\"']|\bwindow\.name\b|\.opener\b", "addEventListener('message'"),
    (r"\bfetch\(\s*[\"'`]https?:|WebSocket|EventSource|sendBeacon", "new WebSocket(address)"),
]
STORAGE = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie")
# toast.js remembers which requests it has told of, by their ids; Clear-Site-Data clears it.
MAY_STORE = {"toast.js"}


@pytest.mark.parametrize("rule", [rule for rule, _line in RULES])
def test_no_script_does(rule: str) -> None:
    assert SCRIPTS
    assert [name for name, text in SCRIPTS.items() if re.search(rule, text)] == []


def test_the_browsers_storage_is_used_by_few() -> None:
    assert {name for name, text in SCRIPTS.items() if STORAGE.search(text)} <= MAY_STORE


def test_each_is_strict_and_leaves_nothing_on_the_window() -> None:
    own = {name: text for name, text in SCRIPTS.items() if name != "console.js"}  # only imports
    for name, text in own.items():
        lines = [line for line in text.splitlines() if line and not line.startswith("//")]
        assert lines[0] == '"use strict";', name
        assert not re.search(r"\bwindow\.\w+\s*=[^=]", text), name


@pytest.mark.parametrize(("rule", "line"), RULES)
def test_the_search_itself_sees(rule: str, line: str) -> None:
    assert re.search(rule, line)
