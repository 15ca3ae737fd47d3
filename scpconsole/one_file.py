"""Static files as they are served: hashed names, compressed, one style sheet and one script."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import find
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)

SHEET, SCRIPT = "css/console.css", "js/console.js"
_SHEET_IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')
_SHEET_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SCRIPT_IMPORT = re.compile(r'import "\./([^"]+)";')
_SCRIPT_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_INDENT = re.compile(r"\n\s*")


class OneFileStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Serves style sheet and script with everything that they import inside: one trip instead of
    two, and a third less to send. The sources stay as they are, a file for each component."""

    def post_process(
        self, paths: dict[str, tuple[Storage, str]], *args: Any, **options: Any
    ) -> Iterator[Any]:
        memory = InMemoryStorage()
        joined = {name: (memory, name) for name in _JOIN if name in paths}
        for name in joined:
            storage, path = paths[name]
            with storage.open(path) as source:
                text = _JOIN[name](source.read().decode())
            memory.save(name, ContentFile(text.encode()))
        yield from super().post_process({**paths, **joined}, *args, **options)


def one_sheet(source: str) -> str:
    """Return the sheet with each `@import` replaced by the file's rules in the same layer.

    Raises FileNotFoundError for a file that is not there.
    """

    def rules(imported: re.Match[str]) -> str:
        path, layer = imported.groups()
        return f"@layer {layer} {{\n{_SHEET_COMMENT.sub('', _read(f'css/{path}'))}}}"

    return _INDENT.sub("\n", _SHEET_IMPORT.sub(rules, source))


def one_script(source: str) -> str:
    """Return the script with each `import` replaced by the file. Raises FileNotFoundError.

    Each file keeps its names in a block of its own and says nothing to the others but by events.
    """

    def text(imported: re.Match[str]) -> str:
        return _read(f"js/{imported[1]}")

    whole = _SCRIPT_IMPORT.sub(text, source)
    return _INDENT.sub("\n", _SCRIPT_COMMENT.sub("", whole))


_JOIN: dict[str, Callable[[str], str]] = {SHEET: one_sheet, SCRIPT: one_script}


def _read(name: str) -> str:
    found = find(name)
    if found is None:
        raise FileNotFoundError(f"{name} is imported, but it is not there")
    with open(found, encoding="utf-8") as source:
        return source.read()
