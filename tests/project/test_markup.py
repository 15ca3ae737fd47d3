"""Templates hold no code: no inline script, style or handler, and nothing that htmx would run."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
_COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
# They would let text from elsewhere be markup, or markup run.
_RAISED = re.compile(r"\|\s*safe\b|safeseq|{%\s*autoescape|{%\s*nonce|csp_nonce")
# Attributes of htmx that run what they hold, or read values that may begin with “js:”.
_RUN = re.compile(r"(data-)?hx-(on|vars|ext)\b.*")
# hx-include="…" names fields of the page; the others could carry a script's value.
_VALUES = {"hx-vals", "hx-headers", "hx-request"}


class _Markup(HTMLParser):
    """Collect what is wrong with a template, once Django's own tags are out of the way."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in {"style", "base", "iframe", "object", "embed", "applet"}:
            self.faults.append(f"<{tag}>")
        if tag == "script" and not attributes.get("src"):
            self.faults.append("a script without src")
        self.faults += [
            f'{name}="{value}"' for name, value in attributes.items() if _is_bad(name, value)
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def _is_bad(name: str, value: str) -> bool:
    text = re.sub(r"\s", "", value).lower()
    is_code = name.startswith("on") or name in {"style", "srcdoc"} or bool(_RUN.fullmatch(name))
    is_filter = name.endswith("hx-trigger") and "[" in value
    is_value = name.removeprefix("data-") in _VALUES
    return (
        is_code
        or is_filter
        or (is_value and "js:" in text)
        or text.startswith(("javascript:", "js:", "data:", "vbscript:"))
    )


def faults_of(source: str) -> list[str]:
    bare = _COMMENT.sub("", source)
    found = _Markup()
    found.feed(_TAG.sub("x", bare))
    found.close()
    return found.faults + _RAISED.findall(bare)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_no_code(path: Path) -> None:
    assert faults_of(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color: red">',
        "<button onclick='x()'>",
        "<div hx-on:click='x()'>",
        "<div hx-on::after-swap='x()'>",
        "<div data-hx-on:click='x()'>",
        "<div hx-vars='a:b()'>",
        "<div hx-trigger='click[ctrlKey]'>",
        '<div hx-trigger="every 1s {{ x }} [!document.hidden]">',
        "<div hx-vals='js:{a: b()}'>",
        '<div hx-headers="{{ x }}js:b()">',
        "<a href='javascript:x()'>",
        "<a href=' java\nscript:x()'>",
        "<img src='data:image/png;base64,x'>",
        "<iframe srcdoc='x'>",
        "<script>x()</script>",
        "<style>p {}</style>",
        "<base href='/'>",
        "<p>{{ name|safe }}</p>",
        "{% autoescape off %}{{ name }}{% endautoescape %}",
        '<use style="x" />',
    ],
)
def test_the_check_finds_each_kind(source: str) -> None:
    assert faults_of(source)


def test_the_check_leaves_what_is_right() -> None:
    right = (
        "{% comment %}style='x' onclick= hx-on |safe{% endcomment %}"
        "<p class='x' hx-get='{% url 'x' %}' hx-trigger='every {{ n }}s, catch-up' data-poll>"
        "{{ name }}</p><script src='/static/x.js' defer></script>"
    )
    assert faults_of(right) == []


def test_python_makes_no_markup_of_text() -> None:
    """Only format_html, which escapes its arguments; so no text can bring hx- attributes along."""
    for path in sorted((ROOT / "images").rglob("*.py")):
        assert not re.search(r"\bmark_safe\b|\bSafeString\(|__html__", path.read_text()), path


def test_scripts_of_ours_make_no_code_or_markup_of_text() -> None:
    words = r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write"
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        # "outerHTML" is also the name of a way to swap, in a text.
        assert not re.search(words, path.read_text()), path
