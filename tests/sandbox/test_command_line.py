"""`python -m scpconsole.sandbox` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scpconsole.sandbox.__main__ import main
from tests.sandbox.caller import ACCESS_KEY, SECRET_KEY, Caller, send

PROJECT = Path(__file__).parents[2]
KEYS = {"SANDBOX_ACCESS_KEY": ACCESS_KEY, "SANDBOX_SECRET_KEY": SECRET_KEY}


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "scpconsole.sandbox", "--port", "0", *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONWARNINGS": "error", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(*arguments: str, stop: int = signal.SIGTERM) -> Iterator[str]:
    """The URL of a stand-in that must end with code 0 on `stop`."""
    process = start(*arguments, **KEYS)
    try:
        assert process.stdout is not None
        ready = process.stdout.readline().strip()
        assert ready.startswith("stand-in SCP listening on http://127.0.0.1:")
        yield ready.rpartition(" ")[2]
    finally:
        process.send_signal(stop)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_ends_cleanly(stop: int) -> None:
    with running("--seed-servers", "3", stop=stop) as url:
        servers = Caller(url).get("/v1/servers").json()["servers"]
        assert len(servers) == 3


def test_its_arguments_reach_the_server(tmp_path: Path) -> None:
    faults, log, state = tmp_path / "faults.json", tmp_path / "log", tmp_path / "state"
    faults.write_text(json.dumps([{"action": "status", "status": 503, "kind": "list_images"}]))
    files = ("--faults", str(faults), "--log", str(log), "--state", str(state))
    with running("--no-burst-limit", "--speed", "50", *files) as url:
        caller = Caller(url)
        assert caller.get("/v1/images").status == 503
        assert len(caller.get("/v1/servers?limit=500").json()["servers"]) == 60
        options = send(url, "GET", "/_options").json()
        assert (options["speed"], options["burst_calls"]) == (50, None)
        server_id = send(url, "GET", "/_servers").json()[0]["id"]
        assert caller.create(server_id).status == 202
        assert send(url, "GET", "/v1/servers").status == 404
    assert "unsigned" in log.read_text()
    assert SECRET_KEY not in log.read_text() + state.read_text()
    with running("--state", str(state)) as url:
        assert [row["server_id"] for row in send(url, "GET", "/_ledger").json()] == [server_id]


def test_it_ends_while_a_call_hangs(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"action": "hang"}]')
    with running("--faults", str(faults)) as url:
        connection = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while not send(url, "GET", "/_journal").json():
            pass
    with connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--access-key", ""],
        ["--faults", "/nowhere/faults.json"],
        ["--speed", "0"],
        ["--state", str(PROJECT / "pyproject.toml")],
        ["--faults", str(PROJECT / "pyproject.toml")],
    ],
)
def test_it_says_why_it_cannot_start(
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert main(["--port", "0", *arguments]) == 2
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("The stand-in cannot start: ")


def test_a_fault_file_must_hold_a_list_of_rules(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    for text in ("{}", '[{"action": "explode"}]'):
        faults.write_text(text)
        process = start("--faults", str(faults), **KEYS)
        _, err = process.communicate(timeout=10)
        assert process.returncode == 2
        assert err.startswith("The stand-in cannot start: ")


def test_it_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys, scpconsole.sandbox.__main__\n"
        "own = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(name for name in own if not name.startswith('_')))"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.')\n{code}"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == "['scpconsole']"
