"""`make serve`: the console in earnest, behind a proxy that ends TLS, started and stopped."""

import re
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from tests.project.served import (
    END_SECONDS,
    PASSWORD,
    Visitor,
    prepared,
    said_until_up,
    serve_environment,
    serving,
)
from tests.project.starting import ROOT, manage, run
from tests.project.test_demo import command_of, descendants, is_alive
from tests.scp.certificates import make_certificate
from tests.services.asking import closed_port
from tests.tls_proxy import tls_proxy

# Of the sources, the data and the server: none of it is a page, and no folder is listed.
NOT_SERVED = (
    *("/.git/config", "/.git/HEAD", "/manage.py", "/requirements.txt", "/README.md", "/.env"),
    *("/static/", "/static/css/", "/static/../manage.py", "/static/%2e%2e/manage.py"),
    *("/console.sqlite3", "/static/..%2fconsole.sqlite3", "/admin/", "/metrics", "/styleguide/"),
)
DEMO_NAMES = ("operator", "auditor", "administrator")
pytestmark = pytest.mark.timeout(240)


def test_it_serves_people_behind_a_proxy_and_ends_in_peace(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, host="localhost")
    folder = tmp_path / "data"
    folder.mkdir()
    port = closed_port()
    with tls_proxy(port, certificate) as https_port:
        env = serve_environment(
            folder,
            CONSOLE_URL=f"https://localhost:{https_port}",
            LISTEN=f"127.0.0.1:{port}",
        )
        prepared(env)
        with serving(env) as process:
            said = said_until_up(process)
            assert said.endswith(f"SCP image console: listening on 127.0.0.1:{port}.\n"), said
            assert "password" not in said.lower()
            children = descendants(process.pid)
            commands = " ".join(command_of(pid) for pid in children)
            assert "scpconsole.sandbox" not in commands
            _look_around(Visitor(https_port, certificate))
            _demo_accounts_are_not_there(Visitor(https_port, certificate))
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 0, rest
    assert "Stopping; what is in flight is finished first." in rest
    assert "Traceback" not in rest
    assert not any(is_alive(pid) for pid in children)
    assert {each.name for each in folder.iterdir()}.isdisjoint({"accounts.json", "standin.json"})


def _look_around(visitor: Visitor) -> None:
    """A person signs in; the worker lives, cookies and headers are those of https."""
    done = visitor.sign_in("dora", PASSWORD)
    assert done.status == 302
    assert set(visitor.cookies) >= {"__Host-session", "__Host-csrf"}
    for line in done.headers.get_all("Set-Cookie") or []:
        assert "; Secure" in line, line
        assert "; Path=/" in line, line
    account = visitor.get("/account/")
    assert account.status == 200
    assert "dora" in account.text
    assert int(account.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31536000
    assert visitor.get("/readyz").status in {200, 503}  # the first heartbeat may be under way
    for path in NOT_SERVED:
        assert visitor.get(path).status == 404, path
    style = re.search(r'href="(/static/[^"]+\.css)"', account.text)
    assert style is not None
    assert visitor.get(style[1]).status == 200


def _demo_accounts_are_not_there(visitor: Visitor) -> None:
    for name in DEMO_NAMES:
        for password in (name, "password", PASSWORD):
            assert visitor.sign_in(name, password).status != 302
    assert "__Host-session" not in visitor.cookies


def test_without_a_proxy_in_front_no_page_is_served(tmp_path: Path) -> None:
    """Whoever comes in the clear is sent to https, and a foreign Host gets nothing."""
    port = closed_port()
    env = serve_environment(tmp_path, LISTEN=f"127.0.0.1:{port}")
    prepared(env)
    with serving(env, "--only", "web") as process:
        said_until_up(process)
        assert not any("manage.py" in command_of(pid) for pid in descendants(process.pid))
        answer = _raw(port, "GET /login/ HTTP/1.1", "Host: console.example.com")
        assert answer.startswith("HTTP/1.1 301 ")
        assert re.findall(r"(?im)^server: (.*)$", answer) == ["gunicorn\r"]  # and no version
        assert "Location: https://console.example.com/login/" in answer
        assert _raw(port, "GET /login/ HTTP/1.1", "Host: evil.example").startswith("HTTP/1.1 400 ")
        two_lengths = ("Content-Length: 3", "Transfer-Encoding: chunked")
        smuggled = _raw(port, "POST /login/ HTTP/1.1", "Host: console.example.com", *two_lengths)
        assert smuggled.startswith("HTTP/1.1 400 ")


def _raw(port: int, *lines: str) -> str:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as peer:
        peer.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        return peer.makefile("rb").read().decode()


def test_the_worker_alone_ends_in_peace_too(tmp_path: Path) -> None:
    env = serve_environment(tmp_path, LISTEN=f"127.0.0.1:{closed_port()}")
    prepared(env)
    with serving(env, "--only", "worker") as process:
        assert said_until_up(process) == "SCP image console: the worker runs.\n"
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 0, rest


def test_a_worker_that_cannot_start_ends_all(tmp_path: Path) -> None:
    """It comes without preparation, so here it finds no database that was migrated."""
    ended = run("-m", "scpconsole.serve", "--only", "worker", env=serve_environment(tmp_path))
    assert ended.code == 1
    assert "The database is not up to date: run “manage.py migrate”." in ended.text
    assert "The worker ended by itself, so everything stops." in ended.text


class TestFirstStart:
    def test_the_first_administrator_is_missing(self, tmp_path: Path) -> None:
        env = serve_environment(tmp_path)
        if connection.vendor == "postgresql":
            assert manage("migrate", "--verbosity", "0", env=env).code == 0
        ended = run("-m", "scpconsole.serve", env=env)
        assert ended.code == 1
        assert ended.lines == [
            "The console cannot start. Nobody administers it yet: add the first person with "
            "“manage.py add_person NAME --role administrator”, under the same settings, and start "
            "again."
        ]

    def test_postgresql_is_migrated_by_its_owner_and_a_file_by_the_start(
        self, tmp_path: Path
    ) -> None:
        """The role that serves may have no right to change tables, and several may start."""
        ended = manage("prepare_serve", env=serve_environment(tmp_path))
        if connection.vendor == "postgresql":
            assert "The database is not up to date: run “manage.py migrate”." in ended.text
        else:
            assert "Nobody administers it yet" in ended.text
            with closing(sqlite3.connect(tmp_path / "console.sqlite3")) as opened:
                (found,) = opened.execute("SELECT count(*) FROM django_migrations").fetchone()
            assert found > 0

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="it breaks a file")
    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        env = serve_environment(tmp_path)
        path = tmp_path / "console.sqlite3"
        path.write_text("no database at all, but long enough to look like one" * 40)
        path.chmod(0o600)
        ended = manage("prepare_serve", env=env)
        assert ended.code == 1
        assert len(ended.lines) == 1, ended.text
        assert ended.text.startswith("The console cannot start. The database cannot be opened (")


def test_the_makefile_starts_this_very_program() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nserve:")[2].partition("\n\n")[0]
    assert "-m scpconsole.serve" in recipe
    assert "demo" not in recipe
