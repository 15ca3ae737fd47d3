"""A planted key pair is found in no file, stream, page or list of processes, with real processes.

Web and worker as an operator starts them; tests/project/test_canary.py goes into the corners.
"""

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from scpconsole.sandbox import Sandbox
from tests.canary import Canary
from tests.canary_places import Search, postgres_dump, processes, sqlite_copies
from tests.faults.web import Page, Visitor
from tests.people import PASSWORD
from tests.project.starting import MANAGE, ROOT, environment, manage
from tests.services.asking import closed_port

_PATIENCE_SECONDS = 60


@dataclass
class House:
    """The running programs, their files, and the stand-in behind them."""

    folder: Path
    env: dict[str, str]
    port: int
    scp: Sandbox
    programs: list["subprocess.Popen[bytes]"]
    canary: Canary

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def is_running(self) -> bool:
        return all(program.poll() is None for program in self.programs)

    def end(self) -> None:
        for program in self.programs:
            program.send_signal(signal.SIGTERM)
        for program in self.programs:
            program.wait(_PATIENCE_SECONDS)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    canary = Canary.hatched()
    with Sandbox(seed_servers=3) as scp:
        scp.options.burst_calls = None
        scp.add_key(canary.access_key, canary.secret_key)
        port = closed_port()
        env = environment(
            tmp_path,
            CONSOLE_URL=f"http://127.0.0.1:{port}",
            SCP_URL_TEMPLATE=scp.url,
            SCP_ALLOW_LOOPBACK="on",
            LOG_LEVEL="DEBUG",
        )
        _install(env)
        with (tmp_path / "output").open("wb") as log:
            running = [
                subprocess.Popen(each, env=env, cwd=ROOT, stdout=log, stderr=log)
                for each in _programs(port)
            ]
        found = House(tmp_path, env, port, scp, running, canary)
        try:
            yield found
        finally:
            found.end()


def _install(env: dict[str, str]) -> None:
    steps = [
        (("migrate", "--verbosity", "0"), ""),
        (("collectstatic", "--noinput", "--verbosity", "0"), ""),
        (("add_person", "alice", "--role", "operator"), PASSWORD),
    ]
    for arguments, given in steps:
        done = manage(*arguments, env=env, given=given)
        assert done.code == 0, done.text


def _programs(port: int) -> list[list[str]]:
    web = [sys.executable, "-m", "gunicorn", "scpconsole.wsgi", "--bind", f"127.0.0.1:{port}"]
    web += ["--worker-class", "gthread", "--threads", "4", "--preload", "--no-control-socket"]
    return [web, [sys.executable, MANAGE, "worker", "--threads", "2"]]


@pytest.mark.timeout(300)
def test_it_is_found_nowhere(house: House) -> None:
    search = Search(house.canary)
    for page in _use(house):
        search.look("a page", page.text)
    assert search.looked_at > 8
    assert house.is_running()
    told = dict(processes())
    pids = [pid for program in house.programs for pid in _family(program.pid)]
    assert len(pids) >= 3
    assert {f"environ of process {pid}" for pid in pids} <= set(told)
    search.look_into(iter(told.items()))
    search.look_into_files(house.folder)
    house.end()
    search.look_into_files(house.folder)
    search.look_into(_copies(house))
    assert b"/keys/new/" in house.output.read_bytes()
    assert search.hits == []


def _use(house: House) -> Iterator[Page]:
    """Add a key, test it, ask for an image, and let SCP say the key aloud."""
    visitor = Visitor(house.port)
    _until(lambda: _answers(visitor))
    visitor.sign_in("alice")
    form = {
        "alias": "the cage",
        "place": "e/kr-west1",
        "access_key": house.canary.access_key,
        "secret_key": house.canary.secret_key,
        "api_version": "1.3",
    }
    yield visitor.post("/keys/new/", {**form, "alias": ""})
    added = visitor.post("/keys/new/", form)
    assert added.status == 302
    yield added
    yield visitor.get(added.location)
    yield visitor.post(f"{added.location}test/", {})
    servers = visitor.get("/servers/")
    yield servers
    words = f"{house.canary.access_key} {house.canary.secret_key}"
    house.scp.faults.add("status", kind="create_image", status=500, body=words)
    asked = _ask(visitor, servers)
    yield asked
    _until(lambda: any(call.method == "POST" for call in house.scp.journal))
    _until(lambda: "HTTP 500" in visitor.get(f"{asked.location}response/").text)
    for part in ("", "response/", "calls/1/request/", "calls/1/response/"):
        yield visitor.get(f"{asked.location}{part}")
    house.scp.faults.add("status", status=401, body={"detail": words})
    yield visitor.post(f"{added.location}test/", {})
    yield visitor.get(added.location)
    yield visitor.get("/history/?show=all")


def _ask(visitor: Visitor, servers: Page) -> Page:
    """Ask for an image of the first server of the list."""
    found = re.search(r'href="(/servers/[0-9a-f-]+/[0-9a-f-]+/image/)"', servers.text)
    assert found, servers.text
    form = visitor.get(found[1])
    typed_in = {
        "image_name": form.field("image_name"),
        "form_token": form.field("form_token"),
        "reason": "before the kernel update",
        "confirm_state": "on",
    }
    asked = visitor.post(found[1], typed_in)
    assert asked.status == 302, asked.text
    return asked


def _copies(house: House) -> Iterator[tuple[str, bytes]]:
    """The dump and the backup that an operator would make now."""
    if connection.vendor == "postgresql":
        yield from postgres_dump(house.env["DATABASE_URL"].rpartition("/")[2])
    else:
        yield from sqlite_copies(house.folder / "console.sqlite3", house.folder)


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _answers(visitor: Visitor) -> bool:
    with contextlib.suppress(OSError):
        return visitor.get("/login/").status == 200
    return False


def _family(pid: int) -> list[int]:
    """Return the process and what it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]
