"""The two verifiers as the tests call them: the Python one imported, the other in one process."""

import base64
import functools
import io
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest import mock

import playwright

from images.ledger import verify_export
from tests.ledger.drafts import Draft

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "verifier"
SCRIPT = Path(verify_export.__file__)
Answer = dict[str, Any]


def find_node() -> str:
    """Return a Node.js: Playwright's own, which our lock file pins, else the system's."""
    folder = Path(playwright.__file__).parent / "driver"
    own = folder / ("node.exe" if sys.platform == "win32" else "node")
    found = str(own) if own.exists() else shutil.which("node")
    assert found, "Playwright's package has no Node.js of its own here: install Node.js."
    return found


def ask_python(draft: Draft) -> Answer:
    """Return what verify_export.py says to the pack."""
    names = [name for name, _ in draft.members]
    pack = verify_export.Pack(names, lambda name: io.BytesIO(draft[name]))
    return asdict(verify_export.verify(pack, draft.key, draft.earlier)[0])


@contextmanager
def remembered_signatures() -> Iterator[None]:
    """Compute each signature's check once: thousands of packs have the same few."""
    remember = functools.lru_cache(maxsize=None)(verify_export.is_signature)
    with mock.patch.object(verify_export, "is_signature", remember):
        yield


def ask_both(drafts: list[Draft]) -> list[tuple[Answer, Answer]]:
    """Return both answers to each of the packs."""
    with remembered_signatures():
        python = [ask_python(draft) for draft in drafts]
    javascript = ask_javascript(question(draft) for draft in drafts)
    return list(zip(python, javascript, strict=True))


def ask_javascript(questions: Iterable[dict[str, Any]]) -> list[Answer]:
    """Return what verify.mjs says to each of the packs, from one process.

    A question is what `cli.mjs --batch` reads; see question() and zip_question().
    """
    command = [find_node(), str(FOLDER / "cli.mjs"), "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feeder = threading.Thread(target=_feed, args=(process.stdin, questions))
        feeder.start()
        answers = [json.loads(line) for line in process.stdout]
        feeder.join()
    assert process.returncode == 0
    return answers


def _feed(stdin: Any, questions: Iterable[dict[str, Any]]) -> None:
    with stdin:
        for question in questions:
            stdin.write(json.dumps(question).encode() + b"\n")


def question(draft: Draft) -> dict[str, Any]:
    members, earlier = _encoded(draft.members), _encoded(draft.earlier)
    return {"members": members, "key": draft.key, "earlier": earlier}


def zip_question(
    archive: bytes, key: str | None = None, earlier: Iterable[tuple[str, bytes]] = ()
) -> dict[str, Any]:
    encoded = base64.b64encode(archive).decode()
    return {"zip": encoded, "key": key, "earlier": _encoded(earlier)}


def _encoded(files: Iterable[tuple[str, bytes]]) -> list[list[str]]:
    return [[name, base64.b64encode(content).decode()] for name, content in files]
