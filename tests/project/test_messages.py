"""The Korean catalogue is whole, current and careful, and no text stands outside it."""

import ast
import gettext
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "images" / "locale" / "ko" / "LC_MESSAGES" / "django.po"
Id = tuple[str, str, str]


@dataclass(frozen=True)
class Entry:
    """One text of a .po file. `plural` and `context` are "" where there is none."""

    source: str
    plural: str
    context: str
    text: str
    is_fuzzy: bool

    @property
    def id(self) -> Id:
        return self.context, self.source, self.plural


def read_catalogue(path: Path) -> list[Entry]:
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    return [entry for entry in map(_entry, blocks) if entry.source]


def _entry(block: str) -> Entry:
    parts: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        keyword, _space, quoted = line.partition(" ")
        if line.startswith('"'):
            parts[name] += ast.literal_eval(line)
        elif keyword.startswith("msg"):
            name = keyword.removesuffix("[0]")  # Korean has one form for every count
            parts[name] = ast.literal_eval(quoted)
    return Entry(
        source=parts.get("msgid", ""),
        plural=parts.get("msgid_plural", ""),
        context=parts.get("msgctxt", ""),
        text=parts.get("msgstr", ""),
        is_fuzzy=any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines()),
    )


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    found = read_catalogue(PO)
    assert len(found) > 300
    return found


class TestTranslations:
    def test_every_text_is_translated_and_none_is_guessed(self, entries: list[Entry]) -> None:
        assert [each.source for each in entries if not each.text or each.is_fuzzy] == []

    def test_placeholders_are_the_same_on_both_sides(self, entries: list[Entry]) -> None:
        holder = re.compile(r"%\(\w+\)s|\{\w*\}")
        different = [
            each.source
            for each in entries
            # Korean's one form stands for every count, so it has what the plural has.
            if sorted(holder.findall(each.plural or each.source))
            != sorted(holder.findall(each.text))
        ]
        assert different == []

    def test_no_particle_follows_a_name_that_is_put_in(self, entries: list[Entry]) -> None:
        particle = re.compile(
            r"(?:\}|\)s)[”’)]?(?:이|가|을|를|은|는|과|와|로|으로|이나|나)(?![가-힣])"
        )
        assert [each.text for each in entries if particle.search(each.text)] == []

    @pytest.mark.parametrize("word", ["성공적으로", "을(를)", "이(가)", "은(는)", "해요", "세요"])
    def test_words_that_we_do_not_use(self, entries: list[Entry], word: str) -> None:
        assert [each.text for each in entries if word in each.text] == []


class TestCatalogue:
    @pytest.mark.skipif(
        not all(map(shutil.which, ["make", "xgettext", "msgmerge", "msgfmt"])),
        reason="make or the gettext tools (xgettext, msgmerge, msgfmt) are not installed",
    )
    def test_it_holds_every_text_of_the_sources_and_no_other(
        self, entries: list[Entry], tmp_path: Path
    ) -> None:
        _copy_sources(tmp_path)
        subprocess.run(
            ["make", "-o", ".venv/.dev", "messages", f"BIN={Path(sys.executable).parent}"],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if "MAKE" not in name},
            capture_output=True,
            check=True,
        )
        fresh = {each.id for each in read_catalogue(tmp_path / PO.relative_to(ROOT))}
        assert fresh == {each.id for each in entries}, "Run `make messages` and translate."

    def test_the_compiled_one_is_current(self, entries: list[Entry]) -> None:
        compiled = PO.with_suffix(".mo")
        with compiled.open("rb") as file:
            texts = gettext.GNUTranslations(file)
        (count,) = struct.unpack("<I", compiled.read_bytes()[8:12])
        assert count == len(entries) + 1  # and the header
        assert [each.source for each in entries if _compiled(texts, each) != each.text] == []


