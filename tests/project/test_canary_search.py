"""The search for a key pair finds it in every kind of place where it is said to find nothing."""

import base64
import html
import io
import json
import logging
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter
from pytest_django import Settings

from images.models import User
from images.services.exports.csv_rows import cell
from tests.canary import Canary
from tests.canary_places import (
    Search,
    postgres_files,
    processes,
    sqlite_copies,
    table_rows,
)
from tests.faults.installing import SECRET_KEY as MATRIX_SECRET
from tests.faults.leaks import told_secrets
from tests.log_lines import captured
from tests.people import ACCESS_KEY, SECRET_KEY

CANARY = Canary.hatched()


@pytest.fixture
def search() -> Search:
    return Search(CANARY)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lower": str.lower,
    "upper": str.upper,
    "backwards": lambda secret: secret[::-1],
    "cut off": lambda secret: secret[:12],
    "hexadecimal": lambda secret: secret.encode().hex(),
    "Python": repr,
    "JSON": json.dumps,
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"key": secret})),
    "HTML": html.escape,
    "percent": quote,
    "form": lambda secret: urlencode({"secret_key": secret}),
    "percent twice": lambda secret: quote(quote(secret)),
    "CSV": lambda secret: cell(f"={secret}"),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of more": lambda secret: base64.b64encode(f"ab{secret}:c".encode()).decode(),
    "base64url": lambda secret: base64.urlsafe_b64encode(f"a{secret}/?".encode()).decode(),
}


@pytest.mark.parametrize("half", ["access key", "secret key"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_it_knows_every_spelling(half: str, spelling: str) -> None:
    secret = CANARY.access_key if half == "access key" else CANARY.secret_key
    found = CANARY.found_in(f"before {SPELLINGS[spelling](secret)} after".encode())
    assert found
    assert all(name.startswith(half) for name in found)


def test_the_last_four_characters_are_no_find() -> None:
    assert CANARY.found_in(f"Access key …{CANARY.access_key[-4:]}".encode()) == []
    assert Canary.hatched().found_in(CANARY.secret_key.encode()) == ["secret key, its beginning"]


class TestFiles:
    def test_a_file_an_export_and_a_pack(self, search: Search, tmp_path: Path) -> None:
        secret = CANARY.secret_key
        pack = io.BytesIO()
        with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside/events.csv", cell(secret))
        (tmp_path / "folder").mkdir()
        for name, content in (("plain", secret.encode()), ("pack.zip", pack.getvalue())):
            before = len(search.hits)
            (tmp_path / "folder" / name).write_bytes(content)
            search.look_into_files(tmp_path)
            assert len(search.hits) > before
            (tmp_path / "folder" / name).unlink()

    def test_sqlite_its_log_its_dump_and_its_backup(self, search: Search, tmp_path: Path) -> None:
        path = tmp_path / "db.sqlite3"
        opened = sqlite3.connect(path)
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("CREATE TABLE kept (value)")
        opened.commit()
        opened.execute("INSERT INTO kept VALUES (?)", [CANARY.secret_key.encode()])
        opened.commit()
        search.look_into_files(tmp_path)
        assert any("db.sqlite3-wal: secret key" in hit for hit in search.hits)
        for where, content in sqlite_copies(path, tmp_path):
            assert CANARY.found_in(content), where
        opened.close()


@pytest.mark.django_db(transaction=True)
class TestDatabase:
    def test_a_row(self, search: Search, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(last_name=CANARY.access_key)
        search.look_into(table_rows())
        assert any(hit.startswith("table images_user: access key") for hit in search.hits)

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")
    def test_the_servers_own_files(self, search: Search, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(last_name=CANARY.access_key)
        if search.look_into(postgres_files()):
            assert search.hits


class TestWhatIsWritten:
    def test_a_log(self, search: Search) -> None:
        with captured("json") as lines:
            logging.getLogger("images").warning("it is %s", CANARY.secret_key)
        search.look("the log", lines.text)
        assert search.hits

    @pytest.mark.parametrize("is_email", [False, True])
    def test_a_report_of_an_error(
        self, search: Search, settings: Settings, *, is_email: bool
    ) -> None:
        """Django's shows locals and forms; with our filter it shows neither."""
        settings.DEBUG = True
        form = RequestFactory().post("/keys/new/", {"what": CANARY.access_key})
        search.look("ours", _report(form, CANARY.secret_key, is_email=is_email))
        assert search.hits == []
        setattr(form, "exception_reporter_filter", SafeExceptionReporterFilter())  # noqa: B010
        search.look("Django's", _report(form, CANARY.secret_key, is_email=is_email))
        assert any(hit.startswith("Django's: access key") for hit in search.hits)
        assert any(hit.startswith("Django's: secret key") for hit in search.hits)


def _report(form: HttpRequest, whatever: str, *, is_email: bool) -> str:
    try:
        raise LookupError
    except LookupError:
        kind, error, trace = sys.exc_info()
        report = ExceptionReporter(form, kind, error, trace, is_email=is_email)
        return f"{report.get_traceback_html()}{report.get_traceback_text()}{whatever[:0]}"


class TestProcesses:
    @pytest.mark.parametrize("where", ["cmdline", "environ"])
    def test_a_process_that_was_told(self, search: Search, where: str) -> None:
        wait = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
        told = [*wait, CANARY.secret_key] if where == "cmdline" else wait
        child = subprocess.Popen(
            told,
            env={"TOLD": CANARY.secret_key} if where == "environ" else {},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert child.stdout
            child.stdout.readline()
            search.look_into(processes())
        finally:
            child.communicate()
        assert {hit.partition(":")[0] for hit in search.hits} == {f"{where} of process {child.pid}"}


@pytest.mark.django_db
def test_the_fault_matrix_looks_as_well(alice: User, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("a line that tells nothing")
    assert list(told_secrets(tmp_path, log)) == []
    log.write_text(f"{MATRIX_SECRET} {SECRET_KEY.encode().hex()}")
    User.objects.filter(pk=alice.pk).update(last_name=ACCESS_KEY)
    assert sorted(told_secrets(tmp_path, log)) == [
        f"a key stands in {log}: secret key, hexadecimal",
        "a key stands in table images_user: access key, as it is",
        "a key stands in table images_user: access key, its beginning",
        "a secret stands in the worker's log",
    ]
