"""Run the whole product on this machine: `make run`.

Makes what is missing (secrets, database, accounts, a key for the stand-in), starts the web server,
the worker and the stand-in SCP, prints one address, and stops all of it on Ctrl-C. A second start
finds everything as it was. With SCP_URL_TEMPLATE set it uses that SCP and starts no stand-in.
"""

import argparse
import os
import re
import socket
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from scpconsole.data_folder import FolderInUse, claim, data_folder, made
from scpconsole.demo_plan import Damaged, Demo
from scpconsole.env import SettingError
from scpconsole.processes import Processes

HIGHEST_PORT = 65535
STANDIN_PORT = 9009
START_SECONDS = 60


def main() -> int:
    options = _options()
    processes = Processes()
    processes.listen_to_signals()
    os.umask(0o077)
    try:
        port = _port("PORT", options.port, lowest=1)
        scp_port = _port("SCP_PORT", options.scp_port, lowest=0)
        data = made(data_folder().resolve())
        with claim(data):
            return _supervise(data, port, scp_port, processes)
    except (SettingError, FolderInUse, Damaged) as error:
        return _complain(str(error))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scpconsole.demo", description=__doc__)
    parser.add_argument("--port", default="8000", help="Of the console.")
    parser.add_argument("--scp-port", default="0", help="Of the stand-in; 0: a free one.")
    return parser.parse_args()


def _port(name: str, text: str, *, lowest: int) -> int:
    """Read a port as `make run` passes it on. Raises SettingError."""
    if not re.fullmatch("[0-9]{1,5}", text) or not lowest <= int(text) <= HIGHEST_PORT:
        raise SettingError(
            f"{name} must be a whole number from {lowest} to {HIGHEST_PORT}, not “{text}”."
        )
    return int(text)


def _supervise(data: Path, port: int, scp_port: int, processes: Processes) -> int:
    taken = [each for each in (port, scp_port) if each and _is_taken(each)]
    if taken:
        return _complain(f"Port {taken[0]} is in use. Choose another one: make run PORT=8080.")
    demo = Demo(data, port, scp_port or _free_port(STANDIN_PORT))
    try:
        return _run(demo, processes)
    finally:
        processes.stop()


def _run(demo: Demo, processes: Processes) -> int:
    if not demo.prepare(processes):
        if processes.is_stopping:
            return 0
        return _complain("The console could not be prepared; the lines above say why.")
    for program in demo.programs():
        processes.start(program)
    if not _answers(demo, processes):
        if processes.is_stopping:
            return 0
        return _complain("The console did not start; the lines above say why.")
    _say(demo.greeting())
    dead = processes.wait()
    if dead:
        return _complain(f"The {dead} ended by itself, so everything stops.")
    _say("Stopping; what is in flight is finished first.")
    return 0


def _answers(demo: Demo, processes: Processes) -> bool:
    """Wait until the console serves its sign-in page, under the name that it is to be called by."""
    host = urlsplit(demo.address).netloc
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not processes.first_dead() and not processes.is_stopping:
        connection = HTTPConnection("127.0.0.1", demo.port, timeout=2)
        try:
            connection.request("GET", "/login/", headers={"Host": host})
            if connection.getresponse().status == HTTPStatus.OK:
                return True
        except (OSError, HTTPException):
            pass  # not up yet
        finally:
            connection.close()
        time.sleep(0.2)
    return False


def _free_port(wished: int) -> int:
    if not _is_taken(wished):
        return wished
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do it: a port whose last connections are still fading away is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
