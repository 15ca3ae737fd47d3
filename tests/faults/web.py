"""The web server of a house, as it is run in production, and people who use it over HTTP."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from tests.faults.dying import die_with_parent
from tests.faults.house import Broken, House
from tests.faults.installing import TOTAL_SECONDS
from tests.people import PASSWORD
from tests.services.asking import closed_port

ROOT = Path(__file__).resolve().parent.parent.parent
_START_SECONDS = 20
_PATIENCE_SECONDS = 40  # longer than any page may take


@dataclass(frozen=True)
class Page:
    """An answer of the console."""

    status: int
    location: str
    text: str

    def field(self, name: str) -> str:
        """Return the value of a form's field. Raises Broken when there is no such field."""
        for tag in re.findall(r"<input[^>]*>", self.text):
            if f'name="{name}"' in tag:
                found = re.search(r'value="([^"]*)"', tag)
                return found[1] if found else ""
        raise Broken(f"a page with status {self.status} has no field {name}")


class WebServer:
    """gunicorn as `make run` and docs/ run it: one master, worker processes with threads."""

    def __init__(self, house: House, *, page_seconds: int = TOTAL_SECONDS) -> None:
        """`page_seconds` is how long a page may wait for SCP."""
        self.port = closed_port()
        self.kills = 0
        self._command = (
            *(sys.executable, "-m", "gunicorn", "scpconsole.wsgi"),
            *("--bind", f"127.0.0.1:{self.port}", "--chdir", str(ROOT)),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "16"),
            *("--preload", "--no-control-socket", "--log-level", "error"),
        )
        self._environment = {
            **os.environ,
            "CONSOLE_DATA_DIR": str(house.folder),
            "CONSOLE_URL": f"http://127.0.0.1:{self.port}",
            "DATABASE_URL": house.database.url(house.name),
            "SCP_URL_TEMPLATE": house.scp.url,
            "SCP_PAGE_SECONDS": str(page_seconds),
            "SCP_READ_SECONDS": str(page_seconds),
        }
        self._log = house.log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        (Path(self._environment["CONSOLE_DATA_DIR"]) / "static").mkdir(exist_ok=True)
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the master and wait until somebody answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.visitor().get("/login/").status == 200:
                    return
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise Broken("the web server does not start")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the master and, with SIGKILL, everything that it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if how is signal.SIGKILL:
                os.killpg(self._process.pid, how)
            else:
                self._process.send_signal(how)
        self._process.wait(_PATIENCE_SECONDS)
        self._process = None

    def kill_one(self, choice: int) -> None:
        """Kill one of the processes that answer; the master starts another at once."""
        if self._process is None:
            return
        tasks = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        children = tasks.read_text().split()
        if children:
            self.kills += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(children[choice % len(children)]), signal.SIGKILL)

    def visitor(self, name: str = "") -> "Visitor":
        """Return a browser; signed in when it is somebody's."""
        visitor = Visitor(self.port)
        if name:
            visitor.sign_in(name)
        return visitor


class Visitor:
    """One person's browser: cookies, forms, no redirects followed. One call at a time each."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        return self._call("GET", path, {}, b"")

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Raises OSError or http.client.HTTPException when the connection breaks off."""
        body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrf"]}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._call("POST", path, headers, body)

    def sign_in(self, name: str) -> None:
        self.cookies["csrf"] = self.get("/login/").field("csrfmiddlewaretoken")
        done = self.post("/login/", {"username": name, "password": PASSWORD})
        if done.status != 302:
            raise Broken(f"sign-in answered {done.status}")

    def twin(self) -> "Visitor":
        """Another tab of the same browser."""
        twin = Visitor(self._port)
        twin.cookies = dict(self.cookies)
        return twin

    def _call(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Page:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, _PATIENCE_SECONDS)
        with contextlib.closing(connection):
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            origin = f"http://127.0.0.1:{self._port}"
            common = {"Cookie": cookies, "Origin": origin, "Connection": "close"}
            connection.request(method, path, body or None, {**common, **headers})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for name, value in _cookies(answer):
                self.cookies[name] = value
            return Page(answer.status, answer.headers.get("Location", ""), text)


def _cookies(answer: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
    for line in answer.headers.get_all("Set-Cookie") or []:
        name, _, value = line.partition(";")[0].partition("=")
        yield name, value


def form_url(house: House, server: int = 0, *, person: str = "alice") -> str:
    """Return the address of the form for an image of that server."""
    return f"/servers/{house.key_of(person).pk}/{house.server(server).id}/image/"


def filled(page: Page) -> dict[str, str]:
    """Fill in the form of that page as a person does."""
    return {
        "image_name": page.field("image_name"),
        "form_token": page.field("form_token"),
        "reason": "before the kernel update",
        "ticket": "CHG-1",
    }
