"""Runs the stand-in from the command line until it is told to stop."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scpconsole.sandbox.faults import BadRule
from scpconsole.sandbox.server import Sandbox

_BAD_START = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, then return 0; 2 when it cannot start."""
    asked = _parser().parse_args(arguments)
    _log_to(asked.log)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        scp = _prepared(asked)
    except (OSError, ValueError) as odd:
        print(f"The stand-in cannot start: {odd}", file=sys.stderr)
        return _BAD_START
    with scp:
        print(f"stand-in SCP listening on {scp.url}", flush=True)
        stop.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scpconsole.sandbox",
        description="Stand-in for SCP's Virtual Server API, on 127.0.0.1 only.",
        epilog="Keys may come from SANDBOX_ACCESS_KEY and SANDBOX_SECRET_KEY instead: "
        "others on this machine can read a command line.",
    )
    parser.add_argument("--port", type=int, default=9009, help="0 takes a free port")
    parser.add_argument("--access-key", default=os.environ.get("SANDBOX_ACCESS_KEY"))
    parser.add_argument("--secret-key", default=os.environ.get("SANDBOX_SECRET_KEY"))
    parser.add_argument("--seed-servers", type=int, default=60, metavar="N")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="a JSON list of fault rules")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep images over restarts")
    parser.add_argument("--speed", type=float, default=1, help="factor on image life")
    parser.add_argument("--no-burst-limit", action="store_true")
    parser.add_argument("--log", metavar="FILE|-", help="where to log; - is standard error")
    return parser


def _prepared(asked: argparse.Namespace) -> Sandbox:
    if not asked.access_key or not asked.secret_key:
        raise ValueError("an access key and a secret key are needed.")
    rules = json.loads(asked.faults.read_text(encoding="utf-8")) if asked.faults else []
    if not isinstance(rules, list):
        raise BadRule("the fault file must hold a list.")
    scp = Sandbox(port=asked.port, seed_servers=asked.seed_servers, state_file=asked.state)
    try:
        _configure(scp, asked, rules)
    except ValueError:
        scp.stop()  # it holds its port already
        raise
    return scp


def _configure(scp: Sandbox, asked: argparse.Namespace, rules: list[Any]) -> None:
    scp.add_key(asked.access_key, asked.secret_key)
    scp.faults.replace(rules)
    scp.options.update({"speed": asked.speed})
    if asked.no_burst_limit:
        scp.options.update({"burst_calls": None})


def _log_to(place: str | None) -> None:
    if place is None:
        return
    to_file = None if place == "-" else place
    layout = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=layout, filename=to_file)


if __name__ == "__main__":
    sys.exit(main())
