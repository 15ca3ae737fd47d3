"""Run the console in earnest: `make serve`.

Refuses unsafe settings, prepares what it may, starts worker and web server under the settings of
the environment, and stops both cleanly on SIGTERM. No stand-in, no demo accounts; docs/deploy.md.
"""

import argparse
import contextlib
import os
import socket
import sys
import time

from scpconsole.data_folder import FolderInUse, claim, data_folder, made
from scpconsole.env import SettingError
from scpconsole.processes import Processes
from scpconsole.serve_plan import PARTS, Service

START_SECONDS = 60


def main() -> int:
    part = _part()
    processes = Processes()
    processes.listen_to_signals()
    os.umask(0o077)
    try:
        service = Service.of_environment(part)
        folder = made(data_folder().resolve())
        with claim(folder) if service.serves_pages else contextlib.nullcontext():
            return _run(service, processes)
    except (SettingError, FolderInUse) as error:
        return _complain(f"The console cannot start. {error}")


def _part() -> str:
    parser = argparse.ArgumentParser(prog="python -m scpconsole.serve", description=__doc__)
    parser.add_argument("--only", choices=PARTS[1:], default="all", help="One part of the two.")
    return str(parser.parse_args().only)


def _run(service: Service, processes: Processes) -> int:
    trouble = _trouble_at(service) if service.serves_pages else ""
    if trouble:
        return _complain(f"The console cannot start. LISTEN is “{service.listen}”: {trouble}.")
    try:
        if not processes.finish(service.preparation()):
            return 0 if processes.is_stopping else 1  # it said why
        for program in service.programs():
            processes.start(program)
        if service.serves_pages and not _listens(service, processes):
            if processes.is_stopping:
                return 0
            return _complain("The console did not start; the lines above say why.")
        _say(_greeting(service))
        dead = processes.wait()
        if dead:
            return _complain(f"The {dead} ended by itself, so everything stops.")
        _say("Stopping; what is in flight is finished first.")
        return 0
    finally:
        processes.stop()


def _trouble_at(service: Service) -> str:
    """Return why nobody can listen there, or ""; gunicorn would try for long."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            service.host, service.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # as servers do it: a port whose last connections are still fading away is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return str(error.strerror).lower()
    return ""


def _listens(service: Service, processes: Processes) -> bool:
    """Wait until the web server takes connections; it does so once its settings are proven."""
    deadline = time.monotonic() + START_SECONDS
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(service.host, service.host)  # noqa: S104
    while time.monotonic() < deadline and not processes.first_dead() and not processes.is_stopping:
        try:
            with socket.create_connection((here, service.port), timeout=2):
                return processes.first_dead() == ""
        except OSError:
            time.sleep(0.2)  # not up yet
    return False


def _greeting(service: Service) -> str:
    if service.serves_pages:
        return f"SCP image console: listening on {service.listen}."
    return "SCP image console: the worker runs."


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
