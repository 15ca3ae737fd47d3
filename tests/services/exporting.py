"""Make exports and read their files as people do, and ask the verifier that is in every pack."""

import io
import json
import subprocess
import sys
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from django.utils import timezone

from images.filters import Filters
from images.ledger import verify_export
from images.models import AuditEvent, Export, User
from images.services import retention
from images.services.exports.downloading import begin
from images.services.exports.making import make
from images.vocabulary import Acts, ExportKind

ALL = Filters(acts=Acts.ALL)
VERIFIER = Path(verify_export.__file__)


def happen(actor: User | None, *, times: int = 1, **values: Any) -> None:
    """Let something be recorded, by default a key's test."""
    action = values.pop("action", "key.tested")
    with AuditEvent.objects.act():
        for _ in range(times):
            AuditEvent.objects.append(action, actor=actor, **values)


def let_expire(actor: User, *, times: int) -> None:
    """Let something be recorded so long ago that the keeping rule has taken it since."""
    with time_machine.travel(timezone.now() - timedelta(days=6 * 366)):
        happen(actor, times=times)
    assert retention.apply() == times


def export_of(actor: User, kind: ExportKind, **changes: Any) -> Export:
    values: dict[str, Any] = {
        "filters": ALL,
        "query": "show=all",
        "language": "en",
        "token": uuid.uuid4(),
    }
    return make(actor=actor, kind=kind, **{**values, **changes}).export


def file_of(export: Export) -> bytes:
    return b"".join(begin(actor=export.maker, export=export))


def lines_of(export: Export) -> list[dict[str, Any]]:
    """Return the events of an export of JSON lines."""
    return [json.loads(line) for line in file_of(export).splitlines()]


def members_of(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def verdict_on(pack: bytes, folder: Path, *arguments: str) -> dict[str, Any]:
    """Return what the verifier says of a ZIP file, run as an auditor runs it."""
    path = folder / f"{uuid.uuid4()}.zip"
    path.write_bytes(pack)
    command = [sys.executable, "-I", str(VERIFIER), str(path), "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if found["verdict"] == "good" else 1)
    return found
