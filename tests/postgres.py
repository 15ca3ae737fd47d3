"""A private PostgreSQL server for tests: in a temporary folder, on a unix socket, gone afterwards.

`python -m tests.postgres -- COMMAND...` runs a command with DATABASE_URL and TEST_DATABASE_URL
pointing at one. PostgreSQL does not run as root, so as root it runs as another user.
"""

import argparse
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

START_SECONDS = STOP_SECONDS = 30
NOT_FOUND = "no initdb and postgres in PATH or /usr/lib/postgresql/*/bin"
_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine, or it does not start. The text says which."""


@dataclass
class Cluster:
    """One server and the folder that it lives in."""

    binaries: Path
    folder: Path
    is_durable: bool
    log_segment_mib: int = 16
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str = "console") -> str:
        """Return the address of a database as DATABASE_URL takes it."""
        return f"postgres://console@/{self.folder}/{database}"

    @property
    def is_running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the server, for tests that end it the hard way."""
        assert self._server is not None
        return self._server.pid

    def initialise(self) -> None:
        self._run("initdb", "--pgdata", str(self.folder / "data"), "--username", "console",
                  "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
                  "--no-instructions", "--wal-segsize", str(self.log_segment_mib))  # fmt: skip

    def start(self) -> None:
        """Start the server and wait until it takes connections. Raises NoPostgres."""
        saved = ("fsync", "synchronous_commit", "full_page_writes")
        options = dict.fromkeys(saved, "on" if self.is_durable else "off") | {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
        }
        with (self.folder / "log").open("ab") as log:
            program = [str(self.binaries / "postgres"), "-D", str(self.folder / "data")]
            self._server = subprocess.Popen(
                [*program, *(f"--{name}={value}" for name, value in options.items())],
                stdout=log,
                stderr=log,
                user=_other_user(),
                preexec_fn=_end_with_parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while subprocess.call(
            [self.binaries / "pg_isready", "-q", "-h", self.folder], stdout=subprocess.DEVNULL
        ):
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(f"it does not start: {self.log().strip()[-400:]}")
            time.sleep(0.05)

    def own(self, path: Path) -> None:
        """Give a file or folder to the user that the server runs as."""
        user = _other_user()
        if user is not None:
            os.chown(path, user, -1)

    def create(self, database: str) -> str:
        """Make an empty database and return its address."""
        self._run("createdb", "-h", str(self.folder), "-U", "console", database)
        return self.url(database)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT at once but in order, SIGQUIT as a crash."""
        if self._server is None:
            return
        self._server.send_signal(how)
        try:
            self._server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.binaries / program, *arguments],
            capture_output=True,
            text=True,
            user=_other_user(),
            cwd=self.folder,
            check=False,
        )
        if done.returncode:
            raise NoPostgres(f"{program} failed: {done.stderr.strip()[-400:]}")


@contextlib.contextmanager
def cluster(*, is_durable: bool = False, log_segment_mib: int = 16) -> Iterator[Cluster]:
    """Run a server with an empty database “console”. Raises NoPostgres.

    A durable one waits for the disk at each commit, as in real life; tests of pages need not.
    `log_segment_mib` is the size of a file of its write-ahead log, for tests with a small disk.
    """
    binaries = find_binaries()
    if binaries is None:
        raise NoPostgres(NOT_FOUND)
    # Not under TMPDIR: the path of a unix socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="console-pg-", dir="/tmp"))  # noqa: S108
    made = Cluster(binaries, folder, is_durable, log_segment_mib)
    try:
        made.own(folder)
        made.initialise()
        made.start()
        made.create("console")
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs; of several versions the newest in /usr/lib."""
    on_path = shutil.which("initdb")
    by_version = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(by_version, key=lambda each: each.parent.name.zfill(4), reverse=True)
    candidates = [Path(on_path).resolve().parent] if on_path else []
    for folder in [*candidates, *newest_first]:
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    return None


def _other_user() -> int | None:
    """Return whom to run as when we are root, else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise NoPostgres("root may not run it, and there is neither a user postgres nor nobody")


def _end_with_parent() -> None:
    """Let Linux stop the server even when the tests are killed and can stop nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGINT)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.postgres", description=__doc__)
    parser.add_argument("--check", action="store_true", help="Only say whether there is one.")
    parser.add_argument("--durable", action="store_true", help="Wait for the disk at each commit.")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    if options.check:
        return 0 if find_binaries() else _complain(f"left out of the tests: {NOT_FOUND}")
    signal.signal(signal.SIGTERM, _stop)
    try:
        with cluster(is_durable=options.durable) as running:
            address = {"DATABASE_URL": running.url(), "TEST_DATABASE_URL": running.url()}
            return _run_command(options.command, address)
    except NoPostgres as error:
        return _complain(str(error))


def _run_command(command: list[str], address: dict[str, str]) -> int:
    with subprocess.Popen(command, env={**os.environ, **address}) as process:
        try:
            return process.wait()
        except (KeyboardInterrupt, SystemExit):
            process.terminate()
            process.wait(STOP_SECONDS)
            raise


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _complain(text: str) -> int:
    sys.stderr.write(f"PostgreSQL: {text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
