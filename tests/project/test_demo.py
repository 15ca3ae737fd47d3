"""`python -m scpconsole.demo`: one command, one address, and nothing left behind."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.project.starting import ROOT, inherited
from tests.services.asking import closed_port

START_SECONDS, END_SECONDS = 90, 60
ACCOUNT = re.compile(r"^  (operator|auditor|administrator) +(\S+)$", re.MULTILINE)


@dataclass
class Start:
    """What one start of the demo showed, from its first line to its end."""

    text: str = ""
    login_status: int = 0
    children: list[int] = field(default_factory=list)
    code: int = -1
    left: list[int] = field(default_factory=list)
    seconds_to_end: float = 0

    @property
    def accounts(self) -> dict[str, str]:
        return dict(ACCOUNT.findall(self.text))


@dataclass(frozen=True)
class TwoStarts:
    folder: Path
    ports: tuple[int, int]
    first: Start
    second: Start


def demo(folder: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    env = {
        **inherited(),
        "CONSOLE_DATA_DIR": str(folder),
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "scpconsole.demo", *arguments],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run_once(folder: Path, ports: tuple[int, int]) -> Start:
    """Start the demo, look at it, and end it as Ctrl-C does."""
    seen = Start()
    arguments = ("--port", str(ports[0]), "--scp-port", str(ports[1]))
    with demo(folder, *arguments) as process:
        watchdog = threading.Timer(START_SECONDS, process.terminate)
        watchdog.start()
        try:
            seen.text = greeting(process)
            seen.login_status = status_of(ports[0], "/login/")
            seen.children = descendants(process.pid)
        finally:
            watchdog.cancel()
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            seen.text += process.communicate(timeout=END_SECONDS)[0]
    seen.seconds_to_end = time.monotonic() - began
    seen.code = process.returncode
    seen.left = [pid for pid in seen.children if is_alive(pid)]
    return seen


@pytest.mark.timeout(300)
def test_it_may_be_called_by_a_name(tmp_path: Path) -> None:
    """As passkeys need it: a browser takes none at a bare address."""
    port = closed_port()
    address = f"http://localhost:{port}"
    ports = ("--port", str(port), "--scp-port", "0")
    with demo(tmp_path / "data", *ports, CONSOLE_URL=address) as process:
        watchdog = threading.Timer(START_SECONDS, process.terminate)
        watchdog.start()
        text = greeting(process)
        watchdog.cancel()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=END_SECONDS)
    assert f"SCP image console: {address}/" in text


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoStarts]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    ports = (closed_port(), closed_port())
    first = run_once(folder, ports)
    second = run_once(folder, ports)
    yield TwoStarts(folder, ports, first, second)


@pytest.mark.timeout(240)
class TestTwoStarts:
    def test_it_prints_one_address_and_three_accounts(self, starts: TwoStarts) -> None:
        address = f"http://127.0.0.1:{starts.ports[0]}/"
        assert re.findall(r"SCP image console: (\S+)", starts.first.text) == [address]
        assert set(starts.first.accounts) == {"operator", "auditor", "administrator"}
        assert len(set(starts.first.accounts.values())) == 3

    def test_it_serves_the_sign_in_page(self, starts: TwoStarts) -> None:
        assert (starts.first.login_status, starts.second.login_status) == (200, 200)

    def test_a_second_start_keeps_accounts_and_passwords(self, starts: TwoStarts) -> None:
        assert starts.second.accounts == starts.first.accounts

    def test_a_second_start_changes_no_secret_and_no_database(self, starts: TwoStarts) -> None:
        names = {path.name for path in starts.folder.iterdir()}
        assert {"secret_key.txt", "keyring.txt", "accounts.json", "standin_key.json"} <= names
        assert "console.sqlite3" in names
        assert not [name for name in names if name.endswith(".new")]

    def test_ctrl_c_ends_all_of_it_with_code_0(self, starts: TwoStarts) -> None:
        for start in (starts.first, starts.second):
            assert start.code == 0, start.text
            assert len(start.children) >= 3
            assert start.left == []
            assert "Stopping; what is in flight is finished first." in start.text
            assert start.seconds_to_end < 30

    def test_its_ports_are_free_again(self, starts: TwoStarts) -> None:
        for port in starts.ports:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))

    def test_nobody_else_can_read_its_data(self, starts: TwoStarts) -> None:
        modes = {
            path: stat.S_IMODE(path.stat().st_mode)
            for path in [starts.folder, *starts.folder.rglob("*")]
            if starts.folder / "static" not in path.parents  # what anybody may read anyway
        }
        open_ones = {path: oct(mode) for path, mode in modes.items() if mode & 0o077}
        assert open_ones == {}
        assert modes[starts.folder] == 0o700
        assert modes[starts.folder / "keyring.txt"] == 0o600
        assert modes[starts.folder / "console.sqlite3"] == 0o600

    def test_nothing_went_wrong_on_the_way(self, starts: TwoStarts) -> None:
        for start in (starts.first, starts.second):
            assert "Traceback" not in start.text
            assert "ERROR" not in start.text


class TestWhatStopsTheStart:
    @pytest.mark.parametrize("name", ["--port", "--scp-port"])
    def test_a_busy_port_is_named(self, tmp_path: Path, name: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            ports = {"--port": closed_port(), "--scp-port": closed_port(), name: port}
            pairs = [text for pair in ports.items() for text in map(str, pair)]
            process = demo(tmp_path, *pairs)
            text, _ = process.communicate(timeout=END_SECONDS)
        assert process.returncode == 1
        assert text == f"Port {port} is in use. Choose another one: make run PORT=8080.\n"

    def test_a_program_that_does_not_come_up_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "standin.json").write_text("no state of a stand-in")
        process = demo(tmp_path, "--port", str(closed_port()))
        text, _ = process.communicate(timeout=END_SECONDS)
        assert process.returncode == 1
        assert "The stand-in cannot start" in text
        assert "The console did not start; the lines above say why." in text

    def test_a_program_that_ends_by_itself_ends_all(self, tmp_path: Path) -> None:
        with demo(tmp_path, "--port", str(closed_port())) as process:
            greeting(process)
            everybody = descendants(process.pid)
            worker = next(pid for pid in everybody if "manage.py" in command_of(pid))
            os.kill(worker, signal.SIGTERM)
            text, _ = process.communicate(timeout=END_SECONDS)
        assert process.returncode == 1
        assert "The worker ended by itself, so everything stops." in text
        assert not any(is_alive(pid) for pid in everybody)

    def test_a_real_scp_needs_no_stand_in(self, tmp_path: Path) -> None:
        port = closed_port()
        settings = {"SCP_URL_TEMPLATE": "https://virtualserver.invalid"}
        with demo(tmp_path, "--port", str(port), **settings) as process:
            text = greeting(process)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=END_SECONDS)
        assert process.returncode == 0
        assert f"SCP image console: http://127.0.0.1:{port}/\n" in text
        assert "stand-in" not in text
        assert not (tmp_path / "standin.json").exists()

    def test_a_step_that_fails_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "keyring.txt").write_text("no base64!")
        process = demo(tmp_path, "--port", str(closed_port()))
        text, _ = process.communicate(timeout=END_SECONDS)
        assert process.returncode == 1
        assert "KEYRING holds an entry that is not base64." in text
        assert "The console could not be prepared; the lines above say why." in text
        assert "no base64!" not in text


def greeting(process: subprocess.Popen[str]) -> str:
    """Return what the demo prints until it is up, or until it ends."""
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while lines[-1] and not lines[-1].startswith("Ctrl-C"):
        lines.append(process.stdout.readline())
    return "".join(lines)


def status_of(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    direct = [int(each) for each in children.read_text().split()]
    return direct + [far for each in direct for far in descendants(each)]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