def _copy_sources(target: Path) -> None:
    for name in ("Makefile", "manage.py", "requirements-dev.txt", "requirements.txt"):
        shutil.copy(ROOT / name, target)
    for name in ("images", "scpconsole", "templates"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    (target / "tests").mkdir()
    for name in ("__init__.py", "settings.py"):
        shutil.copy(ROOT / "tests" / name, target / "tests")


def _compiled(texts: gettext.GNUTranslations, entry: Entry) -> str:
    if entry.plural:
        return texts.ngettext(entry.source, entry.plural, 1)
    return (
        texts.pgettext(entry.context, entry.source)
        if entry.context
        else texts.gettext(entry.source)
    )


_TRANSLATED = re.compile(r"{% *(comment|blocktranslate)\b.*?{% *end\1 *%}", re.DOTALL)
_TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
_LITERAL_PART = re.compile(r"{% *include[^%]*\b(?:text|label|sentence|link|none)=[\"']")
_SPOKEN = {"title", "aria-label", "placeholder", "alt", "data-announce", "data-panel-title"}
_SPOKEN |= {"data-copied", "data-count", "data-bad", "data-long"}
# The same in every language.
_SAME = {"HTTP", "SHA-256", "SCP"}
# Served when nothing else works: no translation can be loaded, so it says both at once.
_STATIC = {"500.html", "503.html"}
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if path.name not in _STATIC
)


class BareWords(HTMLParser):
    """Collects what a person reads or hears and no translation tag made."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in _SPOKEN:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        words = data.strip().strip("/·:()“”–. ")
        if re.search(r"[^\W\d_]", words) and words not in _SAME:
            self.found.append(words)


def bare_words(template: str) -> list[str]:
    parser = BareWords()
    parser.feed(_TAGS.sub("", _TRANSLATED.sub("", template)))
    parser.close()
    return parser.found + _LITERAL_PART.findall(template)


class TestTemplates:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_every_word_is_inside_a_translation(self, path: Path) -> None:
        assert bare_words(path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize(
        ("template", "expected"),
        [
            ('<p title="{% translate "Close" %}">{% translate "Close" %} SHA-256</p>', []),
            ('<p title="Close">{{ close }}</p>', ["Close"]),
            ("<p>{% if a %}Closed{% endif %}</p>", ["Closed"]),
            ("<p>{% blocktranslate %}Closed {{ at }}.{% endblocktranslate %} 닫힘</p>", ["닫힘"]),
        ],
    )
    def test_the_search_itself_sees_bare_words(self, template: str, expected: list[str]) -> None:
        assert bare_words(template) == expected


_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|\A[A-Z][a-z]{2,}\.?\Z")
_NO_WORDS = {"Allow", "Authorization", "Lax", "Origin"}  # of headers, of a cookie
_TRANSLATES = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
}
# These speak to a person; every other exception and each log line speaks to an operator.
_SHOWN_ERRORS = {"NotAllowed", "PermissionDenied", "ValidationError", "Http404"}
_SPEAKING = ["images/forms", "images/services", "images/views"]
# Said to whoever starts the console, in a terminal, or to the program that watches it.
_TERMINAL = {
    "checks.py",
    "exposition.py",
    "displacing.py",
    "guards.py",
    "health.py",
    "ledger_key.py",
    "metrics_answers.py",
    "starting.py",
    "transit.py",
    "vault.py",
}
# Made of the names of products, which are the same in every language.
_PROPER_NAMES = {"browsers.py"}
MODULES = sorted(
    path
    for path in [
        *(ROOT / "images").glob("*.py"),
        *(path for folder in _SPEAKING for path in (ROOT / folder).glob("*.py")),
    ]
    if path.name not in _TERMINAL | _PROPER_NAMES
)


def untranslated(node: ast.AST) -> Iterator[str]:
    """Yield every literal that reads as words and is no docstring, log line or inner error."""
    if _is_translated_or_inner(node):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _reads(node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not is_docstring:
            yield from untranslated(child)


def _reads(text: str) -> bool:
    return text not in _NO_WORDS and _WORDS.search(text) is not None


def _is_translated_or_inner(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return ast.unparse(node.exc.func).split(".")[-1] not in _SHOWN_ERRORS
    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return called in _TRANSLATES or called.startswith("logger.")


class TestModules:
    @pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_every_sentence_is_inside_a_translation(self, path: Path) -> None:
        assert list(untranslated(ast.parse(path.read_text(encoding="utf-8")))) == []

    def test_the_search_itself_sees_bare_sentences(self) -> None:
        code = 'raise NotAllowed("No image now.")\nmessages.error(_("Well done."), "Failed.")'
        assert list(untranslated(ast.parse(code))) == ["No image now.", "Failed."]
