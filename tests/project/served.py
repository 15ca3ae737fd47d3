"""A console that `make serve` started, and a person who comes in through its proxy."""

import http.client
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.project.starting import ROOT, environment, manage
from tests.scp.certificates import Certificate

PASSWORD = "a passphrase of some length, 7"
END_SECONDS = 60


def serve_environment(folder: Path, **changes: str | None) -> dict[str, str]:
    """Return an environment that `make serve` accepts; the folder is nobody else's."""
    folder.chmod(0o700)
    ledger_key = "bGVkZ2VyIGtleSBvZiB0aGUgdGVzdHM6IDMyIGJ5dGU="
    url = "https://console.example.com"
    wanted = {"LEDGER_KEY": ledger_key, "CONSOLE_URL": url, "TRUSTED_PROXIES": "1", **changes}
    return environment(folder, **wanted)


def prepared(env: dict[str, str], *, name: str = "dora") -> None:
    """Migrate, and add the first administrator, as docs/deploy.md says."""
    assert manage("migrate", "--verbosity", "0", env=env).code == 0
    added = manage("add_person", name, "--role", "administrator", env=env, given=PASSWORD)
    assert added.code == 0, added.text


@contextmanager
def serving(env: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `make serve`'s program; it has said that it listens, or has ended, when this yields."""
    with subprocess.Popen(
        [sys.executable, "-m", "scpconsole.serve", *arguments],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=END_SECONDS)


def said_until_up(process: subprocess.Popen[str]) -> str:
    """Return what it wrote until it was up, or until it ended."""
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while lines[-1] and not lines[-1].startswith("SCP image console: "):
        lines.append(process.stdout.readline())
    return "".join(lines)


@dataclass(frozen=True)
class Page:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass
class Visitor:
    """One person's browser at an https address: cookies and forms, no redirects followed."""

    port: int
    certificate: Certificate
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Page:
        return self._call("GET", path, b"", {})

    def sign_in(self, name: str, password: str) -> Page:
        """Fill in the form of the sign-in page, whatever its fields are called, and send it."""
        fields: dict[str, str] = {}
        for tag in re.findall(r"<input[^>]*>", self.get("/login/").text):
            found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            kind = found.get("type", "text")
            typed = {"password": password, "text": name, "hidden": found.get("value", "")}
            if "name" in found and kind in typed:
                fields[found["name"]] = typed[kind]
        body = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._call("POST", "/login/", body, headers)

    def _call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Page:
        context = ssl.create_default_context(cafile=str(self.certificate.cert_file))
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=30, context=context
        )
        with closing(connection):
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            common = {"Cookie": cookies, "Origin": f"https://localhost:{self.port}"}
            connection.request(method, path, body or None, {**common, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Page(answer.status, answer.headers, text)
